use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[tokio::test]
async fn all_checks_that_work_make_ready() {
    let health = Health::new()
        .check("database", || async { Ok(()) })
        .check("store", || async { Ok(()) });

    let readiness = health.readiness().await;

    assert!(readiness.is_ready());
    let want = r#"{"checks":{"database":"ok","store":"ok"},"status":"ready"}"#;
    assert_eq!(readiness.json(), want);
}

#[tokio::test]
async fn the_cause_of_a_failure_is_not_told() {
    let health = Health::new()
        .check("database", || async { Err("password=hunter2".into()) })
        .check("store", || async { panic!("hunter2") });

    let readiness = health.readiness().await;

    let want = r#"{"checks":{"database":"failed","store":"failed"},"status":"not-ready"}"#;
    assert_eq!(readiness.json(), want);
}

#[tokio::test]
async fn a_check_that_hangs_times_out() {
    let mut health = Health::new().check("database", std::future::pending);
    health.check_time = Duration::from_millis(20);

    let readiness = health.readiness().await;

    assert_eq!(readiness.checks, [("database", State::TimedOut)]);
}

#[tokio::test]
async fn many_who_ask_make_one_check_until_it_is_old() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let mut health = Health::new().check("database", move || {
        counter.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }
    });

    health.fresh = Duration::MAX;
    for _ in 0..100 {
        health.readiness().await;
    }

    assert_eq!(asked.load(Ordering::Relaxed), 1);
    health.fresh = Duration::ZERO;
    health.readiness().await;
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}
