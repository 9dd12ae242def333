# The commands of seed 003, for Docker Compose; docs/seeds.md says what each is here. Without Docker:
#   make generate-data load-nosql CLICKPATH=target/release/clickpath
COMPOSE ?= docker compose
# Its own user may not write into data/; who runs make may.
CLICKPATH ?= $(COMPOSE) run --rm --no-deps --user "$$(id -u):$$(id -g)" entities
-include $(wildcard .env)
STREAMS := stores products customers purchases

.PHONY: help up up-cluster down generate-data load-nosql init-ch run-producer init-grafana etl lint test

help: ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' $(MAKEFILE_LIST)

up: ## Start RabbitMQ, ClickHouse, migrations, gateway and loader.
	$(COMPOSE) up --build --detach

up-cluster: ## Start the cluster instead, on port 8180: three RabbitMQ nodes, two ClickHouse shards of two replicas, two gateways, two loaders.
	$(COMPOSE) --profile cluster up --build --detach cluster

down: ## Stop everything and remove its volumes: events, entities and queues are gone.
	$(COMPOSE) --profile '*' down --volumes

generate-data: ## Make the JSON files below data/ from SEED, 42 if there is none.
	$(CLICKPATH) entities generate $(if $(SEED),--seed $(SEED))

load-nosql: ## The document store's part: the files go into the raw tables, `payload` as it is in the file.
	@echo 'There is no document store: the raw tables keep each JSON text as it was sent (docs/seeds.md).'
	$(CLICKPATH) entities publish

init-ch: ## Bring ClickHouse's tables and views up to date.
	$(COMPOSE) run --rm migrate

run-producer: ## Publish the four streams, phone and email sealed; what has not changed is not stored again.
	$(CLICKPATH) entities publish $(STREAMS)

init-grafana: ## Start Grafana and Prometheus, and wait until the datasources and dashboards are there.
	$(COMPOSE) --profile monitoring up --detach grafana prometheus
	$(COMPOSE) --profile monitoring run --rm grafana-ready

etl: ## Pull products and carts of an API, seed 002's step.
	$(COMPOSE) run --rm etl

lint: ## Formatting and clippy.
	cargo fmt --check
	cargo clippy --workspace --all-targets --exclude tracker-wasm -- --deny warnings

test: ## All that continuous integration runs.
	cargo xtask test
