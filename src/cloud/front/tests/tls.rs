//! TLS: what is spoken, what is not, and how long a handshake may take.

use rcgen::{CertificateParams, KeyPair};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

use super::*;

/// A certificate for localhost and its key, PEM.
fn certificate() -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate");
    (certificate.pem(), key.serialize_pem())
}

fn connector(certificate: &str, version: &'static SupportedProtocolVersion) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("PEM");
    roots.add(certificate).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken() {
    let (certificate, key) = certificate();
    let tls = Tls::from_pem(certificate.as_bytes(), key.as_bytes()).expect("TLS");
    let front = Front::start_with(&Limits::default(), Some(tls));

    for version in [&TLS12, &TLS13] {
        let stream = TcpStream::connect(front.address).await.expect("connect");
        let name = ServerName::try_from("localhost").expect("a name");
        let connecting = connector(&certificate, version).connect(name, stream);
        let mut stream = connecting.await.expect("a handshake");
        let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.expect("send");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .await
            .expect("an answer and a proper end");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains(" tls true id "), "{answer}");
    }
}

#[tokio::test]
async fn files_are_read_and_named_when_they_are_wrong() {
    let (certificate_pem, key_pem) = certificate();
    let (_, other_key) = certificate();
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("write");
        path
    };
    let good = file("cert.pem", &certificate_pem);
    let key = file("key.pem", &key_pem);
    let message = |result: Result<Tls, FrontError>| result.err().expect("refused").to_string();

    Tls::from_files(&good, &key).expect("TLS");
    let missing = message(Tls::from_files(&folder.path().join("none.pem"), &key));
    assert!(missing.contains("none.pem"), "{missing}");
    let swapped = message(Tls::from_files(&key, &good));
    assert!(
        swapped.contains("key.pem holds no certificate"),
        "{swapped}"
    );
    let no_key = message(Tls::from_files(&good, &good));
    assert!(no_key.contains("cert.pem holds no private key"), "{no_key}");
    let strangers = message(Tls::from_files(&good, &file("other.pem", &other_key)));
    assert!(strangers.contains("other.pem for TLS"), "{strangers}");
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_cut() {
    let (certificate, key) = certificate();
    let tls = Tls::from_pem(certificate.as_bytes(), key.as_bytes()).expect("TLS");
    let limits = Limits {
        handshake_time: SOON,
        ..Limits::default()
    };
    let front = Front::start_with(&limits, Some(tls));
    let mut silent = front.connect().await;

    assert_eq!(silent.rest().await, "");

    let timeouts = "amikit_http_connections_ended_total{reason=\"slow\"}";
    assert_eq!(front.sample(timeouts), "1");
}

#[tokio::test]
async fn plain_http_on_a_tls_port_is_ended() {
    let (certificate, key) = certificate();
    let tls = Tls::from_pem(certificate.as_bytes(), key.as_bytes()).expect("TLS");
    let front = Front::start_with(&Limits::default(), Some(tls));
    let mut client = front.connect().await;

    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;

    assert!(client.is_ended().await);
    let failures = "amikit_http_connections_ended_total{reason=\"handshake\"}";
    assert_eq!(front.sample(failures), "1");
}
