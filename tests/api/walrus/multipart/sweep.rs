//! What is cleared away, and when.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::{begin, blobs, upload};
use crate::support::walrus::on_every_backend;

/// Ms of a week: how long uploads may go on in tests.
const WEEK_MS: i64 = 7 * 24 * 3_600_000;

#[test]
fn an_upload_is_aborted_after_a_week_and_not_before() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let id = begin(alice, "/bkt1/k");
        upload(alice, "/bkt1/k", &id, 1, b"one");
        let target = format!("/bkt1/k?uploadId={id}");
        let begun_ms = i64::from_str_radix(&id[..12], 16).expect("ids begin with the time");
        let sweep_at = |ms| api.runtime.block_on(api.walrus.sweep_once(ms));

        assert_eq!(sweep_at(begun_ms + WEEK_MS).aborted, 0);
        alice.get(&target).expect(200);
        let swept = sweep_at(begun_ms + WEEK_MS + 1);

        assert_eq!((swept.aborted, swept.deleted), (1, 1));
        alice.get(&target).refused("NoSuchUpload");
        assert_eq!(blobs(api), 0);
    });
}

#[test]
fn garbage_is_swept_when_there_is_some_and_the_sweeper_stops_when_told() {
    on_every_backend(|api| {
        let alice = api.alice();
        alice.put("/bkt1").expect(200);
        let (stop, stopped) = watch::channel(false);
        let sweeper = api.runtime.spawn(api.walrus.clone().sweep_until(stopped));
        alice.put("/bkt1/k").body("one").expect(200);

        alice.delete("/bkt1/k").expect(204);

        let patience = Duration::from_secs(20);
        let deadline = Instant::now() + patience;
        while blobs(api) > 0 {
            assert!(Instant::now() < deadline, "not swept");
            std::thread::sleep(Duration::from_millis(5));
        }
        api.runtime.block_on(async {
            stop.send(true).expect("a sweeper that listens");
            let ended = tokio::time::timeout(patience, sweeper).await;
            ended
                .expect("a prompt end")
                .expect("a sweeper without fault");
        });
    });
}
