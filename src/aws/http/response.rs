//! A response whose body is read as it comes.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Sleep;

use super::client::Shared;
use super::lane::{Lane, Watch};
use super::sending::Sending;
use super::{TransportError, failure};

/// How long an answer that is read whole may take, in stall time-outs: ten minutes as a rule, which
/// is long for a document, and an end for one that comes byte by byte.
const WHOLE: u32 = 20;

/// A response whose body is read as it comes.
#[derive(Debug)]
pub struct HttpResponse {
    /// Status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    body: Incoming,
}

/// A body on its way here.
#[derive(Debug)]
enum Incoming {
    /// There may be more.
    Open(Box<Open>),
    /// All of it has come.
    Done,
    /// It ended too early.
    Failed(TransportError),
}

/// What a body comes through.
struct Open {
    response: reqwest::Response,
    /// Only gone while it is dropped.
    lane: Option<Lane>,
    /// End of the attempt, and how long it may take.
    alarm: Option<(Pin<Box<Sleep>>, Duration)>,
    shared: Arc<Shared>,
    sending: Arc<Sending>,
}

impl Drop for Open {
    /// The lane's next request must not share the way with what is left of this one's body.
    fn drop(&mut self) {
        self.sending.abandon();
        if let Some(lane) = self.lane.take() {
            self.shared.free(lane);
        }
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open").finish_non_exhaustive()
    }
}

impl HttpResponse {
    pub(super) fn new(
        response: reqwest::Response,
        lane: Lane,
        alarm: Option<Pin<Box<Sleep>>>,
        (shared, sending): (&Arc<Shared>, Arc<Sending>),
    ) -> Self {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), text(value.as_bytes())));
        Self {
            status: response.status().as_u16(),
            headers: headers.collect(),
            body: Incoming::Open(Box::new(Open {
                response,
                lane: Some(lane),
                alarm: alarm.zip(shared.options.total_timeout),
                shared: Arc::clone(shared),
                sending,
            })),
        }
    }

    /// The first header of this name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What the service's operators ask for; each protocol has a name of its own.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.header("x-amz-request-id")
            .or_else(|| self.header("x-amzn-requestid"))
    }

    /// The next bytes of the body; none at its end.
    ///
    /// # Errors
    /// When the connection stalls, breaks, or ends before the announced length; from then on
    /// always.
    pub fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        let next = match &mut self.body {
            Incoming::Open(open) => open.chunk(),
            Incoming::Done => return Ok(None),
            Incoming::Failed(error) => return Err(error.clone()),
        };
        match &next {
            Ok(Some(_)) => {}
            Ok(None) => self.body = Incoming::Done,
            Err(error) => self.body = Incoming::Failed(error.clone()),
        }
        next
    }

    /// The whole body, if it has at most `limit` bytes; what is longer is cut off there.
    ///
    /// # Errors
    /// As [`HttpResponse::chunk`]; also when it does not end, though it never stalls.
    pub fn bytes(&mut self, limit: usize) -> Result<Vec<u8>, TransportError> {
        if let Incoming::Open(open) = &mut self.body {
            open.hurry();
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk()? {
            let room = limit - bytes.len();
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                self.body = Incoming::Done; // the rest is not wanted
            }
        }
        Ok(bytes)
    }
}

impl Open {
    /// Sets an end to the body, unless the attempt has one.
    fn hurry(&mut self) {
        let total = self.shared.options.stall_timeout.saturating_mul(WHOLE);
        if let (None, Some(lane)) = (&self.alarm, &self.lane) {
            self.alarm = Some((lane.alarm(total), total));
        }
    }

    fn chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        let options = &self.shared.options;
        let mut watch = Watch {
            interrupted: &*self.shared.interrupted,
            total: self.alarm.as_mut().map(|(alarm, total)| (alarm, *total)),
            stall: options.stall_timeout,
            progress: &|_| (0, Duration::ZERO),
        };
        let lane = self.lane.as_ref().expect("taken by drop only");
        lane.run(&mut watch, self.response.chunk())?
            .map_err(|error| failure::of_body(&error))
    }
}
