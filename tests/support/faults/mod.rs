//! A proxy that breaks what a test tells it to break, and keeps record of what passed.
//!
//! ```text
//! amikit ─► head ─► rule? ─┬─► none: on to the server, answer back
//!                          ├─► before, in, after the body: close, stall, slow down, change a byte
//!                          └─► answered here: 503, 403, 301, 200 with an error in it …
//! ```
//!
//! Every request goes over a connection of its own to the server, so that what happened to one
//! has no effect on the next. The `Host` header stays the client's: signatures stay good.

pub mod http;
mod relay;
mod tests;

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::RangeInclusive;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// Longest time that a test waits for something to pass.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is done to a request. Byte counts are of bodies.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection closes when the head has come; the server sees nothing.
    DropBeforeBody,
    /// The connection closes when so many bytes of the body went to the server.
    DropInBody(u64),
    /// The server gets everything and answers; the client sees the connection close.
    LoseReply,
    /// The answer's body ends after so many bytes, and the connection closes.
    TruncateReply(u64),
    /// A byte of the request's body arrives changed.
    CorruptRequest(u64),
    /// A byte of the answer's body arrives changed.
    CorruptReply(u64),
    /// So many bytes of the body pass in each second.
    Slow(u64),
    /// The head has come, and nothing moves any more.
    Stall,
    /// So many bytes of the body pass, and nothing moves any more.
    StallInBody(u64),
    /// So many bytes of the answer's body pass, and nothing moves any more.
    StallInReply(u64),
    /// The answer has the `ETag` of something else, and no checksum.
    WrongEtag,
    /// The answer's header goes away.
    WithoutHeader(&'static str),
    /// The body is read to its end, and answered without asking the server.
    Answer {
        /// Status.
        status: u16,
        /// Headers besides the length.
        headers: Vec<(String, String)>,
        /// Body.
        body: String,
    },
}

impl Fault {
    /// An error as S3 tells it.
    pub fn error(status: u16, code: &str) -> Self {
        Self::Answer {
            status,
            headers: vec![("Content-Type".to_owned(), "application/xml".to_owned())],
            body: format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
                 <Message>told by the test</Message><RequestId>TEST0001</RequestId></Error>"
            ),
        }
    }

    /// The same with a `Retry-After` header.
    pub fn error_for(status: u16, code: &str, seconds: u32) -> Self {
        let mut fault = Self::error(status, code);
        if let Self::Answer { headers, .. } = &mut fault {
            headers.push(("Retry-After".to_owned(), seconds.to_string()));
        }
        fault
    }

    /// A redirect (301, 307) to another URL.
    pub fn redirect(status: u16, location: &str) -> Self {
        let code = match status {
            301 => "PermanentRedirect",
            _ => "TemporaryRedirect",
        };
        let mut fault = Self::error(status, code);
        if let Self::Answer { headers, .. } = &mut fault {
            headers.push(("Location".to_owned(), location.to_owned()));
        }
        fault
    }
}

/// Which requests a fault is for.
struct Rule {
    method: &'static str,
    /// Part of the path with its query.
    path: String,
    /// Which of the requests that fit: the first is 1.
    which: RangeInclusive<usize>,
    fault: Fault,
    /// How many have fitted.
    seen: usize,
}

/// A request that came through, whole or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Method.
    pub method: String,
    /// Path with its query, as the client sent it.
    pub path: String,
    /// Bytes of the body that went on to the server, or were read where the proxy answered.
    pub body: u64,
    /// Whether a rule fitted.
    pub faulty: bool,
    /// Status that the client was told, if any.
    pub status: Option<u16>,
}

/// A running proxy. It stops, with every connection, when it is dropped.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What the proxy's threads and the test share.
struct Shared {
    target: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    passed: Vec<Passed>,
    prefix: String,
    open: Vec<TcpStream>,
    stopped: bool,
}

impl FaultProxy {
    /// Starts a proxy in front of a server. Without rules it changes nothing.
    pub fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listen on the loopback");
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::new(Shared {
            target,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let for_thread = Arc::clone(&shared);
        thread::spawn(move || for_thread.accept(&listener));
        Self { address, shared }
    }

    /// Its URL, without a slash at the end; with the prefix if there is one.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.shared.state().prefix)
    }

    /// Does `fault` to those requests of `method` with `path` in their path or query that are
    /// counted in `which`; the first that fits is 1. The first rule that fits counts.
    pub fn fault(
        &self,
        method: &'static str,
        path: &str,
        which: RangeInclusive<usize>,
        fault: Fault,
    ) {
        self.shared.state().rules.push(Rule {
            method,
            path: path.to_owned(),
            which,
            fault,
            seen: 0,
        });
    }

    /// Serves below this path, `/services/Walrus`, what the server has at its root.
    pub fn serve_below(&self, prefix: &str) {
        prefix.clone_into(&mut self.shared.state().prefix);
    }

    /// Forgets rules and record.
    pub fn reset(&self) {
        let mut state = self.shared.state();
        state.rules.clear();
        state.passed.clear();
    }

    /// Every request so far, in the order of their heads.
    pub fn passed(&self) -> Vec<Passed> {
        self.shared.state().passed.clone()
    }

    /// Bytes of all bodies that passed upwards in requests of this method.
    pub fn bytes(&self, method: &str) -> u64 {
        let state = self.shared.state();
        let fitting = state.passed.iter().filter(|one| one.method == method);
        fitting.map(|one| one.body).sum()
    }

    /// Waits until what passed is as wanted; fails after half a minute.
    #[track_caller]
    pub fn wait_until(&self, wanted: impl Fn(&[Passed]) -> bool) {
        let state = self.shared.state();
        let (state, waited) = self
            .shared
            .changed
            .wait_timeout_while(state, PATIENCE, |state| !wanted(&state.passed))
            .expect("the proxy's state");
        let passed = state.passed.clone();
        drop(state); // the proxy itself needs it, also when the test fails here
        assert!(!waited.timed_out(), "only this passed: {passed:?}");
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.stopped = true;
        for stream in state.open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both); // it may be closed already
        }
        drop(state);
        self.shared.changed.notify_all();
        let _ = TcpStream::connect(self.address); // wakes the thread that accepts
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the proxy's state")
    }

    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        while let Ok((client, _)) = listener.accept() {
            if self.keep(&client).is_err() {
                return; // stopped
            }
            let shared = Arc::clone(self);
            // A connection that breaks is what this proxy is for.
            thread::spawn(move || relay::serve(&shared, &client).ok());
        }
    }

    /// Remembers a connection, to be closed when the proxy stops.
    fn keep(&self, stream: &TcpStream) -> io::Result<()> {
        let mut state = self.state();
        if state.stopped {
            return Err(io::ErrorKind::NotConnected.into());
        }
        state.open.push(stream.try_clone()?);
        Ok(())
    }

    /// Notes a request; returns its number and what is to be done to it.
    fn note(&self, method: &str, path: &str) -> (usize, Option<Fault>) {
        let mut state = self.state();
        let mut fault = None;
        for rule in &mut state.rules {
            if rule.method == method && path.contains(&rule.path) {
                rule.seen += 1;
                if fault.is_none() && rule.which.contains(&rule.seen) {
                    fault = Some(rule.fault.clone());
                }
            }
        }
        state.passed.push(Passed {
            method: method.to_owned(),
            path: path.to_owned(),
            body: 0,
            faulty: fault.is_some(),
            status: None,
        });
        let number = state.passed.len() - 1;
        drop(state);
        self.changed.notify_all();
        (number, fault)
    }

    /// Changes the record of a request, unless it was forgotten.
    fn record(&self, number: usize, change: impl FnOnce(&mut Passed)) {
        if let Some(passed) = self.state().passed.get_mut(number) {
            change(passed);
        }
        self.changed.notify_all();
    }

    /// Waits until the proxy stops, or `longest` is over.
    fn wait(&self, longest: Option<Duration>) {
        let until = |state: &mut State| !state.stopped;
        let state = self.state();
        match longest {
            Some(longest) => {
                let waited = self.changed.wait_timeout_while(state, longest, until);
                drop(waited.expect("the proxy's state"));
            }
            None => drop(self.changed.wait_while(state, until)),
        }
    }
}
