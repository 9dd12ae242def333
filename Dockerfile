# Builds the tracker and the one binary, then puts the binary alone into a small image that runs without root.
FROM node:22-bookworm-slim AS node

FROM rust:1.95-bookworm AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && rustup target add wasm32-unknown-unknown
WORKDIR /clickpath
COPY . .
ENV CLICKPATH_CACHE_DIR=/fetched
RUN cargo xtask fetch geoip \
    && cargo xtask tracker \
    && cargo xtask overlay \
    && cargo xtask web \
    && cargo build --locked --profile dist --package clickpath

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 clickpath \
    # A named volume takes its owner from the folder it is mounted on.
    && install --directory --owner clickpath --group clickpath /var/lib/clickpath /var/lib/clickpath/loader /var/lib/clickpath/queue
COPY --from=build /clickpath/target/dist/clickpath /usr/local/bin/clickpath
COPY --from=build /fetched/geoip /usr/share/clickpath
ENV CLICKPATH_GEOIP_FILE=/usr/share/clickpath/geo-whois-asn-country.mmdb
USER clickpath
WORKDIR /var/lib/clickpath
ENTRYPOINT ["clickpath"]
CMD ["--help"]
