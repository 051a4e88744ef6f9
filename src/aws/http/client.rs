//! The client: lanes, and requests that run in them.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use reqwest::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use super::failure::{self, deepest};
use super::lane::{Interrupted, Lane, Watch};
use super::response::HttpResponse;
use super::{HttpOptions, HttpRequest, HttpSetupError, Pieces, TransportError};

/// What the system may still hold when the last byte has been handed to it: the upper limit of
/// its send buffer (`net.ipv4.tcp_wmem`).
const SEND_BUFFER: u64 = 4 * 1024 * 1024;

/// A pool of connections. Cloning it shares the pool.
#[derive(Clone)]
pub struct HttpClient(pub(super) Arc<Shared>);

/// What clones and responses share.
pub(super) struct Shared {
    pub(super) options: HttpOptions,
    pub(super) interrupted: Interrupted,
    /// Lanes without a request. The one used last, whose connection is the freshest, is last.
    lanes: Mutex<Vec<Lane>>,
}

impl Shared {
    /// Takes a lane back.
    pub(super) fn free(&self, lane: Lane) {
        self.lanes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(lane);
    }

    fn lane(&self) -> Result<Lane, HttpSetupError> {
        let free = self
            .lanes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match free {
            Some(lane) => Ok(lane),
            None => Lane::new(&self.options),
        }
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}

impl HttpClient {
    /// A client with its own runtime and pool.
    ///
    /// # Errors
    /// When an option is unusable (certificates, proxy URL), told by the text.
    pub fn new(
        options: HttpOptions,
        interrupted: Arc<dyn Fn() -> bool + Send + Sync>,
    ) -> Result<Self, HttpSetupError> {
        let first = Lane::new(&options)?;
        Ok(Self(Arc::new(Shared {
            options,
            interrupted,
            lanes: Mutex::new(vec![first]),
        })))
    }

    /// One attempt: sends the request, and returns when the response's head is there.
    ///
    /// # Errors
    /// When there is no response.
    pub fn send(&self, request: &HttpRequest) -> Result<HttpResponse, TransportError> {
        let shared = &self.0;
        if (shared.interrupted)() {
            return Err(TransportError::Interrupted);
        }
        let sending = Arc::new(Sending::default());
        let ready = prepare(request, &sending)?;
        let lane = shared
            .lane()
            .map_err(|error| TransportError::Connect(error.to_string()))?;
        lane.catch_up();

        let total = shared.options.total_timeout;
        let mut alarm = total.map(|total| lane.alarm(total));
        let len = request.body.len();
        let outcome = lane.run(
            &mut Watch {
                interrupted: &*shared.interrupted,
                total: alarm.as_mut().zip(total),
                stall: shared.options.stall_timeout,
                progress: &|spent| sending.progress(spent, len),
            },
            lane.client.execute(ready),
        );
        match outcome {
            Ok(Ok(response)) => Ok(HttpResponse::new(response, lane, alarm, shared)),
            failed => {
                shared.free(lane);
                Err(match (sending.failure(), failed) {
                    (Some(error), _) => TransportError::Body(error),
                    (None, Ok(Err(error))) => failure::of_request(&error, &shared.options),
                    (None, Err(error)) => error,
                    (None, Ok(Ok(_))) => unreachable!("matched above"),
                })
            }
        }
    }
}

fn prepare(
    request: &HttpRequest,
    sending: &Arc<Sending>,
) -> Result<reqwest::Request, TransportError> {
    let unusable = |error: &(dyn std::error::Error + 'static)| {
        TransportError::Connect(format!("unusable request: {}", deepest(error)))
    };
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|error| unusable(&error))?;
    let url = Url::parse(&request.url).map_err(|error| unusable(&error))?;
    let mut ready = reqwest::Request::new(method, url);
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| unusable(&error))?;
        let value = HeaderValue::from_str(value).map_err(|error| unusable(&error))?;
        ready.headers_mut().append(name, value);
    }
    let left = request.body.len();
    if left > 0 {
        *ready.body_mut() = Some(reqwest::Body::wrap(Outgoing {
            pieces: request.body.pieces(),
            left,
            sending: Arc::clone(sending),
        }));
    } else if matches!(request.method, "PUT" | "POST") {
        let none = HeaderValue::from_static("0"); // the library leaves it out
        ready.headers_mut().insert(CONTENT_LENGTH, none);
    }
    Ok(ready)
}

/// How far sending went.
#[derive(Default)]
struct Sending {
    /// Bytes that were handed over.
    moved: AtomicU64,
    /// Milliseconds until the last of them.
    until: AtomicU64,
    failure: Mutex<Option<Arc<io::Error>>>,
}

impl Sending {
    fn failure(&self) -> Option<Arc<io::Error>> {
        let failure = self.failure.lock();
        failure.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes so far, and how much longer than usual silence is fine: when all has been handed
    /// over, the system still has to send what it buffers, at the pace of the rest.
    fn progress(&self, spent: Duration, len: u64) -> (u64, Duration) {
        let moved = self.moved.load(Ordering::Relaxed);
        if moved < len {
            let spent = u64::try_from(spent.as_millis()).unwrap_or(u64::MAX);
            self.until.store(spent, Ordering::Relaxed);
            return (moved, Duration::ZERO);
        }
        let until = u128::from(self.until.load(Ordering::Relaxed));
        let grace = until * u128::from(moved.min(SEND_BUFFER)) / u128::from(moved.max(1));
        let grace = u64::try_from(grace).unwrap_or(u64::MAX);
        (moved, Duration::from_millis(grace))
    }
}

/// A body on its way. Reading a file blocks the lane, which is the caller's thread: nobody else
/// waits.
struct Outgoing {
    pieces: Pieces,
    left: u64,
    sending: Arc<Sending>,
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(match self.pieces.next() {
            None => None,
            Some(Ok(piece)) => {
                let len = piece.len() as u64;
                self.left = self.left.saturating_sub(len);
                self.sending.moved.fetch_add(len, Ordering::Relaxed);
                Some(Ok(Frame::data(piece)))
            }
            Some(Err(error)) => {
                let (kind, error) = (error.kind(), Arc::new(error));
                let failure = self.sending.failure.lock();
                *failure.unwrap_or_else(PoisonError::into_inner) = Some(error);
                Some(Err(kind.into()))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
