//! One request, from its head to the last byte of its answer.
//!
//! ```text
//! head ─► id ─► admitted? ─► service, panics caught ─► headers ─► body, counted ─► log, metrics
//!                  └─ no: the service words the refusal ─┘
//! ```
//!
//! Every request leaves one event in the log, also one that was cut: status 499 where the client
//! left before there was an answer. The event has the path and never the query, which may carry a
//! signature.

use std::any::Any;
use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderName, HeaderValue, RETRY_AFTER, SERVER};
use hyper::{Method, Request, Response, StatusCode, Uri};
use tokio::time::Instant;
use tracing::{debug, error, warn};

use super::admission::{Admission, InFlight};
use super::asked::{Asked, End};
use super::clock;
use super::metrics::Metrics;
use super::service::{Body, BoxError, Operation, Peer, Refusal, RequestId, Service, Why};
use super::watched::Watch;

/// The longest path in the log. S3's keys have at most 1024 bytes; more is a mistake or worse.
const LONGEST_PATH: usize = 2048;

/// What stands for the status of a request whose client left before there was one. Nginx's number.
const CLIENT_LEFT: u16 = 499;

/// The id of the request, by S3's name.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// S3's second id, which its clients show too. Ours is the same.
const ID_2: HeaderName = HeaderName::from_static("x-amz-id-2");

/// What the requests of a connection share.
pub(super) struct Host {
    pub(super) service: Arc<dyn Service>,
    pub(super) admission: Arc<Admission>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) random: fn(&mut [u8]),
    pub(super) peer: Peer,
    pub(super) watch: Arc<Watch>,
}

/// Answers one request of a connection.
pub(super) async fn answer(
    host: Arc<Host>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let request_id = RequestId::draw(host.random);
    let (head, body) = request.into_parts();
    let (body, end) = Asked::new(body);
    let mut request = Request::from_parts(head, body);
    let mut visit = Visit::begin(&host, &request, end, request_id);
    request.extensions_mut().insert(host.peer);
    request.extensions_mut().insert(request_id);

    let admitted = if host.service.is_exempt(&request) {
        Ok(host.admission.request_always())
    } else {
        host.admission.request(host.peer.address.ip())
    };
    let (answered, refused) = match admitted {
        Ok(in_flight) => {
            visit.in_flight = Some(in_flight);
            match caught(&host.service, request).await {
                Ok(response) => (response, None),
                Err(message) => {
                    host.metrics.panicked();
                    error!(%request_id, method = %visit.method, path = visit.path(), message, "a service panicked");
                    (visit.refusal(Why::Panicked), Some(Why::Panicked))
                }
            }
        }
        Err(why) => {
            drop(request);
            (visit.refusal(why), Some(why))
        }
    };
    Ok(visit.leave(answered, refused))
}

/// The service's answer, or the text of its panic.
async fn caught(
    service: &Arc<dyn Service>,
    request: Request<Asked>,
) -> Result<Response<Body>, String> {
    let begun = catch_unwind(AssertUnwindSafe(|| service.answer(request)));
    let mut answering = begun.map_err(|payload| message_of(&*payload))?;
    poll_fn(|cx| {
        // What the future leaves half done is dropped with it: nothing else sees it.
        match catch_unwind(AssertUnwindSafe(|| answering.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(payload) => Poll::Ready(Err(message_of(&*payload))),
        }
    })
    .await
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without text".to_owned())
}

/// A request that is not over. Dropping it ends it.
struct Visit {
    host: Arc<Host>,
    request_id: RequestId,
    method: Method,
    uri: Uri,
    begun: Instant,
    /// Of the request's body.
    end: End,
    in_flight: Option<InFlight>,
    operation: Option<Operation>,
    status: Option<StatusCode>,
    why: Option<Why>,
    /// Bytes of the answer's body that are to go, if known, and that went.
    expected: Option<u64>,
    sent: u64,
    is_whole: bool,
}

impl Visit {
    fn begin(host: &Arc<Host>, request: &Request<Asked>, end: End, request_id: RequestId) -> Self {
        host.watch.request_begins();
        Self {
            host: Arc::clone(host),
            request_id,
            method: request.method().clone(),
            uri: request.uri().clone(),
            begun: clock::now(),
            end,
            in_flight: None,
            operation: None,
            status: None,
            why: None,
            expected: None,
            sent: 0,
            is_whole: false,
        }
    }

    fn path(&self) -> &str {
        let path = self.uri.path();
        let mut end = path.len().min(LONGEST_PATH);
        while !path.is_char_boundary(end) {
            end -= 1;
        }
        &path[..end]
    }

    /// The service's words for what the front does not do, or none where it has none either.
    fn refusal(&self, why: Why) -> Response<Body> {
        let refusal = Refusal {
            why,
            method: self.method.clone(),
            uri: self.uri.clone(),
            request_id: self.request_id,
        };
        let service = &self.host.service;
        let worded = catch_unwind(AssertUnwindSafe(|| service.refuse(&refusal)));
        let mut response = worded.unwrap_or_else(|_| {
            let mut bare = Response::new(Body::default());
            *bare.status_mut() = why.status();
            bare
        });
        let headers = response.headers_mut();
        if let Some(seconds) = why.retry_after_s() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if why == Why::Panicked {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// Gives the answer its headers and follows its body.
    fn leave(mut self, response: Response<Body>, why: Option<Why>) -> Response<Body> {
        let (mut head, body) = response.into_parts();
        let id = self.request_id.to_string();
        let id = HeaderValue::from_str(&id).expect("hex digits may be in a header");
        head.headers.insert(REQUEST_ID, id.clone());
        head.headers.insert(ID_2, id);
        let server = head.headers.entry(SERVER);
        server.or_insert(HeaderValue::from_static("amikit"));
        if !self.end.is_reached() {
            // hyper closes then, and a client that is not told sends its next request in vain
            let close = HeaderValue::from_static("close");
            head.headers.insert(CONNECTION, close);
        }

        let has_no_body = self.method == Method::HEAD
            || matches!(
                head.status,
                StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
            );
        let exact = body.size_hint().exact();
        self.expected = if has_no_body { Some(0) } else { exact };
        self.status = Some(head.status);
        self.why = why;
        self.operation = head.extensions.remove();
        let told = Told { body, visit: self };
        Response::from_parts(head, told.boxed_unsync())
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        drop(self.in_flight.take());
        self.host.watch.request_ends();
        let (service, operation) = match (&self.operation, self.why) {
            (Some(operation), _) => (operation.service, operation.name),
            (None, Some(_)) => ("front", "refused"),
            (None, None) => ("other", "other"),
        };
        let account = self
            .operation
            .as_ref()
            .and_then(|known| known.account.as_deref());
        let account = account.unwrap_or("-");
        let code = self.status.map_or(CLIENT_LEFT, |status| status.as_u16());
        let time = clock::now().duration_since(self.begun);
        self.host.metrics.request(service, operation, code, time);

        let is_whole = self.is_whole || self.expected == Some(self.sent);
        let ms = time.as_secs_f64() * 1000.0;
        // Refusals for load are counted but not warned of: a flood must not flood the log.
        let is_failure = code >= 500 && self.why.is_none_or(|why| why == Why::Panicked);
        macro_rules! tell {
            ($level:ident) => {
                $level!(
                    request_id = %self.request_id,
                    client = %self.host.peer.address,
                    method = %self.method,
                    path = self.path(),
                    status = code,
                    bytes = self.sent,
                    is_whole,
                    ms,
                    service,
                    operation,
                    account,
                    "request"
                )
            };
        }
        if is_failure {
            tell!(warn);
        } else {
            tell!(debug);
        }
    }
}

/// An answer's body whose bytes are counted, and whose end ends the visit.
struct Told {
    body: Body,
    visit: Visit,
}

impl HttpBody for Told {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let told = self.get_mut();
        let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut told.body).poll_frame(cx)));
        let frame = ready!(polled.unwrap_or_else(|payload| {
            told.visit.host.metrics.panicked();
            let (request_id, message) = (told.visit.request_id, message_of(&*payload));
            error!(%request_id, message, "the body of an answer panicked");
            Poll::Ready(Some(Err("the body of the answer failed".into())))
        }));
        match &frame {
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                told.visit.sent += length as u64;
            }
            Some(Err(cause)) => {
                let request_id = told.visit.request_id;
                warn!(%request_id, cause = &**cause as &dyn std::error::Error, "an answer broke off");
            }
            None => told.visit.is_whole = true,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
