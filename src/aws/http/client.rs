//! The client: lanes, and requests that run in them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, EXPECT, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use super::failure::{self, deepest};
use super::lane::{Interrupted, Lane, Watch};
use super::response::HttpResponse;
use super::sending::{Outgoing, Sending};
use super::{HttpOptions, HttpRequest, HttpSetupError, TransportError};

/// How long a patient request waits for an answer before it sends its body: some round trips to
/// the other side of the world, and longer than a server thinks that only reads a head.
const PATIENCE: Duration = Duration::from_secs(1);

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

    /// A lane for the next request. One that must be fresh takes a used lane's place.
    fn lane(&self, fresh: bool) -> Result<Lane, HttpSetupError> {
        let free = self
            .lanes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match free {
            Some(lane) if !(fresh && lane.was_used) => Ok(lane),
            _ => Lane::new(&self.options),
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
            return Err(TransportError::Interrupted { sent: false });
        }
        let len = request.body.len();
        let patience = PATIENCE.min(shared.options.stall_timeout / 2);
        let patience = (request.patient && len > 0).then_some(patience);
        let sending = Arc::new(Sending::new(len, patience));
        let ready = prepare(request, &sending)?;
        let mut lane = shared
            .lane(request.fresh)
            .map_err(|error| TransportError::Connect(error.to_string()))?;
        lane.catch_up();
        lane.was_used = true;

        let total = shared.options.total_timeout;
        let mut alarm = total.map(|total| lane.alarm(total));
        let outcome = lane.run(
            &mut Watch {
                interrupted: &*shared.interrupted,
                total: alarm.as_mut().zip(total),
                stall: shared.options.stall_timeout,
                progress: &|spent| sending.progress(spent),
            },
            lane.client.execute(ready),
        );
        match outcome {
            Ok(Ok(response)) => Ok(HttpResponse::new(response, lane, alarm, (shared, sending))),
            failed => {
                shared.free(lane);
                Err(match (sending.failure(), failed) {
                    (Some(error), _) => TransportError::Body(error),
                    (None, Ok(Err(error))) => failure::of_request(&error, &shared.options),
                    (None, Err(TransportError::Interrupted { .. })) => {
                        let sent = sending.may_have_left();
                        TransportError::Interrupted { sent }
                    }
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
    if !request.body.is_empty() {
        let outgoing = Outgoing::new(&request.body, sending);
        *ready.body_mut() = Some(reqwest::Body::wrap(outgoing));
        if request.patient {
            let asks = HeaderValue::from_static("100-continue");
            ready.headers_mut().insert(EXPECT, asks);
        }
    } else if matches!(request.method, "PUT" | "POST") {
        let none = HeaderValue::from_static("0"); // the library leaves it out
        ready.headers_mut().insert(CONTENT_LENGTH, none);
    }
    Ok(ready)
}
