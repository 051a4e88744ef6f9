//! The attempts of one call.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing::{debug, warn};

use super::super::endpoint::{Target, encode_query};
use super::super::http::{HttpRequest, HttpResponse, TransportError};
use super::super::sign::Payload;
use super::super::{AwsError, Credentials, Endpoint};
use super::attempt::{Next, Outcome, Patience, Wanted};
use super::judge::{MAX_CLOCK_OFFSET, is_expired, is_skewed};
use super::refusal::{self, Refusal};
use super::request::Unsigned;
use super::secrets::Secrets;
use super::{Answer, Call, Protocol, Service, prepare, redirect, wait};
use crate::units::Timestamp;

/// How often one call may be sent elsewhere.
const MAX_REDIRECTS: usize = 4;

/// The shortest body that is worth to be held back: what is shorter has left before an answer
/// could come.
const LONG_BODY: u64 = 64 * 1024;

/// One call on its way.
struct Attempts<'a> {
    service: &'a Service,
    call: &'a Call<'a>,
    wanted: Wanted,
    payload: Payload,
    endpoint: Endpoint,
    made: u32,
    /// Hosts and regions that were asked.
    asked: HashSet<(String, String)>,
    clock_corrected: bool,
    /// Those of the last attempt.
    credentials: Option<Arc<Credentials>>,
    credentials_renewed: bool,
    patience: Patience,
    /// Whether the service asked to slow down.
    throttled: bool,
}

/// Makes a call.
pub(super) fn run(service: &Service, call: &Call<'_>, wanted: Wanted) -> Result<Answer, AwsError> {
    prepare::check(call)?;
    let attempts = Attempts {
        service,
        call,
        wanted,
        payload: prepare::payload(service, call)?,
        endpoint: service.endpoint_of(call.bucket),
        made: 0,
        asked: HashSet::new(),
        clock_corrected: false,
        credentials: None,
        credentials_renewed: false,
        patience: Patience::Unneeded,
        throttled: false,
    };
    attempts.run()
}

impl Attempts<'_> {
    fn run(mut self) -> Result<Answer, AwsError> {
        loop {
            let (error, next) = match self.attempt()? {
                Outcome::Good(answer) => return Ok(answer),
                Outcome::Refused(refusal) => self.refused(*refusal)?,
                Outcome::Lost(error) => self.lost(error),
            };
            let policy = &self.service.connection().retry;
            match next {
                Next::AtOnce => {}
                Next::Later(asked) if self.made < policy.attempts => self.wait(&error, asked)?,
                Next::Later(_) | Next::GiveUp => return Err(error),
            }
        }
    }

    /// Signs and sends once.
    fn attempt(&mut self) -> Result<Outcome, AwsError> {
        self.made += 1;
        let call = self.call;
        let target = self.endpoint.target(call.bucket, call.key);
        self.asked
            .insert((target.host.clone(), self.endpoint.region.clone()));
        let (request, secrets) = self.request(&target)?;
        let sent = self.service.connection().http.send(&request);
        let mut response = match sent {
            Ok(response) => response,
            Err(error) => return Ok(Outcome::Lost(error)),
        };
        debug!(
            operation = call.operation,
            host = target.host,
            attempt = self.made,
            status = response.status,
            request_id = response.request_id(),
            "answered"
        );
        if !(200..300).contains(&response.status) {
            let hasty = self.may_be_patient() && self.patience == Patience::Unneeded;
            return Ok(
                match refusal::read(call, &target.host, &mut response, hasty, &secrets) {
                    Ok(refusal) => Outcome::Refused(Box::new(refusal)),
                    Err(error) => Outcome::Lost(error),
                },
            );
        }
        self.body(&target, response, &secrets)
    }

    /// Reads the body that is wanted.
    fn body(
        &self,
        target: &Target,
        mut head: HttpResponse,
        secrets: &Secrets,
    ) -> Result<Outcome, AwsError> {
        let limit = match self.wanted {
            Wanted::Head => return Ok(Outcome::Good(self.answer(head, Vec::new()))),
            Wanted::Document { limit } | Wanted::Data { limit } => limit,
        };
        let body = match head.bytes(limit.saturating_add(1)) {
            Ok(body) => body,
            Err(error) => return Ok(Outcome::Lost(error)),
        };
        if body.len() > limit {
            return Err(AwsError::Answer {
                operation: self.call.operation,
                host: target.host.clone(),
                found: format!("more than {limit} bytes"),
                expected: "a shorter answer",
                may_be_done: !self.call.repeatable,
            });
        }
        if matches!(self.wanted, Wanted::Document { .. }) && refusal::is_error(&body) {
            let body = secrets.hidden(&body);
            let mut refusal = refusal::of(self.call, &target.host, &head, &body);
            secrets.hide_in(&mut refusal);
            return Ok(Outcome::Refused(Box::new(refusal)));
        }
        Ok(Outcome::Good(self.answer(head, body)))
    }

    fn answer(&self, head: HttpResponse, body: Vec<u8>) -> Answer {
        Answer {
            head,
            body,
            throttled: self.throttled,
        }
    }

    fn request(&mut self, target: &Target) -> Result<(HttpRequest, Secrets), AwsError> {
        let (call, connection) = (self.call, self.service.connection());
        let provider = connection.credentials.as_ref();
        let now = self.now();
        self.credentials = match provider.filter(|_| !call.unsigned) {
            Some(provider) => Some(provider.credentials(now)?),
            None => None,
        };
        let unsigned = Unsigned {
            call,
            target,
            endpoint: &self.endpoint,
            payload: &self.payload,
        };
        let (headers, body, secrets) = match &self.credentials {
            Some(credentials) => unsigned.sign(connection, credentials, now),
            None => unsigned.leave(),
        };
        let query = encode_query(&call.query);
        let request = HttpRequest {
            method: call.method,
            url: format!(
                "{}://{}{}{query}",
                self.endpoint.scheme, target.host, target.path
            ),
            headers,
            body,
            patient: self.patience == Patience::Needed,
            fresh: !call.repeatable,
        };
        Ok((request, secrets))
    }

    /// The service's time.
    fn now(&self) -> Timestamp {
        let offset = self.service.learnt.clock_offset.load(Ordering::Relaxed);
        let now = (self.service.connection().ambient.now)();
        Timestamp(now.0.saturating_add(offset))
    }

    fn may_be_patient(&self) -> bool {
        self.patience != Patience::Refused && self.call.body.len() >= LONG_BODY
    }

    fn lost(&mut self, error: TransportError) -> (AwsError, Next) {
        // The service may have done what was asked before its reply was lost.
        let in_doubt = !self.call.repeatable && error.is_after_sending();
        let again = match &error {
            _ if in_doubt => Next::GiveUp,
            TransportError::Interrupted { .. } => return (AwsError::Interrupted, Next::GiveUp),
            TransportError::Body(error) => return (AwsError::Body(error.clone()), Next::GiveUp),
            TransportError::Tls(_) => Next::GiveUp, // will be as wrong next time
            _ => Next::Later(None),
        };
        if matches!(error, TransportError::Broken(_)) && self.may_be_patient() {
            self.patience = Patience::Needed;
        }
        let host = self.endpoint.target(self.call.bucket, None).host;
        let (operation, attempts, source) = (self.call.operation, self.made, error);
        let error = if in_doubt {
            AwsError::Undecided {
                operation,
                host,
                source,
            }
        } else {
            AwsError::Transport {
                operation,
                host,
                attempts,
                source,
            }
        };
        (error, again)
    }

    fn refused(&mut self, mut refusal: Refusal) -> Result<(AwsError, Next), AwsError> {
        let ours = (self.service.connection().ambient.now)().0;
        refusal.error.clock_offset = refusal.time.map(|time| time.0.saturating_sub(ours));
        self.throttled |= refusal.error.asks_for_less();
        let next = match self.put_right(&mut refusal)? {
            Some(next) => next,
            None if self.may_pass(&refusal) => {
                let asked = refusal.retry_after.as_deref();
                Next::Later(asked.and_then(|text| wait::asked_for(text, self.now())))
            }
            None => Next::GiveUp,
        };
        let in_doubt = !self.call.repeatable && refusal.leaves_doubt();
        let error = Box::new(refusal.error);
        let error = if in_doubt {
            AwsError::Doubtful(error)
        } else {
            AwsError::Service(error)
        };
        Ok((error, next))
    }

    /// Puts right what was wrong with the request; none if nothing was.
    fn put_right(&mut self, refusal: &mut Refusal) -> Result<Option<Next>, AwsError> {
        let is_head = self.call.method == "HEAD";
        let has_token = self.credentials.as_ref();
        let has_token = has_token.is_some_and(|used| used.session_token.is_some());
        // Only S3 has places for its callers to be sent to: what sends the others is a proxy.
        let is_s3 = self.service.connection().protocol == Protocol::S3;
        if is_s3 && redirect::is_misplaced(refusal) {
            let next = self.redirect(refusal);
            // The answer to HEAD says 400 and the region also when it is about the token.
            if matches!(next, Next::AtOnce) || refusal.error.status != 400 {
                return Ok(Some(next));
            }
        }
        let off = refusal.time.map(|time| time.0.saturating_sub(self.now().0));
        Ok(if is_skewed(&refusal.error, off, is_head) {
            Some(self.correct_clock(refusal.error.clock_offset))
        } else if is_expired(&refusal.error, is_head && has_token) {
            Some(self.renew()?)
        } else if refusal.error.status == 417 && self.patience == Patience::Needed {
            self.patience = Patience::Refused;
            Some(Next::AtOnce)
        } else {
            None
        })
    }

    fn may_pass(&self, refusal: &Refusal) -> bool {
        let error = &refusal.error;
        if !self.call.repeatable && refusal.leaves_doubt() {
            return false;
        }
        error.may_pass() || !self.call.body.is_empty() && error.tells_damage()
    }

    fn redirect(&mut self, refusal: &mut Refusal) -> Next {
        let Some(to) = redirect::followed(&self.endpoint, self.call, refusal) else {
            return Next::GiveUp;
        };
        let host = to.target(self.call.bucket, None).host;
        let known = self.asked.contains(&(host.clone(), to.region.clone()));
        let scheme_only = to.scheme != self.endpoint.scheme;
        if known && !scheme_only || self.asked.len() > MAX_REDIRECTS {
            return Next::GiveUp;
        }
        warn!(
            operation = self.call.operation,
            from = self.endpoint.host,
            to = host,
            region = to.region,
            "the service sends us elsewhere"
        );
        if let Some(bucket) = self.call.bucket {
            self.service.learnt.remember(bucket, &to);
        }
        self.endpoint = to;
        Next::AtOnce
    }

    fn correct_clock(&mut self, offset: Option<i64>) -> Next {
        let Some(offset) = offset.filter(|offset| offset.unsigned_abs() <= MAX_CLOCK_OFFSET) else {
            return Next::GiveUp; // the error has the offset, and tells it
        };
        let used = &self.service.learnt.clock_offset;
        if std::mem::replace(&mut self.clock_corrected, true) {
            return Next::GiveUp;
        }
        used.store(offset, Ordering::Relaxed);
        warn!(
            operation = self.call.operation,
            offset,
            "this machine's clock is wrong by so many seconds: requests are signed for the service's"
        );
        Next::AtOnce
    }

    /// Temporary credentials may have ended since they were handed out.
    fn renew(&mut self) -> Result<Next, AwsError> {
        let connection = self.service.connection();
        let (Some(provider), Some(old)) = (&connection.credentials, &self.credentials) else {
            return Ok(Next::GiveUp);
        };
        if std::mem::replace(&mut self.credentials_renewed, true) {
            return Ok(Next::GiveUp);
        }
        let new = provider.renew(old, self.now())?;
        Ok(if new == *old {
            Next::GiveUp
        } else {
            Next::AtOnce
        })
    }

    /// Waits before the next attempt, as long as chance and the server say.
    fn wait(&self, error: &AwsError, asked: Option<Duration>) -> Result<(), AwsError> {
        let connection = self.service.connection();
        let time = wait::time(connection, self.made, asked);
        warn!(
            operation = self.call.operation,
            host = self.endpoint.host,
            attempt = self.made,
            of = connection.retry.attempts,
            wait_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            reason = wait::reason(error),
            "trying again"
        );
        wait::sleep(connection, time)
    }
}
