//! One connection: handshake, requests one after the other, and its end.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep_until, timeout};
use tracing::debug;

use super::admission::{Admission, Connected, Full};
use super::clock;
use super::limits::Limits;
use super::metrics::{Ended, Metrics};
use super::service::{Peer, Service};
use super::tls::Tls;
use super::visit::{self, Host};
use super::watched::{Watch, Watched};

/// The answer to a connection that is one too many, as far as it fits the socket's empty buffer.
const TOO_MANY_CONNECTIONS: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Retry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// What the connections of a listener share.
pub(super) struct Reception {
    pub(super) service: Arc<dyn Service>,
    pub(super) tls: Option<Tls>,
    pub(super) local: SocketAddr,
    pub(super) limits: Limits,
    pub(super) admission: Arc<Admission>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) random: fn(&mut [u8]),
}

impl Reception {
    /// Takes a connection, or sends it away without waiting for anything.
    pub(super) fn admit(&self, stream: &TcpStream, address: SocketAddr) -> Option<Connected> {
        self.metrics.accepted();
        let full = match self.admission.connect(address.ip()) {
            Ok(connected) => return Some(connected),
            Err(full) => full,
        };
        self.metrics.ended(match full {
            Full::Total => Ended::Total,
            Full::Address => Ended::Address,
        });
        debug!(%address, ?full, "connection refused");
        if self.tls.is_none() {
            let _ = stream.try_write(TOO_MANY_CONNECTIONS); // as a courtesy
        }
        None
    }

    /// Serves a connection until its end.
    pub(super) async fn serve(
        self: Arc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        connected: Connected,
        stop: watch::Receiver<bool>,
    ) {
        let _ = stream.set_nodelay(true); // answers are written whole; waiting to fill packets only delays
        match &self.tls {
            None => self.converse(stream, address, stop).await,
            Some(tls) => {
                let handshake = tls.0.accept(stream);
                match timeout(self.limits.handshake_time, handshake).await {
                    Ok(Ok(stream)) => self.converse(stream, address, stop).await,
                    Ok(Err(error)) => {
                        self.metrics.ended(Ended::Handshake);
                        debug!(%address, %error, "TLS handshake failed");
                    }
                    Err(_) => {
                        self.metrics.ended(Ended::Slow);
                        debug!(%address, "TLS handshake timed out");
                    }
                }
            }
        }
        drop(connected);
    }

    async fn converse<S>(&self, stream: S, address: SocketAddr, mut stop: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let watch = Watch::new(self.limits.clone());
        let host = Arc::new(Host {
            service: Arc::clone(&self.service),
            admission: Arc::clone(&self.admission),
            metrics: Arc::clone(&self.metrics),
            random: self.random,
            peer: Peer {
                address: SocketAddr::new(address.ip().to_canonical(), address.port()),
                local: self.local,
                is_tls: self.tls.is_some(),
            },
            watch: Arc::clone(&watch),
        });
        let stream = Watched::new(stream, Arc::clone(&watch), Arc::clone(&self.metrics));
        let service = service_fn(|request| visit::answer(Arc::clone(&host), request));
        let connection = self.http().serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);

        let mut stopping = pin!(stop.wait_for(|stop| *stop));
        let mut is_stopping = false;
        let mut timer = pin!(sleep_until(watch.deadline()));
        let ended = poll_fn(|cx| {
            if !is_stopping && stopping.as_mut().poll(cx).is_ready() {
                is_stopping = true;
                watch.stop();
                connection.as_mut().graceful_shutdown();
            }
            // Asked first too: a connection that always has bytes uses up the turn that tokio gives
            // the task, and a timer asked after that never rings.
            if is_overdue(timer.as_mut(), &watch, cx) {
                return Poll::Ready(None);
            }
            if let Poll::Ready(result) = connection.as_mut().poll(cx) {
                return Poll::Ready(Some(result));
            }
            if is_overdue(timer.as_mut(), &watch, cx) {
                return Poll::Ready(None);
            }
            Poll::Pending
        });
        match ended.await {
            Some(Ok(())) => {}
            Some(Err(error)) => debug!(%address, %error, "connection broke off"),
            None => {
                let ended = watch.why_overdue();
                self.metrics.ended(ended);
                debug!(%address, ?ended, "connection timed out");
            }
        }
    }

    fn http(&self) -> http1::Builder {
        let mut http = http1::Builder::new();
        http.max_buf_size(self.limits.buffer_bytes.max(8 << 10))
            .max_header_size(self.limits.header_bytes)
            .max_headers(self.limits.headers)
            .header_read_timeout(None) // `Watch` tells a slow head from an idle connection
            // A client may end its side after a request and still get its answer. It also keeps
            // hyper from reading while a request is worked on, which `Watch` would take for waiting.
            .half_close(true);
        http
    }
}

/// Whether the connection's time is over; if not, the timer wakes the task when it may be.
///
/// Deadlines move with every byte: the timer follows one that came nearer at once, and one that
/// went away only when it rings.
fn is_overdue(mut timer: Pin<&mut Sleep>, watch: &Watch, cx: &mut Context<'_>) -> bool {
    let deadline = watch.deadline();
    if deadline < timer.deadline() {
        timer.as_mut().reset(deadline);
    }
    while timer.as_mut().poll(cx).is_ready() {
        let deadline = watch.deadline();
        if deadline <= clock::now() {
            return true;
        }
        timer.as_mut().reset(deadline);
    }
    false
}
