//! What the front counts, and its text for Prometheus.
//!
//! Labels come from fixed names of the program and from status codes, never from a request: their
//! number is bounded whatever clients send, by [`MOST_SERIES`] in the end.
//!
//! Source: Prometheus text-based exposition format, version 0.0.4.

mod exposition;

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use exposition::CONTENT_TYPE;
use exposition::Exposition;

/// Upper ends of the buckets of durations, in seconds: from a small object out of the cache to the
/// upload of a large one.
const BUCKETS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0,
];

/// The most series of one metric. What comes beyond is counted as [`OTHER`].
const MOST_SERIES: usize = 1024;

/// The longest name that becomes a label.
const LONGEST_NAME: usize = 64;

/// The label of what has no name, or none that may be a label.
const OTHER: &str = "other";

/// Why the front ended a connection by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// All slots were taken.
    Total,
    /// The address had all its slots.
    Address,
    /// TLS did not come about.
    Handshake,
    /// The client was too slow.
    Slow,
    /// There was no request for long.
    Idle,
}

impl Ended {
    const ALL: [Self; 5] = [
        Self::Total,
        Self::Address,
        Self::Handshake,
        Self::Slow,
        Self::Idle,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Address => "address",
            Self::Handshake => "handshake",
            Self::Slow => "slow",
            Self::Idle => "idle",
        }
    }
}

/// Service, operation, status.
type Series = (&'static str, &'static str, u16);

#[derive(Default)]
struct Histogram {
    counts: [u64; BUCKETS.len()],
    count: u64,
    sum: Duration,
}

/// Counts of a running front.
pub struct Metrics {
    version: &'static str,
    started_ms: i64,
    requests: Mutex<BTreeMap<Series, u64>>,
    durations: Mutex<BTreeMap<&'static str, Histogram>>,
    received: AtomicU64,
    sent: AtomicU64,
    accepted: AtomicU64,
    panics: AtomicU64,
    ended: [AtomicU64; Ended::ALL.len()],
    connections: AtomicUsize,
    in_flight: AtomicUsize,
}

impl Metrics {
    /// Begins to count, at this time (milliseconds since 1970), for this version of the program.
    #[must_use]
    pub fn new(version: &'static str, started_ms: i64) -> Arc<Self> {
        Arc::new(Self {
            version,
            started_ms,
            requests: Mutex::default(),
            durations: Mutex::default(),
            received: AtomicU64::default(),
            sent: AtomicU64::default(),
            accepted: AtomicU64::default(),
            panics: AtomicU64::default(),
            ended: Default::default(),
            connections: AtomicUsize::default(),
            in_flight: AtomicUsize::default(),
        })
    }

    pub(super) fn received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn accepted(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn ended(&self, reason: Ended) {
        self.ended[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn set_connections(&self, open: usize) {
        self.connections.store(open, Ordering::Relaxed);
    }

    pub(super) fn set_in_flight(&self, requests: usize) {
        self.in_flight.store(requests, Ordering::Relaxed);
    }

    /// Counts a request that is over.
    pub(super) fn request(
        &self,
        service: &'static str,
        operation: &'static str,
        code: u16,
        time: Duration,
    ) {
        let service = label_of(service);
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let mut series = (service, label_of(operation), code);
        if requests.len() >= MOST_SERIES && !requests.contains_key(&series) {
            series = (OTHER, OTHER, code / 100 * 100);
        }
        *requests.entry(series).or_default() += 1;
        drop(requests);

        let mut durations = self
            .durations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_full = durations.len() >= MOST_SERIES && !durations.contains_key(service);
        let histogram = durations.entry(if is_full { OTHER } else { service });
        histogram.or_default().observe(time);
    }

    /// The counts as text, of type `CONTENT_TYPE`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = Exposition::default();
        text.head("amikit_build_info", "gauge", "The version of the program.");
        text.sample("amikit_build_info", &[("version", self.version)], "1");
        self.write_requests(&mut text);
        self.write_connections(&mut text);
        self.write_process(&mut text);
        text.into_string()
    }

    fn write_requests(&self, text: &mut Exposition) {
        let name = "amikit_http_requests_total";
        let help = "Requests by service, operation and status; 499: the client left.";
        text.head(name, "counter", help);
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        for (&(service, operation, code), count) in &*requests {
            let code = code.to_string();
            let labels = [
                ("service", service),
                ("operation", operation),
                ("code", &code),
            ];
            text.sample(name, &labels, &count.to_string());
        }
        drop(requests);

        let name = "amikit_http_request_duration_seconds";
        let help = "From a request's head to the last byte of its answer.";
        text.head(name, "histogram", help);
        let durations = self
            .durations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for (service, histogram) in &*durations {
            histogram.write(text, name, service);
        }
        drop(durations);

        let name = "amikit_http_requests_in_flight";
        text.head(name, "gauge", "Requests that are worked on.");
        text.sample(
            name,
            &[],
            &self.in_flight.load(Ordering::Relaxed).to_string(),
        );
        let name = "amikit_http_panics_total";
        text.head(name, "counter", "Requests whose service panicked.");
        text.sample(name, &[], &read(&self.panics));
    }

    fn write_connections(&self, text: &mut Exposition) {
        let name = "amikit_http_connections";
        text.head(name, "gauge", "Open connections.");
        text.sample(
            name,
            &[],
            &self.connections.load(Ordering::Relaxed).to_string(),
        );
        let name = "amikit_http_connections_total";
        text.head(name, "counter", "Connections that came in.");
        text.sample(name, &[], &read(&self.accepted));
        let name = "amikit_http_connections_ended_total";
        text.head(
            name,
            "counter",
            "Connections that the front ended by itself, by reason.",
        );
        for reason in Ended::ALL {
            let count = read(&self.ended[reason as usize]);
            text.sample(name, &[("reason", reason.label())], &count);
        }
        let name = "amikit_http_received_bytes_total";
        text.head(name, "counter", "Bytes from clients, without TLS's.");
        text.sample(name, &[], &read(&self.received));
        let name = "amikit_http_sent_bytes_total";
        text.head(name, "counter", "Bytes to clients, without TLS's.");
        text.sample(name, &[], &read(&self.sent));
    }

    fn write_process(&self, text: &mut Exposition) {
        if let Some(bytes) = resident_bytes() {
            let name = "process_resident_memory_bytes";
            text.head(name, "gauge", "Resident memory size in bytes.");
            text.sample(name, &[], &bytes.to_string());
        }
        let name = "process_start_time_seconds";
        text.head(
            name,
            "gauge",
            "Start time of the process since 1970 in seconds.",
        );
        let (seconds, rest) = (
            self.started_ms.div_euclid(1000),
            self.started_ms.rem_euclid(1000),
        );
        text.sample(name, &[], &format!("{seconds}.{rest:03}"));
    }
}

fn read(count: &AtomicU64) -> String {
    count.load(Ordering::Relaxed).to_string()
}

impl Histogram {
    fn observe(&mut self, time: Duration) {
        let seconds = time.as_secs_f64();
        if let Some(first) = BUCKETS.iter().position(|end| seconds <= *end) {
            self.counts[first] += 1;
        }
        self.count += 1;
        self.sum = self.sum.saturating_add(time);
    }

    fn write(&self, text: &mut Exposition, name: &str, service: &str) {
        let bucket = format!("{name}_bucket");
        let mut below = 0;
        for (end, count) in BUCKETS.iter().zip(self.counts) {
            below += count;
            let labels = [("service", service), ("le", &*end.to_string())];
            text.sample(&bucket, &labels, &below.to_string());
        }
        let count = self.count.to_string();
        text.sample(&bucket, &[("service", service), ("le", "+Inf")], &count);
        let sum = self.sum.as_secs_f64().to_string();
        text.sample(&format!("{name}_sum"), &[("service", service)], &sum);
        text.sample(&format!("{name}_count"), &[("service", service)], &count);
    }
}

/// The name if it may be a label, else [`OTHER`].
fn label_of(name: &'static str) -> &'static str {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let may_be = (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_plain);
    if may_be { name } else { OTHER }
}

/// What the process has in memory, where Linux tells.
pub(super) fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
pub(super) mod tests;
