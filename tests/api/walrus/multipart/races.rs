//! Requests about one upload that come at the same time.

use std::thread;

use super::{begin, blobs, complete, part_target, sweep, upload};
use crate::support::walrus::on_every_backend;

/// Rounds of each race.
const ROUNDS: usize = 12;

#[test]
fn of_complete_and_abort_one_wins_and_nothing_leaks() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        for _ in 0..ROUNDS {
            let id = begin(alice, "/bkt1/k");
            let one = upload(alice, "/bkt1/k", &id, 1, b"one");
            let (completed, aborted) = thread::scope(|scope| {
                let completed =
                    scope.spawn(|| complete(alice, "/bkt1/k", &id, &[(1, &one)]).status);
                let target = format!("/bkt1/k?uploadId={id}");
                let aborted = scope.spawn(move || alice.delete(&target).send().status);
                let completed = completed.join().expect("an answer");
                (completed, aborted.join().expect("an answer"))
            });

            let got = alice.get("/bkt1/k").send();
            match (completed, aborted) {
                (200, 404) => assert_eq!(got.text(), "one"),
                (404, 204) => assert_eq!(got.code(), "NoSuchKey"),
                other => panic!("{other:?}"),
            }
            alice.delete("/bkt1/k").expect(204);
        }
        sweep(api);
        assert_eq!(blobs(api), 0);
        alice.delete("/bkt1").expect(204);
    });
}

#[test]
fn two_completes_give_the_same_answer() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        for _ in 0..ROUNDS {
            let id = begin(alice, "/bkt1/k");
            let one = upload(alice, "/bkt1/k", &id, 1, b"one");
            let call = || complete(alice, "/bkt1/k", &id, &[(1, &one)]);
            let (first, second) = thread::scope(|scope| {
                let (first, second) = (scope.spawn(call), scope.spawn(call));
                let first = first.join().expect("an answer");
                (first, second.join().expect("an answer"))
            });

            assert_eq!((first.status, second.status), (200, 200));
            assert_eq!(first.texts("ETag"), second.texts("ETag"));
        }
        sweep(api);
        assert_eq!(blobs(api), 1);
        assert_eq!(alice.get("/bkt1/k").expect(200).text(), "one");
    });
}

#[test]
fn a_part_that_comes_during_complete_is_in_the_object_or_refused() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        for _ in 0..ROUNDS {
            let id = begin(alice, "/bkt1/k");
            let one = upload(alice, "/bkt1/k", &id, 1, b"one");
            let (completed, put) = thread::scope(|scope| {
                let target = part_target("/bkt1/k", &id, 1);
                let put = scope.spawn(move || alice.put(&target).body("other").send());
                let completed = scope.spawn(|| complete(alice, "/bkt1/k", &id, &[(1, &one)]));
                let completed = completed.join().expect("an answer");
                (completed, put.join().expect("an answer"))
            });

            // The part came before, and is another than the one named; or it came after.
            match (completed.code().as_str(), put.code().as_str()) {
                ("InvalidPart", "200") => {
                    alice.delete(&format!("/bkt1/k?uploadId={id}")).expect(204);
                }
                ("200", "NoSuchUpload") => {
                    assert_eq!(alice.get("/bkt1/k").expect(200).text(), "one");
                    alice.delete("/bkt1/k").expect(204);
                }
                other => panic!("{other:?}"),
            }
        }
        sweep(api);
        assert_eq!(blobs(api), 0);
        alice.delete("/bkt1").expect(204);
    });
}

#[test]
fn one_part_uploaded_by_many_at_once_is_one_of_theirs() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin(alice, "/bkt1/k");
        let target = part_target("/bkt1/k", &id, 1);
        thread::scope(|scope| {
            for seed in 0..8 {
                let target = &target;
                scope.spawn(move || alice.put(target).body(vec![seed; 1000]).expect(200));
            }
        });

        let listed = alice.get(&format!("/bkt1/k?uploadId={id}")).expect(200);
        let etag = listed.texts("ETag").remove(0);
        assert_eq!(complete(alice, "/bkt1/k", &id, &[(1, &etag)]).status, 200);
        let got = alice.get("/bkt1/k").expect(200).body;
        assert_eq!(got, vec![got[0]; 1000]);
        assert_eq!(sweep(api).deleted, 7);
        assert_eq!(blobs(api), 1);
    });
}
