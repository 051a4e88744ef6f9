//! What a front carries: services that answer requests, and what they and the front tell each other.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, Response, StatusCode, Uri};

use super::asked::Asked;

/// A cause of whatever kind.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of an answer: bytes as they come, or an error that ends the connection.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// An answer that is being made.
pub type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// A body of bytes that are there.
#[must_use]
pub fn body_of(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// Answers the requests of a listener.
///
/// The request is as the client sent it: target undecoded, dots and doubled slashes in place, every
/// header there. Its extensions hold a [`Peer`] and a [`RequestId`]. The answer's extensions may
/// hold an [`Operation`].
pub trait Service: Send + Sync + 'static {
    /// Answers a request. A panic is answered for it, by [`Service::refuse`].
    fn answer(&self, request: Request<Asked>) -> Answering;

    /// Words the front's own refusals as clients of this service expect them. `Retry-After` is
    /// added by the front.
    fn refuse(&self, refusal: &Refusal) -> Response<Body>;

    /// Whether limits on requests do not hold for this one: how the cloud is doing can be asked
    /// when it is busy, and just then.
    fn is_exempt(&self, _request: &Request<Asked>) -> bool {
        false
    }
}

/// A request that the front does not pass on, or whose service failed.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The reason.
    pub why: Why,
    /// The request's method.
    pub method: Method,
    /// The request's target.
    pub uri: Uri,
    /// The request's id, which the front also puts into the headers.
    pub request_id: RequestId,
}

/// Why the front answers by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// The client is over its rate. S3's `SlowDown`.
    TooManyRequests {
        /// When the next request will be let in.
        retry_after: Duration,
    },
    /// As many requests are worked on as may be. S3's `SlowDown`.
    TooBusy,
    /// The service panicked. S3's `InternalError`.
    Panicked,
}

impl Why {
    /// The status of the answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TooManyRequests { .. } | Self::TooBusy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds for `Retry-After`.
    pub(super) fn retry_after_s(self) -> Option<u64> {
        match self {
            Self::TooManyRequests { retry_after } => Some(retry_after.as_secs() + 1),
            Self::TooBusy => Some(1),
            Self::Panicked => None,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooManyRequests { .. } => "too many requests from this address, slow down",
            Self::TooBusy => "too many requests at the same time, slow down",
            Self::Panicked => "an internal error, noted in the log under the request's id",
        })
    }
}

/// Who asks, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The client's end of the connection. IPv4 as such on IPv6 sockets too.
    pub address: SocketAddr,
    /// The listener's end.
    pub local: SocketAddr,
    /// Whether the connection is encrypted.
    pub is_tls: bool,
}

/// The name of one request in log and answer: 16 upper-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(u64);

impl RequestId {
    /// Draws an id.
    pub(super) fn draw(random: fn(&mut [u8])) -> Self {
        let mut bytes = [0; 8];
        random(&mut bytes);
        Self(u64::from_be_bytes(bytes))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", self.0)
    }
}

/// What a request turned out to be, for log and metrics: an extension of the answer.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The service, like `s3`. Names are letters, digits, `_`, `-`, `.`, at most 64.
    pub service: &'static str,
    /// The service's operation, like `PutObject`. A fixed name, never what a client sent.
    pub name: &'static str,
    /// Who asked, if known.
    pub account: Option<String>,
}

/// A service made of two functions.
pub struct FnService<A, R> {
    answer: A,
    refuse: R,
}

/// Makes a service of an async function and its way to refuse.
pub fn service_fn<A, F, R>(answer: A, refuse: R) -> Arc<FnService<A, R>>
where
    A: Fn(Request<Asked>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
    R: Fn(&Refusal) -> Response<Body> + Send + Sync + 'static,
{
    Arc::new(FnService { answer, refuse })
}

impl<A, F, R> Service for FnService<A, R>
where
    A: Fn(Request<Asked>) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
    R: Fn(&Refusal) -> Response<Body> + Send + Sync + 'static,
{
    fn answer(&self, request: Request<Asked>) -> Answering {
        Box::pin((self.answer)(request))
    }

    fn refuse(&self, refusal: &Refusal) -> Response<Body> {
        (self.refuse)(refusal)
    }
}

/// Decides by a request's head.
type Rule = Box<dyn Fn(&Request<Asked>) -> bool + Send + Sync>;

/// Several services on one listener: the first whose rule holds, else the last resort.
pub struct Switch {
    rules: Vec<(Rule, Arc<dyn Service>)>,
    otherwise: Arc<dyn Service>,
}

impl Switch {
    /// A switch that leads to `otherwise`, whose refusals are the listener's.
    #[must_use]
    pub fn new(otherwise: Arc<dyn Service>) -> Self {
        Self {
            rules: Vec::new(),
            otherwise,
        }
    }

    /// Leads requests that `rule` holds for, and none before it, to `service`.
    #[must_use]
    pub fn when(
        mut self,
        rule: impl Fn(&Request<Asked>) -> bool + Send + Sync + 'static,
        service: Arc<dyn Service>,
    ) -> Self {
        self.rules.push((Box::new(rule), service));
        self
    }

    fn choose(&self, request: &Request<Asked>) -> &Arc<dyn Service> {
        let chosen = self.rules.iter().find(|(rule, _)| rule(request));
        chosen.map_or(&self.otherwise, |(_, service)| service)
    }
}

impl Service for Switch {
    fn answer(&self, request: Request<Asked>) -> Answering {
        self.choose(&request).answer(request)
    }

    fn refuse(&self, refusal: &Refusal) -> Response<Body> {
        self.otherwise.refuse(refusal)
    }

    fn is_exempt(&self, request: &Request<Asked>) -> bool {
        self.choose(request).is_exempt(request)
    }
}
