//! Who comes in: connections and requests are counted, in total and per client address.
//!
//! ```text
//! accept ─► connection slot ─► TLS ─► head ─► rate ─► in flight ─► service
//!              └─ 503, closed            └─ 503 SlowDown └─ 503 SlowDown
//! ```
//!
//! Nothing waits here: what is over a limit is refused at once. Memory is bounded by the number of
//! connections and by [`MOST_BUCKETS`].

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::clock;
use super::limits::{Limits, Rate};
use super::metrics::Metrics;
use super::service::Why;

/// Client addresses whose rates are kept apart. What comes beyond shares one bucket.
const MOST_BUCKETS: usize = 4096;

/// The client that limits count: an IPv4 address, or the /64 of an IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Client(IpAddr);

impl Client {
    /// All whose own bucket would be one too many.
    const REST: Self = Self(IpAddr::V6(Ipv6Addr::UNSPECIFIED));

    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        })
    }
}

/// The tokens that a client has left, as of a time.
struct Bucket {
    tokens: f64,
    at: Instant,
}

#[derive(Default)]
struct Counts {
    connections: usize,
    connections_of: HashMap<Client, usize>,
    in_flight: usize,
    buckets: HashMap<Client, Bucket>,
}

/// Counts what is in.
pub(super) struct Admission {
    limits: Limits,
    counts: Mutex<Counts>,
    metrics: Arc<Metrics>,
}

/// Why a connection is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// All slots are taken.
    Total,
    /// The address has as many as it may.
    Address,
}

impl Admission {
    pub(super) fn new(limits: Limits, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self {
            limits,
            counts: Mutex::default(),
            metrics,
        })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection's slot until the ticket is dropped.
    pub(super) fn connect(self: &Arc<Self>, address: IpAddr) -> Result<Connected, Full> {
        let client = Client::of(address);
        let mut counts = self.counts();
        if counts.connections >= self.limits.connections {
            return Err(Full::Total);
        }
        let of_client = counts.connections_of.get(&client).copied().unwrap_or(0);
        if of_client >= self.limits.connections_per_address {
            return Err(Full::Address);
        }
        counts.connections_of.insert(client, of_client + 1);
        counts.connections += 1;
        self.metrics.set_connections(counts.connections);
        drop(counts);
        Ok(Connected {
            admission: Arc::clone(self),
            client,
        })
    }

    /// Lets a request in until the ticket is dropped.
    pub(super) fn request(self: &Arc<Self>, address: IpAddr) -> Result<InFlight, Why> {
        let mut counts = self.counts();
        if let Some(rate) = self.limits.request_rate {
            take_token(&mut counts.buckets, Client::of(address), rate, clock::now())?;
        }
        if counts.in_flight >= self.limits.requests_in_flight {
            return Err(Why::TooBusy);
        }
        Ok(self.begin(&mut counts))
    }

    /// Lets a request in that no limit holds back.
    pub(super) fn request_always(self: &Arc<Self>) -> InFlight {
        self.begin(&mut self.counts())
    }

    fn begin(self: &Arc<Self>, counts: &mut Counts) -> InFlight {
        counts.in_flight += 1;
        self.metrics.set_in_flight(counts.in_flight);
        InFlight(Arc::clone(self))
    }

    /// Requests that are worked on.
    pub(super) fn in_flight(&self) -> usize {
        self.counts().in_flight
    }
}

/// Takes one token of the client's, or tells when there will be one.
fn take_token(
    buckets: &mut HashMap<Client, Bucket>,
    client: Client,
    rate: Rate,
    now: Instant,
) -> Result<(), Why> {
    let burst = f64::from(rate.burst.max(1));
    let tokens_of = |bucket: &Bucket| {
        let gained = now.duration_since(bucket.at).as_secs_f64() * rate.per_second;
        (bucket.tokens + gained).min(burst)
    };
    let mut client = client;
    if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(&client) {
        buckets.retain(|_, bucket| tokens_of(bucket) < burst); // a full one says nothing
        if buckets.len() >= MOST_BUCKETS {
            client = Client::REST;
        }
    }
    let bucket = buckets.entry(client).or_insert(Bucket {
        tokens: burst,
        at: now,
    });
    bucket.tokens = tokens_of(bucket);
    bucket.at = now;
    if bucket.tokens < 1.0 {
        let seconds = (1.0 - bucket.tokens) / rate.per_second;
        let retry_after = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_hours(1));
        return Err(Why::TooManyRequests { retry_after });
    }
    bucket.tokens -= 1.0;
    Ok(())
}

/// A connection's slot.
pub(super) struct Connected {
    admission: Arc<Admission>,
    client: Client,
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut counts = self.admission.counts();
        counts.connections -= 1;
        if let Some(of_client) = counts.connections_of.get_mut(&self.client) {
            *of_client -= 1;
            if *of_client == 0 {
                counts.connections_of.remove(&self.client);
            }
        }
        self.admission.metrics.set_connections(counts.connections);
    }
}

/// A request that is worked on, until the last byte of its answer.
pub(super) struct InFlight(Arc<Admission>);

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut counts = self.0.counts();
        counts.in_flight -= 1;
        self.0.metrics.set_in_flight(counts.in_flight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        per_second: 2.0,
        burst: 3,
    };

    fn client(number: u32) -> Client {
        Client::of(IpAddr::V4(number.into()))
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let mut buckets = HashMap::new();
        let start = clock::now();

        for _ in 0..3 {
            assert_eq!(take_token(&mut buckets, client(1), RATE, start), Ok(()));
        }
        let retry_after = Duration::from_millis(500);
        let refused = take_token(&mut buckets, client(1), RATE, start);
        assert_eq!(refused, Err(Why::TooManyRequests { retry_after }));
        assert_eq!(take_token(&mut buckets, client(2), RATE, start), Ok(()));
        let later = start + retry_after;
        assert_eq!(take_token(&mut buckets, client(1), RATE, later), Ok(()));
        assert!(take_token(&mut buckets, client(1), RATE, later).is_err());
    }

    #[test]
    fn buckets_do_not_grow_with_the_number_of_addresses() {
        let mut buckets = HashMap::new();
        let start = clock::now();

        for number in 0..20_000 {
            let _ = take_token(&mut buckets, client(number), RATE, start);
        }

        assert!(buckets.len() <= MOST_BUCKETS + 1, "{}", buckets.len());
        let later = start + Duration::from_mins(1);
        assert_eq!(
            take_token(&mut buckets, client(77_777), RATE, later),
            Ok(())
        );
        assert_eq!(buckets.len(), 1);
    }

    #[test]
    fn a_host_is_one_client_whichever_ipv6_address_it_takes() {
        let of = |text: &str| Client::of(text.parse().expect("an address"));

        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
    }
}
