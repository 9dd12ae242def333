//! Both ends of a sending program over TLS: the API it pulls from and the gateway it sends to.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::thread;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::check_failure;
use crate::pipeline::Pipeline;
use crate::pull::{DOOR, StoreApi};

/// Gives `https://localhost:…`, behind which `target`, an `http://` address, answers; and the certificate in PEM.
fn front(target: &str) -> (String, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let (config, target) = (Arc::new(config), target.replace("http://", ""));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    // Ends with the process that runs the test.
    thread::spawn(move || {
        for client in listener.incoming() {
            let (config, target) = (config.clone(), target.clone());
            thread::spawn(move || serve(client.unwrap(), config, &target));
        }
    });
    (address, cert.pem())
}

/// One exchange; a client that does not trust the certificate sends nothing.
fn serve(client: TcpStream, config: Arc<ServerConfig>, target: &str) {
    let connection = ServerConnection::new(config).unwrap();
    let mut client = BufReader::new(StreamOwned::new(connection, client));
    let (mut line, mut length) = (String::new(), 0);
    if !matches!(client.read_line(&mut line), Ok(1..)) {
        return;
    }
    let mut head = line.clone() + "Connection: close\r\n";
    while line != "\r\n" {
        line.clear();
        client.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head += &line;
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body).unwrap();
    let mut server = TcpStream::connect(target).unwrap();
    server.write_all(&[head.as_bytes(), &body].concat()).unwrap();
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).unwrap();
    let client = client.get_mut();
    client.write_all(&answer).unwrap();
    client.conn.send_close_notify();
    client.flush().unwrap();
}

fn pull(pipeline: &Pipeline, certificates: &str, api: &str, gateway: &str) -> Output {
    let file = pipeline.path().join("certificates.pem");
    fs::write(&file, certificates).unwrap();
    Command::new(env!("CARGO_BIN_EXE_clickpath"))
        .args(["pull", "--api", api, "--gateway-url", gateway, "--attempts", "1"])
        .current_dir(pipeline.path())
        .env_clear()
        .env("SSL_CERT_FILE", file)
        .output()
        .unwrap()
}

#[test]
fn pulls_and_sends_over_tls() {
    let (pipeline, api) = (Pipeline::start(&DOOR), StoreApi::start(&[]));
    let (gateway, gateway_certificate) = front(&pipeline.gateway);
    let (api, api_certificate) = front(&api.address);

    let stranger = pull(&pipeline, &gateway_certificate, &api, &gateway);
    check_failure(&stranger, &[&api, "certificate"]);

    let output = pull(&pipeline, &(gateway_certificate + &api_certificate), &api, &gateway);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    pipeline.wait_until("SELECT count() FROM products", "20");
    pipeline.wait_until("SELECT count() FROM events", "324");
    pipeline.stop();
}
