//! The EBS direct APIs inside the test, strict: whatever is sent is compared with what is said of
//! it.
//!
//! ```text
//! amikit ─► 127.0.0.1:PORT ─► fault? ─► service: signature's scope, lengths, checksums, states
//!                               └─ throttled, lost, slow, damaged, hanging: as the test wants
//! ```
//!
//! A block counts when length and SHA-256 are right, and a snapshot is completed when number and
//! aggregate of its blocks are. Only completed snapshots can be read, as at Amazon's.

mod http;
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::RangeInclusive;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use http::Reply;
use service::Service;

/// Longest time that a test waits for something to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is done to a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is refused with this status, code and reason.
    Refuse(u16, &'static str, &'static str),
    /// It is done, and the connection closes without an answer.
    LoseReply,
    /// It is done, and the answer has another checksum.
    WrongChecksum,
    /// It is done, and a byte of the answer's body is changed.
    CorruptReply,
    /// It is done after so long.
    Slow(Duration),
    /// Nothing moves any more.
    Hang,
}

impl Fault {
    /// The service asks for fewer requests.
    pub const THROTTLE: Self = Self::Refuse(400, "RequestThrottledException", "ACCOUNT_THROTTLED");
    /// The snapshot is not known (yet).
    pub const UNKNOWN: Self = Self::Refuse(404, "ResourceNotFoundException", "SNAPSHOT_NOT_FOUND");
}

/// A running server. Its threads end with the program.
pub struct EbsServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    service: Service,
    rules: Vec<Rule>,
    latency: Duration,
    /// Requests that came, by operation.
    counts: BTreeMap<String, usize>,
    /// Requests that are being answered, and the most there were at once.
    inside: usize,
    most: usize,
}

struct Rule {
    operation: &'static str,
    which: RangeInclusive<usize>,
    fault: Fault,
    seen: usize,
}

impl EbsServer {
    /// Starts a server that knows nothing.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("listen on the loopback");
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::<Shared>::default();
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                // A client that goes away is what some tests are about.
                thread::spawn(move || drop(serve(&shared, &stream)));
            }
        });
        Self { address, shared }
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Does this to the requests of an operation whose number, counted from now and from 1, is in
    /// the range.
    pub fn fault(&self, operation: &'static str, which: RangeInclusive<usize>, fault: Fault) {
        self.shared.locked().rules.push(Rule {
            operation,
            which,
            fault,
            seen: 0,
        });
    }

    /// Forgets faults and counts; snapshots stay.
    pub fn reset(&self) {
        let mut state = self.shared.locked();
        state.rules.clear();
        state.counts.clear();
        state.most = 0;
    }

    /// Blocks of a page of a list, instead of what is asked for.
    pub fn set_page(&self, blocks: usize) {
        self.shared.locked().service.page = Some(blocks);
    }

    /// Page tokens are good for nothing: an hour has passed.
    pub fn forget_page_tokens(&self) {
        self.shared.locked().service.no_page_tokens = true;
    }

    /// Every snapshot of the account is encrypted.
    pub fn encrypt_by_default(&self) {
        self.shared.locked().service.encrypts = true;
    }

    /// Keeps no bytes, only checksums: for measuring, not to be read from.
    #[allow(dead_code)] // examples/ebs-server.rs, which shares this file, does
    pub fn forget_bytes(&self) {
        self.shared.locked().service.forgets_bytes = true;
    }

    /// Every answer comes so much later, as over a real network: for measuring.
    #[allow(dead_code)] // examples/ebs-server.rs, which shares this file, does
    pub fn set_latency(&self, time: Duration) {
        self.shared.locked().latency = time;
    }

    /// Cancels a snapshot, as the service does when its time-out has passed.
    pub fn cancel(&self, snapshot: &str) {
        self.shared.locked().service.cancel(snapshot);
    }

    /// How many requests for an operation (`PutSnapshotBlock`) came.
    pub fn count(&self, operation: &str) -> usize {
        let state = self.shared.locked();
        state.counts.get(operation).copied().unwrap_or(0)
    }

    /// How many requests were being answered at once, at most.
    pub fn most_at_once(&self) -> usize {
        self.shared.locked().most
    }

    /// The ids of all snapshots, in the order they were started.
    pub fn snapshots(&self) -> Vec<String> {
        self.shared.locked().service.ids()
    }

    /// A snapshot's status: `pending`, `completed`, `error`.
    pub fn status(&self, snapshot: &str) -> String {
        self.shared
            .locked()
            .service
            .snapshot(snapshot)
            .status
            .to_owned()
    }

    /// The request that started a snapshot.
    pub fn started_with(&self, snapshot: &str) -> serde_json::Value {
        self.shared
            .locked()
            .service
            .snapshot(snapshot)
            .request
            .clone()
    }

    /// Which blocks a snapshot has.
    pub fn blocks(&self, snapshot: &str) -> BTreeSet<u32> {
        let state = self.shared.locked();
        state
            .service
            .snapshot(snapshot)
            .blocks
            .keys()
            .copied()
            .collect()
    }

    /// The volume's first `len` bytes, what the snapshot has not as zeros.
    pub fn volume(&self, snapshot: &str, len: usize) -> Vec<u8> {
        self.shared.locked().service.snapshot(snapshot).volume(len)
    }

    /// Waits until so many requests for an operation have come.
    #[track_caller]
    pub fn wait_for(&self, operation: &str, count: usize) {
        let state = self.shared.locked();
        let few = |state: &mut State| state.counts.get(operation).copied().unwrap_or(0) < count;
        let waited = self.shared.changed.wait_timeout_while(state, PATIENCE, few);
        let (state, time) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!time.timed_out(), "{operation}: {:?}", state.counts);
    }
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves a connection until it ends.
fn serve(shared: &Shared, stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = http::Request::read(&mut reader, stream)? {
        let operation = request.operation();
        let mut state = shared.locked();
        let fault = state.enter(operation);
        let latency = state.latency;
        drop(state);
        shared.changed.notify_all();
        thread::sleep(latency);
        let reply = match fault {
            Some(Fault::Hang) => loop {
                thread::park();
            },
            Some(Fault::Refuse(status, code, reason)) => Reply::refusal(status, code, reason),
            Some(Fault::Slow(time)) => {
                thread::sleep(time);
                shared.answer(&request)
            }
            _ => shared.answer(&request),
        };
        shared.locked().inside -= 1;
        match fault {
            Some(Fault::LoseReply) => break,
            Some(Fault::WrongChecksum) => reply.with_wrong_checksum().write(stream)?,
            Some(Fault::CorruptReply) => reply.corrupted().write(stream)?,
            _ => reply.write(stream)?,
        }
    }
    stream.shutdown(Shutdown::Both)
}

impl Shared {
    /// Judges outside the lock what takes long.
    fn answer(&self, request: &http::Request) -> Reply {
        match service::check(request) {
            Ok(checked) => self.locked().service.answer(request, checked),
            Err(refusal) => refusal,
        }
    }
}

impl State {
    /// Notes a request, and finds what is to be done to it.
    fn enter(&mut self, operation: &'static str) -> Option<Fault> {
        *self.counts.entry(operation.to_owned()).or_default() += 1;
        self.inside += 1;
        self.most = self.most.max(self.inside);
        let mut found = None;
        for rule in &mut self.rules {
            if rule.operation == operation {
                rule.seen += 1;
                if rule.which.contains(&rule.seen) {
                    found = Some(rule.fault.clone());
                }
            }
        }
        found
    }
}
