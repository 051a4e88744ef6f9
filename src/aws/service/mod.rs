//! One call to a service: signed, sent, judged, and made again where that may help.
//!
//! ```text
//! sign ─► send ─┬─► 2xx ─────────────────────────────► response
//!               ├─► 3xx, wrong region ─► other host ─► again, at once (each host once)
//!               ├─► clock skewed ──────► corrected ──► again, at once (once)
//!               ├─► token expired ─────► renewed ────► again, at once (once)
//!               ├─► 5xx, 429, broken ──► wait ───────► again, up to the limit
//!               ├─► damaged on the way ► wait ───────► again, up to the limit
//!               └─► other 4xx ───────────────────────► error
//! ```
//!
//! A call that would do harm when it is done twice is made again only after what shows that it
//! was not begun: no connection, or the service's own word that it is too busy. Any other loss is
//! [`AwsError::Undecided`], any other failure of the service [`AwsError::Doubtful`].
//!
//! Only S3's callers are sent elsewhere; forms and JSON stay where the user sent them. The clock
//! is corrected by a day at most ([`MAX_CLOCK_OFFSET`]).

mod attempt;
mod attempts;
mod json;
mod judge;
mod prepare;
mod redirect;
mod refusal;
mod request;
mod secrets;
#[cfg(test)]
pub(crate) mod tests;
mod wait;

use std::collections::HashMap;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::http::{Body, HttpClient, HttpResponse};
use super::sign::SignatureVersion;
use super::{Ambient, AwsError, CredentialsProvider, Endpoint};

pub use judge::MAX_CLOCK_OFFSET;
pub use secrets::Secrets;

/// How a service's requests are built and signed, and how it words its refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// S3's: bucket and key in the URL, errors in XML.
    #[default]
    S3,
    /// A query API's: parameters in a form, errors in XML.
    Query {
        /// The service in the signature's scope: `ec2`.
        name: &'static str,
    },
    /// REST with errors in JSON. The call's key is the path; there is no signature version 2.
    Json {
        /// The service in the signature's scope: `ebs`.
        name: &'static str,
    },
}

/// How often, and how fast, a call is made again.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Attempts altogether; 1 means no retries.
    pub attempts: u32,
    /// The first waiting time is random between 0 and this; it doubles each time.
    pub base: Duration,
    /// No waiting time is longer, what a server's `Retry-After` asks for excepted (1 minute).
    pub longest: Duration,
}

impl Default for RetryPolicy {
    /// Five attempts within about half a minute, as the AWS tools' adaptive modes.
    fn default() -> Self {
        Self {
            attempts: 5,
            base: Duration::from_millis(500),
            longest: Duration::from_secs(20),
        }
    }
}

/// Who talks to whom, and how.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Connections.
    pub http: HttpClient,
    /// How requests are built.
    pub protocol: Protocol,
    /// Where.
    pub endpoint: Endpoint,
    /// As whom; requests go unsigned without.
    pub credentials: Option<Arc<dyn CredentialsProvider>>,
    /// How requests are signed.
    pub signature: SignatureVersion,
    /// How often a call is made again.
    pub retry: RetryPolicy,
    /// Clock, randomness, wish to stop.
    pub ambient: Ambient,
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// Name of the operation, for errors: `PutObject`.
    pub operation: &'static str,
    /// The method.
    pub method: &'static str,
    /// The bucket, or none for the service itself.
    pub bucket: Option<&'a str>,
    /// The object's key, as it is: not encoded.
    pub key: Option<&'a str>,
    /// Query parameters, decoded. A parameter without value has an empty one.
    pub query: Vec<(String, String)>,
    /// Headers besides those of signing.
    pub headers: Vec<(String, String)>,
    /// Parameters of a query API, sent as the body in a form; the body is then empty.
    pub form: Vec<(String, String)>,
    /// The body, sent again from its start in every attempt.
    pub body: Body,
    /// Whether the call goes unsigned although there are credentials: a form that carries its
    /// own signature.
    pub unsigned: bool,
    /// What of the body must not come back in an error: the signature of a form's policy.
    pub secrets: Secrets,
    /// SHA-256 of the body if it is known already; computed otherwise.
    pub sha256: Option<[u8; 32]>,
    /// Whether making the call twice does no harm. One that would (a second instance, a second
    /// volume) is made again only while the service cannot have done it.
    pub repeatable: bool,
}

impl Call<'_> {
    /// A call to the service itself that may be made again, without parameters, headers, body.
    #[must_use]
    pub fn new(operation: &'static str, method: &'static str) -> Self {
        Self {
            operation,
            method,
            bucket: None,
            key: None,
            query: Vec::new(),
            headers: Vec::new(),
            form: Vec::new(),
            body: Body::Empty,
            unsigned: false,
            secrets: Secrets::default(),
            sha256: None,
            repeatable: true,
        }
    }
}

/// A service at an endpoint. Cloning is cheap; what is learnt (region, clock) is shared.
#[derive(Debug, Clone)]
pub struct Service {
    connection: Arc<Connection>,
    learnt: Arc<Learnt>,
}

/// What calls taught about the service.
#[derive(Debug, Default)]
struct Learnt {
    /// The service's time minus ours, seconds.
    clock_offset: AtomicI64,
    /// Where buckets really are.
    places: Mutex<HashMap<String, Endpoint>>,
}

/// An answer that has been read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Status and headers.
    pub head: HttpResponse,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the service asked to slow down before it gave this answer.
    pub throttled: bool,
}

impl Service {
    /// The service at the other end of a connection.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self {
            connection: Arc::new(connection),
            learnt: Arc::default(),
        }
    }

    /// Who talks to whom.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Waits, as between two attempts.
    ///
    /// # Errors
    /// When the user wants to stop.
    pub fn pause(&self, time: Duration) -> Result<(), AwsError> {
        wait::sleep(&self.connection, time)
    }

    /// Where calls about a bucket go, as far as is known.
    #[must_use]
    pub fn endpoint_of(&self, bucket: Option<&str>) -> Endpoint {
        let places = self.learnt.places();
        let known = bucket.and_then(|bucket| places.get(bucket));
        known.unwrap_or(&self.connection.endpoint).clone()
    }

    /// Makes a call; the response has a status below 300, and its body is not read yet.
    ///
    /// # Errors
    /// When the service says no, or cannot be reached, after all retries.
    pub fn call(&self, call: &Call<'_>) -> Result<HttpResponse, AwsError> {
        attempts::run(self, call, attempt::Wanted::Head).map(|answer| answer.head)
    }

    /// Makes a call and reads its answer, again from the start when it breaks off. An answer
    /// that is an error in spite of its good status is treated as what it is.
    ///
    /// # Errors
    /// As [`Service::call`]; also when the answer has more than `limit` bytes.
    pub fn call_whole(&self, call: &Call<'_>, limit: usize) -> Result<Answer, AwsError> {
        attempts::run(self, call, attempt::Wanted::Document { limit })
    }

    /// As [`Service::call_whole`] without taking an answer for an error: it is somebody's data.
    ///
    /// # Errors
    /// As [`Service::call_whole`].
    pub fn call_data(&self, call: &Call<'_>, limit: usize) -> Result<Answer, AwsError> {
        attempts::run(self, call, attempt::Wanted::Data { limit })
    }
}

impl Learnt {
    fn places(&self) -> MutexGuard<'_, HashMap<String, Endpoint>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, bucket: &str, place: &Endpoint) {
        self.places().insert(bucket.to_owned(), place.clone());
    }
}
