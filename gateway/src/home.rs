use axum::extract;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use crate::State;
use crate::assets::made;
use crate::sites::Site;

/// `GET /`
pub(crate) async fn page(extract::State(state): extract::State<State>, headers: HeaderMap) -> Response {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| is_plain(host));
    let host = host.map_or_else(|| state.settings.listen.to_string(), str::to_owned);
    let snippets: String = state.sites.iter().map(|site| snippet(&host, site)).collect();
    made(state.assets.home().replace("{{snippets}}", &snippets))
}

/// Site names are checked when the sites file is read, the host by [`is_plain`]: neither needs escaping.
fn snippet(host: &str, site: &Site) -> String {
    // The page is everybody's, and a site may have keys that are not.
    let key = if site.requires_key() { " data-key=\"…\"" } else { "" };
    let name = &site.name;
    format!(
        "<pre><code>&lt;script async src=\"//{host}/clickpath.js\" data-site=\"{name}\"{key}&gt;&lt;/script&gt;</code></pre>\n"
    )
}

fn is_plain(host: &str) -> bool {
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
}
