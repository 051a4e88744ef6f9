//! Many clients at the same objects, over real connections.
//!
//! Each story runs on SQLite with a directory, and on PostgreSQL with S3.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use md5::{Digest as _, Md5};

use crate::support::sandbox::Sandbox;
use crate::support::small_cloud::{Address, Kind, SmallCloud};
use crate::support::walrus::Reply;
use crate::support::wire::{Ask, Wire};

/// How long writers and readers go on.
const WHILE: Duration = Duration::from_millis(700);

/// Runs a story in a cloud that has the bucket `race`.
fn on_both(story: impl Fn(&SmallCloud)) {
    for kind in [Kind::DEFAULT, Kind::REMOTE] {
        let sandbox = Sandbox::new("concurrency");
        let mut cloud = SmallCloud::of(&sandbox, kind).start();
        expect(&mut wire(&cloud), &Ask::put("/race"), 200);
        story(&cloud);
        cloud.stop();
    }
}

fn wire(cloud: &SmallCloud) -> Wire {
    Wire::new(&cloud.url(Address::Root), cloud.keys())
}

fn send(wire: &mut Wire, ask: &Ask) -> Reply {
    wire.send(ask).expect("an answer")
}

#[track_caller]
fn expect(wire: &mut Wire, ask: &Ask, status: u16) -> Reply {
    let reply = send(wire, ask);
    assert_eq!(reply.status, status, "{ask:.300?}: {}", reply.text());
    reply
}

fn etag(reply: &Reply) -> &str {
    reply.header("etag").unwrap_or_default().trim_matches('"')
}

fn md5(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

/// Bytes that no other writer or turn has.
fn bytes(writer: usize, turn: usize, size: usize) -> Vec<u8> {
    let line = format!("writer {writer}, turn {turn}\n");
    line.bytes().cycle().take(size).collect()
}

#[test]
fn readers_see_one_whole_version_of_two_writers() {
    on_both(|cloud| {
        expect(
            &mut wire(cloud),
            &Ask::put("/race/k").body(bytes(9, 9, 10)),
            200,
        );
        let (until, reads) = (Instant::now() + WHILE, AtomicUsize::new(0));
        thread::scope(|scope| {
            for (writer, size) in [(0, 300 << 10), (1, 3000)] {
                scope.spawn(move || {
                    let (mut wire, mut turn) = (wire(cloud), 0);
                    while Instant::now() < until {
                        let body = bytes(writer, turn, size + turn);
                        let digest = md5(&body);
                        let put = Ask::put("/race/k").header("x-amz-meta-digest", &digest);
                        assert_eq!(etag(&expect(&mut wire, &put.body(body), 200)), digest);
                        turn += 1;
                    }
                });
            }
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut wire = wire(cloud);
                    while Instant::now() < until {
                        let reply = expect(&mut wire, &Ask::get("/race/k"), 200);
                        assert_eq!(etag(&reply), md5(&reply.body));
                        let note = reply.header("x-amz-meta-digest");
                        assert!(note.is_none_or(|note| note == etag(&reply)));
                        reads.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert!(reads.into_inner() > 10);
    });
}

/// Puts an object of these parts; of one request if there is one part.
fn put_in_parts(wire: &mut Wire, key: &str, parts: &[Vec<u8>]) {
    if let [body] = parts {
        expect(wire, &Ask::put(key).body(body.clone()), 200);
        return;
    }
    let begun = expect(wire, &Ask::post(&format!("{key}?uploads")), 200);
    let id = begun.texts("UploadId").remove(0);
    for (number, part) in (1..).zip(parts) {
        let target = format!("{key}?partNumber={number}&uploadId={id}");
        expect(wire, &Ask::put(&target).body(part.clone()), 200);
    }
    let list: Vec<String> = parts.iter().map(|part| md5(part)).collect();
    complete(wire, key, &id, &list);
}

fn completion(key: &str, id: &str, etags: &[String]) -> Ask {
    let parts = (1..).zip(etags).map(|(number, etag)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    });
    let parts: String = parts.collect();
    let document = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    Ask::post(&format!("{key}?uploadId={id}")).body(document)
}

fn complete(wire: &mut Wire, key: &str, id: &str, etags: &[String]) {
    expect(wire, &completion(key, id, etags), 200);
}

#[test]
fn a_slow_reader_gets_right_bytes_of_an_object_that_is_replaced_and_swept() {
    on_both(|cloud| {
        let large = vec![bytes(0, 0, 24 << 20)];
        let parts: Vec<_> = (0..4).map(|turn| bytes(1, turn, 6 << 20)).collect();
        for (key, parts) in [("/race/one", large), ("/race/parts", parts)] {
            let mut writer = wire(cloud);
            put_in_parts(&mut writer, key, &parts);
            let mut reader = wire(cloud);
            let mut incoming = reader.begin(&Ask::get(key)).expect("an answer");
            let mut body = vec![0; 10_000];
            incoming.read_exact(&mut body).expect("the first bytes");

            expect(&mut writer, &Ask::put(key).body("new"), 200);
            thread::sleep(Duration::from_millis(200)); // the sweeper comes at once
            expect(&mut writer, &Ask::delete(key), 204);
            for turn in 0..5 {
                // Each wakes the sweeper, and takes the place of what it deleted.
                expect(
                    &mut writer,
                    &Ask::put("/race/other").body(bytes(2, turn, 6 << 20)),
                    200,
                );
            }

            incoming.read_to_end(&mut body).expect("the rest");
            assert_eq!(md5(&body), md5(&parts.concat()), "{key}, {}", cloud.kind());
            expect(&mut writer, &Ask::get(key), 404);
        }
    });
}

#[test]
fn of_complete_and_abort_one_happens() {
    on_both(|cloud| {
        let mut both = [0, 0];
        for turn in 0..10 {
            let (mut one, mut other) = (wire(cloud), wire(cloud));
            let key = format!("/race/upload-{turn}");
            let begun = expect(&mut one, &Ask::post(&format!("{key}?uploads")), 200);
            let id = begun.texts("UploadId").remove(0);
            let part = bytes(0, turn, 1000);
            let target = format!("{key}?partNumber=1&uploadId={id}");
            expect(&mut one, &Ask::put(&target).body(part.clone()), 200);
            let ask = completion(&key, &id, &[md5(&part)]);
            let abort = Ask::delete(&format!("{key}?uploadId={id}"));
            let start = Barrier::new(2);
            let (completed, aborted) = thread::scope(|scope| {
                let completed = scope.spawn(|| {
                    start.wait();
                    send(&mut one, &ask).status
                });
                start.wait();
                if turn % 2 == 0 {
                    thread::sleep(Duration::from_micros(300)); // who comes first differs
                }
                let aborted = send(&mut other, &abort).status;
                (completed.join().expect("an answer"), aborted)
            });
            match (completed, aborted) {
                (200, 404) => {
                    assert_eq!(expect(&mut one, &Ask::get(&key), 200).body, part);
                    both[0] += 1;
                }
                (404, 204) => {
                    expect(&mut one, &Ask::get(&key), 404);
                    both[1] += 1;
                }
                other => panic!("complete and abort are answered {other:?}"),
            }
        }
        let list = expect(&mut wire(cloud), &Ask::get("/race?uploads"), 200);
        assert_eq!(list.texts("UploadId"), Vec::<String>::new());
        assert_eq!(both[0] + both[1], 10);
    });
}

#[test]
fn a_bucket_that_comes_and_goes_never_loses_what_was_put() {
    on_both(|cloud| {
        let (until, puts) = (Instant::now() + WHILE, AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut wire = wire(cloud);
                    while Instant::now() < until {
                        let made = send(&mut wire, &Ask::put("/comes"));
                        assert!([200, 409].contains(&made.status), "{}", made.text());
                        let gone = send(&mut wire, &Ask::delete("/comes"));
                        assert!([204, 404, 409].contains(&gone.status), "{}", gone.text());
                    }
                });
            }
            for number in 0..4 {
                let puts = &puts;
                scope.spawn(move || {
                    let (mut wire, key) = (wire(cloud), format!("/comes/{number}"));
                    while Instant::now() < until {
                        let put = send(&mut wire, &Ask::put(&key).body("here"));
                        match put.status {
                            200 => {
                                // While it is there the bucket stays.
                                expect(&mut wire, &Ask::get(&key), 200);
                                expect(&mut wire, &Ask::delete(&key), 204);
                                puts.fetch_add(1, Ordering::Relaxed);
                            }
                            status => assert_eq!(status, 404, "{}", put.text()),
                        }
                    }
                });
            }
        });
        assert!(puts.into_inner() > 0, "no put met the bucket");
    });
}

#[test]
fn of_16_that_create_an_object_one_wins() {
    on_both(|cloud| {
        for turn in 0..4 {
            let (start, key) = (Barrier::new(16), format!("/race/first-{turn}"));
            let replies: Vec<(usize, Reply)> = thread::scope(|scope| {
                let clients: Vec<_> = (0..16)
                    .map(|number| {
                        let (start, key) = (&start, &key);
                        scope.spawn(move || {
                            let ask = Ask::put(key).header("if-none-match", "*");
                            let ask = ask.body(bytes(number, turn, 5000));
                            let mut wire = wire(cloud);
                            start.wait();
                            (number, send(&mut wire, &ask))
                        })
                    })
                    .collect();
                let replies = clients.into_iter().map(std::thread::ScopedJoinHandle::join);
                replies.map(|reply| reply.expect("an answer")).collect()
            });
            let winners: Vec<usize> = replies
                .iter()
                .filter_map(|(number, reply)| (reply.status == 200).then_some(*number))
                .collect();
            let [winner] = winners[..] else {
                panic!("{} have won: {winners:?}", winners.len());
            };
            for (_, reply) in replies.iter().filter(|(number, _)| *number != winner) {
                assert_eq!(reply.status, 412, "{}", reply.text());
            }
            let there = expect(&mut wire(cloud), &Ask::get(&key), 200);
            assert_eq!(there.body, bytes(winner, turn, 5000));
        }
    });
}

#[test]
fn a_counter_that_8_clients_count_up_misses_none() {
    on_both(|cloud| {
        expect(&mut wire(cloud), &Ask::put("/race/counter").body("0"), 200);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let (mut wire, mut done) = (wire(cloud), 0);
                    while done < 6 {
                        let there = expect(&mut wire, &Ask::get("/race/counter"), 200);
                        let count: u32 = there.text().parse().expect("a number");
                        let quoted = format!("\"{}\"", etag(&there));
                        let put = Ask::put("/race/counter").header("if-match", &quoted);
                        let put = send(&mut wire, &put.body((count + 1).to_string()));
                        match put.status {
                            200 => done += 1,
                            status => assert_eq!(status, 412, "{}", put.text()),
                        }
                    }
                });
            }
        });
        let there = expect(&mut wire(cloud), &Ask::get("/race/counter"), 200);
        assert_eq!(there.text(), "48");
    });
}

#[test]
fn lists_have_no_key_twice_and_miss_none_that_was_there() {
    on_both(|cloud| {
        let steady: BTreeSet<String> = (0..40).map(|number| format!("k{number:03}-s")).collect();
        for key in &steady {
            expect(&mut wire(cloud), &Ask::put(&format!("/race/{key}")), 200);
        }
        let (done, lists) = (AtomicBool::new(false), 12);
        thread::scope(|scope| {
            for writer in 0..2 {
                let done = &done;
                scope.spawn(move || {
                    let (mut wire, mut turn) = (wire(cloud), writer);
                    while !done.load(Ordering::Relaxed) {
                        let key = format!("/race/k{:03}-{writer}", turn % 40);
                        expect(&mut wire, &Ask::put(&key).body("x"), 200);
                        if turn % 3 > 0 {
                            expect(&mut wire, &Ask::delete(&key), 204);
                        }
                        turn += 7;
                    }
                });
            }
            for number in 0..lists {
                let listed = list(&mut wire(cloud), number % 2 == 0);
                let unique: BTreeSet<String> = listed.iter().cloned().collect();
                if unique.len() != listed.len() || !unique.is_superset(&steady) {
                    done.store(true, Ordering::Relaxed);
                    panic!("{listed:?}");
                }
            }
            done.store(true, Ordering::Relaxed);
        });
    });
}

/// Every key of the bucket, seven at a time, by one of the two lists.
fn list(wire: &mut Wire, is_v2: bool) -> Vec<String> {
    let (mut keys, mut from) = (Vec::new(), String::new());
    loop {
        let target = if is_v2 {
            format!("/race?list-type=2&max-keys=7{from}")
        } else {
            format!("/race?max-keys=7{from}")
        };
        let page = expect(wire, &Ask::get(&target), 200);
        keys.extend(page.texts("Key"));
        if page.texts("IsTruncated") != ["true"] {
            return keys;
        }
        from = if is_v2 {
            format!(
                "&continuation-token={}",
                page.texts("NextContinuationToken")[0]
            )
        } else {
            format!(
                "&marker={}",
                keys.last().expect("a page that is not the last")
            )
        };
    }
}
