//! A lane: what one request at a time runs in.

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{Sleep, sleep};

use super::failure::deepest;
use super::{HttpOptions, HttpSetupError, TransportError};

/// How often the wish to stop is looked at.
const TICK: Duration = Duration::from_millis(100);

/// How long a connection may wait for its next request. Servers close theirs after 5 s and more.
const IDLE: Duration = Duration::from_secs(4);

/// A runtime of one thread, the caller's, and the connections that live in it.
pub(super) struct Lane {
    /// Only gone while it is dropped.
    runtime: Option<Runtime>,
    pub(super) client: reqwest::Client,
    /// Whether a request was made in it: then there may be a connection.
    pub(super) was_used: bool,
}

impl Lane {
    pub(super) fn new(options: &HttpOptions) -> Result<Self, HttpSetupError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| setup("runtime", &error))?;
        Ok(Self {
            runtime: Some(runtime),
            client: client(options)?,
            was_used: false,
        })
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("taken by drop only")
    }

    /// A time from now on, to be waited for in this lane.
    pub(super) fn alarm(&self, after: Duration) -> Pin<Box<Sleep>> {
        let _inside = self.runtime().enter();
        Box::pin(sleep(after))
    }

    /// Runs `future` to its end, unless the watch ends it.
    pub(super) fn run<F: Future>(
        &self,
        watch: &mut Watch<'_>,
        future: F,
    ) -> Result<F::Output, TransportError> {
        self.runtime().block_on(watch.over(future))
    }

    /// Lets connections notice what happened to them since the last call: that the server closed.
    pub(super) fn catch_up(&self) {
        self.runtime().block_on(tokio::task::yield_now());
    }
}

impl Drop for Lane {
    /// A name that is being looked up is not waited for.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").finish_non_exhaustive()
    }
}

/// What ends waiting. Time is counted in ticks of timers: the library has no clock.
pub(super) struct Watch<'a> {
    pub(super) interrupted: &'a (dyn Fn() -> bool + Send + Sync),
    /// End of the attempt, and how long it was.
    pub(super) total: Option<(&'a mut Pin<Box<Sleep>>, Duration)>,
    pub(super) stall: Duration,
    /// How far it went, and how much longer than `stall` may pass: `(time so far) -> (bytes, grace)`.
    pub(super) progress: &'a dyn Fn(Duration) -> (u64, Duration),
}

impl Watch<'_> {
    async fn over<F: Future>(&mut self, future: F) -> Result<F::Output, TransportError> {
        let mut future = pin!(future);
        let tick = TICK.min(self.stall / 8).max(Duration::from_millis(1));
        let (mut spent, mut idle) = (Duration::ZERO, Duration::ZERO);
        let (mut seen, _) = (self.progress)(spent);
        loop {
            tokio::select! {
                biased; // what has come is taken without setting up a timer
                output = &mut future => return Ok(output),
                length = ended(&mut self.total) => return Err(TransportError::TimedOut(length)),
                () = sleep(tick) => {}
            }
            if (self.interrupted)() {
                return Err(TransportError::Interrupted { sent: true });
            }
            spent += tick;
            let (moved, grace) = (self.progress)(spent);
            idle = if moved == seen {
                idle + tick
            } else {
                Duration::ZERO
            };
            seen = moved;
            if idle >= self.stall + grace {
                return Err(TransportError::Stalled(self.stall));
            }
        }
    }
}

async fn ended(total: &mut Option<(&mut Pin<Box<Sleep>>, Duration)>) -> Duration {
    match total {
        Some((alarm, length)) => {
            alarm.as_mut().await;
            *length
        }
        None => std::future::pending().await,
    }
}

fn setup(what: &str, error: &(dyn std::error::Error + 'static)) -> HttpSetupError {
    HttpSetupError {
        what: what.to_owned(),
        why: deepest(error).to_string(),
    }
}

fn client(options: &HttpOptions) -> Result<reqwest::Client, HttpSetupError> {
    let extra = extra_certificates(options)?;
    let with_system = builder(options)?.tls_certs_merge(extra.clone()).build();
    // A machine without any system certificates can speak plain HTTP, or trust the extra ones.
    with_system.or_else(|_| {
        let alone = builder(options)?.tls_certs_only(extra).build();
        alone.map_err(|error| setup("TLS", &error))
    })
}

fn extra_certificates(options: &HttpOptions) -> Result<Vec<reqwest::Certificate>, HttpSetupError> {
    let Some(pem) = &options.extra_certificates else {
        return Ok(Vec::new());
    };
    let certificates = reqwest::Certificate::from_pem_bundle(pem)
        .map_err(|error| setup("certificates", &error))?;
    if certificates.is_empty() {
        return Err(HttpSetupError {
            what: "certificates".to_owned(),
            why: "there is none in it, expected PEM (\"-----BEGIN CERTIFICATE-----\")".to_owned(),
        });
    }
    Ok(certificates)
}

/// Makes the proxy for one scheme of its URL.
type MakeProxy = fn(&str) -> reqwest::Result<reqwest::Proxy>;

fn builder(options: &HttpOptions) -> Result<reqwest::ClientBuilder, HttpSetupError> {
    let mut builder = reqwest::Client::builder()
        .no_proxy() // not even those of the environment
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only()
        .tcp_nodelay(true)
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(1)
        .tls_danger_accept_invalid_certs(options.insecure)
        .user_agent(concat!("amikit/", env!("CARGO_PKG_VERSION")));
    let none = options.proxy.none.as_deref();
    // The library takes this for all names, but for no address.
    if none.is_some_and(|none| none.split(',').any(|entry| entry.trim() == "*")) {
        return Ok(builder);
    }
    let http = options.proxy.http.as_deref();
    let https = options.proxy.https.as_deref();
    for (what, url, make) in [
        (
            "http_proxy",
            http,
            (|url| reqwest::Proxy::http(url)) as MakeProxy,
        ),
        ("https_proxy", https, |url| reqwest::Proxy::https(url)),
    ] {
        let Some(url) = url.filter(|url| !url.is_empty()) else {
            continue;
        };
        let proxy = make(url).map_err(|error| setup(what, &error.without_url()))?;
        let exceptions = none.and_then(reqwest::NoProxy::from_string);
        builder = builder.proxy(proxy.no_proxy(exceptions));
    }
    Ok(builder)
}

/// The user's wish to stop, shared by all lanes.
pub(super) type Interrupted = Arc<dyn Fn() -> bool + Send + Sync>;
