//! Whether the cloud lives, and whether it can work.
//!
//! `/healthz` says that the process answers. `/readyz` asks what it stands on, and is 503 until all
//! of it is there: a load balancer sends nobody before. Its text names the checks and no more; the
//! cause of a failure, which may name hosts and users, goes to the log.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tracing::warn;

use super::clock;
use super::service::BoxError;

/// How long a check may take. Probes of Kubernetes and of load balancers wait 1 to 10 s.
const CHECK_TIME: Duration = Duration::from_secs(5);

/// For how long an answer is given again: whoever asks often makes no load on the database.
const FRESH: Duration = Duration::from_secs(1);

/// Asks whether something works.
type Check = Arc<dyn Fn() -> Checking + Send + Sync>;

/// A check that is made.
type Checking = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// The state of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It works.
    Ok,
    /// It said no.
    Failed,
    /// It did not say anything in 5 s.
    TimedOut,
}

/// All checks, at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    checks: Vec<(&'static str, State)>,
}

impl Readiness {
    /// Whether everything works.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|(_, state)| *state == State::Ok)
    }

    /// As in `{"status":"ready","checks":{"database":"ok"}}`.
    #[must_use]
    pub fn json(&self) -> String {
        let status = if self.is_ready() {
            "ready"
        } else {
            "not-ready"
        };
        let checks: serde_json::Map<_, _> = self
            .checks
            .iter()
            .map(|(name, state)| ((*name).to_owned(), serde_json::json!(state)))
            .collect();
        serde_json::json!({"status": status, "checks": checks}).to_string()
    }
}

/// What the cloud stands on.
pub struct Health {
    checks: Vec<(&'static str, Check)>,
    check_time: Duration,
    fresh: Duration,
    last: Mutex<Option<(Instant, Readiness)>>,
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

impl Health {
    /// Nothing yet: ready.
    #[must_use]
    pub fn new() -> Self {
        Self {
            checks: Vec::new(),
            check_time: CHECK_TIME,
            fresh: FRESH,
            last: Mutex::default(),
        }
    }

    /// Adds something that must work.
    #[must_use]
    pub fn check<F>(
        mut self,
        name: &'static str,
        check: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        let check: Check = Arc::new(move || Box::pin(check()));
        self.checks.push((name, check));
        self
    }

    /// Makes all checks at the same time, unless it was done within a second.
    pub async fn readiness(&self) -> Readiness {
        let mut last = self.last.lock().await; // whoever else asks waits for the same answer
        if let Some((at, readiness)) = &*last
            && clock::now().duration_since(*at) < self.fresh
        {
            return readiness.clone();
        }
        let mut running = JoinSet::new();
        for (index, (name, check)) in self.checks.iter().enumerate() {
            let (name, check, time) = (*name, Arc::clone(check), self.check_time);
            running.spawn(async move { (index, state_of(name, &check, time).await) });
        }
        let mut checks: Vec<_> = self
            .checks
            .iter()
            .map(|(name, _)| (*name, State::Failed))
            .collect();
        while let Some(done) = running.join_next().await {
            if let Ok((index, state)) = done {
                checks[index].1 = state; // one that panicked stays failed
            }
        }
        let readiness = Readiness { checks };
        *last = Some((clock::now(), readiness.clone()));
        readiness
    }
}

async fn state_of(name: &'static str, check: &Check, time: Duration) -> State {
    match timeout(time, check()).await {
        Ok(Ok(())) => State::Ok,
        Ok(Err(cause)) => {
            let cause: &dyn std::error::Error = &*cause;
            warn!(check = name, cause, "not ready");
            State::Failed
        }
        Err(_) => {
            warn!(check = name, "not ready: the check does not end");
            State::TimedOut
        }
    }
}

#[cfg(test)]
mod tests;
