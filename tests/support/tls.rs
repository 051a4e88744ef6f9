//! TLS in front of a server that does not speak it, with certificates of a throw-away authority.
//!
//! ```text
//! amikit ─► TLS ─► tls_front.py ─► S3 server
//! ```

use std::net::SocketAddr;
use std::path::PathBuf;

use super::peers::{Listener, client, support_file};
use super::sandbox::Sandbox;

/// A name that the good certificate is for besides 127.0.0.1; nobody can look it up.
pub const HOST: &str = "s3.example.test";

/// What the server shows.
#[derive(Debug, Clone, Copy)]
pub enum Certificate {
    /// One for 127.0.0.1 and [`HOST`].
    Good,
    /// The same, but it ended yesterday.
    Expired,
    /// One for another host.
    OtherName,
}

/// A TLS front. It stops when it is dropped.
pub struct TlsFront(Listener);

impl TlsFront {
    /// Starts one in front of `server`; certificates are made in the sandbox.
    pub fn start(sandbox: &Sandbox, server: SocketAddr, certificate: Certificate) -> Self {
        let folder = sandbox.folder("tls");
        let folder = folder.to_str().expect("a path in UTF-8");
        let script = support_file("make_certificates.py");
        client(sandbox, "python", &[&script, folder], &[]).succeeded();
        let name = match certificate {
            Certificate::Good => "good.pem",
            Certificate::Expired => "expired.pem",
            Certificate::OtherName => "other-name.pem",
        };
        let certificate = format!("{folder}/{name}");
        let port = server.port().to_string();
        Self(Listener::start(
            sandbox,
            "tls_front.py",
            &[&certificate, &port],
        ))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("https://{}", self.address())
    }
}

/// The authority's certificate.
pub fn authority(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("tls/ca.pem")
}
