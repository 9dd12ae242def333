//! HTTP clients that also speak TLS. Every client of the workspace begins here: reqwest, which is built without a provider of
//! cryptography, panics at one that brings none.

use std::sync::OnceLock;

use reqwest::ClientBuilder;
use rustls::{ClientConfig, RootCertStore};

/// A client of HTTP and HTTPS that trusts the certificates the system trusts (`SSL_CERT_FILE`, `SSL_CERT_DIR`, else where
/// distributions keep them).
pub fn http_client() -> ClientBuilder {
    static CONFIG: OnceLock<ClientConfig> = OnceLock::new();
    ClientBuilder::new().tls_backend_preconfigured(CONFIG.get_or_init(config).clone())
}

/// Without certificates HTTP goes on, and every HTTPS server is a stranger.
fn config() -> ClientConfig {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "certificates of this system cannot be read");
    }
    let mut roots = RootCertStore::empty();
    let (_, unusable) = roots.add_parsable_certificates(found.certs);
    if unusable > 0 {
        tracing::warn!(unusable, "certificates of this system are not understood");
    }
    ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("ring has a cipher for each version")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
