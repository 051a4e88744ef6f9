//! HTTP with every time-out set: the one place that knows the HTTP library.
//!
//! ```text
//! send ─► a lane ─► connect ─► head, body ─► wait ─► head ─► chunk, chunk, … ─► lane is free
//!           │       └ connect_timeout        └───── stall_timeout ─────┘
//!           │       └─────────────────── total_timeout ────────────────┘
//!           └ a runtime with its connections, driven by the thread that calls
//! ```
//!
//! Callers are plain threads, as many as they like. Each request runs in a lane of its own: a
//! runtime of one thread, which is the caller's, and the connections it keeps open. So bytes
//! never change threads on their way, and nothing runs between calls.
//!
//! Only HTTP/1.1; no redirects, no compression, no proxies that were not given. The wish to stop
//! is looked at ten times a second while something is waited for.

mod body;
mod client;
mod failure;
mod lane;
mod response;
mod sending;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;
use std::time::Duration;

pub use body::{Body, Pieces};
pub use client::HttpClient;
pub use response::HttpResponse;

/// How connections are made.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Longest time to connect, TLS included. Default 10 s.
    pub connect_timeout: Duration,
    /// Longest time without a byte in either direction. Default 30 s.
    pub stall_timeout: Duration,
    /// Longest time of one attempt, bodies included; none by default.
    pub total_timeout: Option<Duration>,
    /// Proxies and who goes without.
    pub proxy: ProxyOptions,
    /// Certificates (PEM) to trust besides the system's: `AWS_CA_BUNDLE`.
    pub extra_certificates: Option<Vec<u8>>,
    /// Whether the server's certificate goes unchecked.
    pub insecure: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(30),
            total_timeout: None,
            proxy: ProxyOptions::default(),
            extra_certificates: None,
            insecure: false,
        }
    }
}

/// Which proxies are used, as the usual environment variables say.
#[derive(Clone, Default)]
pub struct ProxyOptions {
    /// `http_proxy`.
    pub http: Option<String>,
    /// `https_proxy`.
    pub https: Option<String>,
    /// `no_proxy`: comma list of hosts, domains, networks, or `*`.
    pub none: Option<String>,
}

/// Proxies' URLs may hold passwords.
impl std::fmt::Debug for ProxyOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProxyOptions")
            .field("http", &self.http.is_some())
            .field("https", &self.https.is_some())
            .field("none", &self.none)
            .finish()
    }
}

/// One request, ready to go.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: &'static str,
    /// The whole URL, encoded.
    pub url: String,
    /// Headers, `host` and `content-length` excepted.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// Whether the server is asked first (`Expect: 100-continue`): the body waits for a second,
    /// and stays here if an answer comes before. The HTTP library does not tell when the server
    /// says "continue", so all of that second is waited where it does.
    pub patient: bool,
    /// Whether it goes over a connection of its own. One that was kept open may end just when the
    /// request leaves: who must not ask twice could then not tell whether it arrived.
    pub fresh: bool,
}

/// Headers, query and body may hold signatures and tokens.
impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url.split('?').next())
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// Why there is no response, or not all of it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// TLS did not come to an agreement, or the certificate is not trusted.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// The host's name is not known.
    #[error("host name not found: {0}")]
    Dns(String),
    /// Nothing came or went for too long.
    #[error("nothing moved for {} seconds", .0.as_secs())]
    Stalled(Duration),
    /// One attempt took too long.
    #[error("no end after {} seconds", .0.as_secs())]
    TimedOut(Duration),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The response is not HTTP, or ended early.
    #[error("the answer broke off: {0}")]
    Truncated(String),
    /// The file that is sent cannot be read.
    #[error("cannot read what is to be sent: {0}")]
    Body(Arc<std::io::Error>),
    /// The user stopped it.
    #[error("interrupted")]
    Interrupted {
        /// Whether the request may have left before.
        sent: bool,
    },
}

impl TransportError {
    /// Whether the request may have reached the server.
    #[must_use]
    pub fn is_after_sending(&self) -> bool {
        matches!(
            self,
            Self::Stalled(_)
                | Self::TimedOut(_)
                | Self::Broken(_)
                | Self::Truncated(_)
                | Self::Interrupted { sent: true }
        )
    }
}

/// An option of the client that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{what}: {why}")]
pub struct HttpSetupError {
    /// Which: a proxy's URL, the certificates.
    pub what: String,
    /// Why.
    pub why: String,
}
