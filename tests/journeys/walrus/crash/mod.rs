//! kill -9 at any moment loses nothing that was acknowledged.
//!
//! ```text
//! clients change everything at once, and note:   about to do ─► acknowledged
//! SIGKILL ─► restart (now and then killed again at once)
//!   ├─ look.rs    every key as it was acknowledged; what was on its way happened or did not
//!   ├─ shelf.rs   database and store agree; nothing is left over; buckets' bytes are right
//!   └─ now and then `amikit-cloud fsck --deep`, which finds nothing
//! ```
//!
//! A few rounds here; `make soak` runs a thousand. `AMIKIT_SOAK_ROUNDS` says how many,
//! `AMIKIT_SOAK_SEED` which: what the clients do follows from it, not how their threads meet.

mod ledger;
mod load;
mod look;
pub mod shelf;

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::Signal;
use serde_json::Value;

use self::ledger::{BUCKETS, Ledger, Random};
use self::load::{Client, Stop};
use self::shelf::Shelf;
use crate::support::sandbox::Sandbox;
use crate::support::small_cloud::{Address, Kind, SmallCloud, Store};
use crate::support::wire::{Ask, Wire};

/// Clients at once.
const CLIENTS: usize = 6;

#[test]
fn kill_9_loses_nothing_that_was_acknowledged() {
    rounds(Kind::DEFAULT, number("AMIKIT_SOAK_ROUNDS").unwrap_or(5));
}

#[test]
fn kill_9_loses_nothing_in_postgresql_and_s3() {
    // Their stores are slower, and most of what may go wrong is not theirs.
    let rounds_of = number("AMIKIT_SOAK_ROUNDS").map_or(3, |rounds| rounds.div_ceil(5));
    rounds(Kind::REMOTE, rounds_of);
}

/// A number of the environment.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is {text:?}: expected a number")),
    )
}

fn wire(cloud: &SmallCloud) -> Wire {
    Wire::new(&cloud.url(Address::Root), cloud.keys())
}

#[expect(
    clippy::print_stdout,
    reason = "tells whoever waits for hundreds of rounds"
)]
fn rounds(kind: Kind, rounds: u64) {
    let seed = number("AMIKIT_SOAK_SEED").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        u64::from(now.expect("a clock after 1970").subsec_nanos())
    });
    println!("{kind}: {rounds} rounds, AMIKIT_SOAK_SEED={seed}");
    let sandbox = Sandbox::new("crash");
    let mut cloud = with_buckets(&sandbox, kind);
    let shelf = Shelf::open(&cloud);
    let ledger = Ledger::new(CLIENTS);
    let acknowledged = AtomicU64::new(0);
    let mut random = Random(seed);
    let began = Instant::now();
    for round in 0..rounds {
        let outcome = load(
            &mut cloud,
            SmallCloud::kill,
            &ledger,
            &acknowledged,
            &mut random,
        )
        .and_then(|()| {
            if random.below(4) == 0 {
                cloud.restart();
                thread::sleep(Duration::from_millis(random.below(40)));
                cloud.kill();
            }
            cloud.restart();
            shelf.in_order(&cloud)
        })
        .and_then(|()| look::compare(&mut wire(&cloud), &ledger));
        if let Err(violation) = outcome {
            panic!("{kind}, AMIKIT_SOAK_SEED={seed}, round {round}: {violation}");
        }
        if (round + 1) % 20 == 0 || round + 1 == rounds {
            cloud.stop();
            check(&sandbox, &cloud);
            cloud.restart();
            let count = acknowledged.load(Ordering::Relaxed);
            let seconds = began.elapsed().as_secs();
            println!(
                "{kind}: {} rounds, {count} acknowledged, {seconds} s",
                round + 1
            );
        }
    }
    cloud.stop();
    assert!(acknowledged.into_inner() > rounds, "the clients did little");
}

/// A cloud with the buckets of the ledger.
fn with_buckets(sandbox: &Sandbox, kind: Kind) -> SmallCloud {
    let cloud = SmallCloud::of(sandbox, kind).start();
    for bucket in BUCKETS {
        let made = wire(&cloud).send(&Ask::put(&format!("/{bucket}")));
        assert_eq!(made.expect("make a bucket").status, 200);
    }
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let enable = Ask::put(&format!("/{}?versioning", BUCKETS[1])).body(enabled);
    assert_eq!(
        wire(&cloud).send(&enable).expect("keep versions").status,
        200
    );
    cloud
}

/// Has `fsck` compare database and store to the last byte.
fn check(sandbox: &Sandbox, cloud: &SmallCloud) {
    let words = ["fsck", "--deep", "--grace", "0s", "--output", "json"];
    let outcome = cloud.administer(sandbox, &words);
    let found: Value = serde_json::from_slice(&outcome.stdout).expect("a line of JSON");
    let mut counts = found["counts"].as_object().expect("counts").clone();
    if cloud.kind().1 == Store::S3 {
        // What a killed program had sent arrives later than its end; no start can know of it.
        counts.remove("orphan");
    }
    assert!(counts.is_empty(), "{}: fsck finds {found}", cloud.kind());
}

#[test]
fn sigterm_lets_requests_end_and_leaves_nothing_to_the_next_start() {
    for kind in [Kind::DEFAULT, Kind::REMOTE] {
        let sandbox = Sandbox::new("stopped");
        let mut cloud = with_buckets(&sandbox, kind);
        let shelf = Shelf::open(&cloud);
        let (ledger, acknowledged) = (Ledger::new(CLIENTS), AtomicU64::new(0));
        let mut random = Random(11);
        for _ in 0..3 {
            // `stop` asserts that it ends with 0.
            let outcome = load(
                &mut cloud,
                SmallCloud::stop,
                &ledger,
                &acknowledged,
                &mut random,
            );
            assert_eq!(outcome, Ok(()), "{kind}");
            assert_eq!(shelf.unsettled(&cloud), [""; 0], "{kind}");
            cloud.restart();
            assert_eq!(shelf.in_order(&cloud), Ok(()), "{kind}");
            assert_eq!(look::compare(&mut wire(&cloud), &ledger), Ok(()), "{kind}");
        }
        assert!(acknowledged.into_inner() > 15);
    }
}

#[test]
fn a_second_sigterm_ends_at_once() {
    let sandbox = Sandbox::new("stopped-twice");
    let mut cloud = with_buckets(&sandbox, Kind::DEFAULT);
    let mut upload = TcpStream::connect(cloud.url(Address::Root).trim_start_matches("http://"));
    let head = "PUT /plain/never HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n";
    let upload = upload.as_mut().expect("connect");
    upload.write_all(head.as_bytes()).expect("send a head");
    upload.write_all(&[0; 5000]).expect("send the first bytes");
    thread::sleep(Duration::from_millis(100)); // so that the request is running

    cloud.signal(Signal::TERM);
    assert_eq!(cloud.ends_within(Duration::from_millis(400)), None);
    cloud.signal(Signal::TERM);
    let status = cloud.ends_within(Duration::from_secs(2));

    assert_eq!(status.expect("it has ended").code(), Some(128 + 15));
}

/// Loads the cloud for a moment and ends it.
fn load(
    cloud: &mut SmallCloud,
    end: impl FnOnce(&mut SmallCloud),
    ledger: &Ledger,
    acknowledged: &AtomicU64,
    random: &mut Random,
) -> Result<(), String> {
    let killing = AtomicBool::new(false);
    let stops: Vec<Stop> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let client = Client {
                    number,
                    wire: wire(cloud),
                    random: Random(random.next()),
                    ledger,
                    killing: &killing,
                    acknowledged,
                };
                scope.spawn(|| client.run())
            })
            .collect();
        // Bodies in S3 go a longer way.
        let least = if cloud.kind().1 == Store::S3 { 300 } else { 80 };
        thread::sleep(Duration::from_millis(least + random.below(600)));
        killing.store(true, Ordering::SeqCst);
        end(cloud);
        let stops = clients.into_iter().map(std::thread::ScopedJoinHandle::join);
        stops
            .map(|stop| stop.expect("a client does not panic"))
            .collect()
    });
    for stop in stops {
        if let Stop::Violation(violation) = stop {
            return Err(violation);
        }
    }
    Ok(())
}
