//! Clients that are slow, or silent, and services that may be.

use super::*;

const IDLE: &str = "amikit_http_connections_ended_total{reason=\"idle\"}";

const SLOW: &str = "amikit_http_connections_ended_total{reason=\"slow\"}";

#[tokio::test]
async fn a_head_that_drips_is_cut_in_time() {
    let front = Front::start(&Limits {
        header_time: SOON,
        ..Limits::default()
    });
    let mut client = front.connect().await;
    client.send("GET / HTTP/1.1\r\n").await;

    let (mut reading, mut writing) = client.0.into_split();
    let drip = async {
        loop {
            if writing.write_all(b"A: b\r\n").await.is_err() {
                break;
            }
            tokio::time::sleep(SOON / 10).await;
        }
    };
    let mut rest = Vec::new();
    tokio::select! {
        () = drip => {}
        _ = timeout(PATIENCE, reading.read_to_end(&mut rest)) => {}
    }

    assert_eq!(rest, b"");
    assert_eq!(front.sample(SLOW), "1");
    assert_eq!(front.sample("amikit_http_connections"), "0");
}

#[tokio::test]
async fn a_silent_connection_is_cut_before_and_after_a_request() {
    let front = Front::start(&Limits {
        idle_time: SOON,
        ..Limits::default()
    });
    let mut silent = front.connect().await;
    let mut used = front.connect().await;
    used.send("GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n").await;
    used.until("refused\n").await;

    assert_eq!(silent.rest().await, "");
    assert_eq!(used.rest().await, "");

    assert_eq!(front.sample(IDLE), "2");
}

#[tokio::test]
async fn the_second_head_of_a_connection_is_timed_too() {
    let front = Front::start(&Limits {
        header_time: SOON,
        ..Limits::default()
    });
    let mut client = front.connect().await;
    client.send("GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n").await;
    client.until("refused\n").await;

    client.send("GET /ref").await;

    assert!(client.is_ended().await);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_cut() {
    let front = Front::start(&Limits {
        stall_time: SOON,
        ..Limits::default()
    });
    let mut client = front.connect().await;

    client
        .send("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        .await;

    assert!(client.is_ended().await);
    assert_eq!(front.sample(SLOW), "1");
    assert_eq!(front.sample("amikit_http_requests_in_flight"), "0");
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_cut() {
    let front = Front::start(&Limits {
        stall_time: SOON,
        ..Limits::default()
    });
    let mut client = front.connect().await;

    client
        .send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        .await;
    client.until("\r\n\r\n").await;
    let is_cut = async {
        while front.sample("amikit_http_connections") != "0" {
            tokio::time::sleep(SOON / 10).await;
        }
    };

    timeout(PATIENCE, is_cut).await.expect("cut");
    assert_eq!(front.sample(SLOW), "1");
}

#[tokio::test]
async fn a_service_may_take_its_time() {
    let limits = Limits {
        stall_time: SOON,
        header_time: SOON,
        idle_time: SOON,
        ..Limits::default()
    };
    let front = Front::start(&limits);
    let mut client = front.connect().await;
    client
        .send("PUT /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        .await;
    front.gate.arrived.notified().await;

    tokio::time::sleep(4 * SOON).await; // nothing happens, and that is the point
    front.gate.go.notify_one();

    assert!(client.until("waited\n").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_slow_body_that_comes_is_taken() {
    let front = Front::start(&Limits {
        stall_time: 2 * SOON,
        ..Limits::default()
    });
    let mut client = front.connect().await;

    client
        .send("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n")
        .await;
    for _ in 0..12 {
        tokio::time::sleep(SOON / 4).await;
        client.send("x").await;
    }

    assert!(
        client
            .until("xxxxxxxxxxxx")
            .await
            .starts_with("HTTP/1.1 200 ")
    );
}

#[tokio::test]
async fn lingering_ends_with_a_client_that_never_stops_sending() {
    let front = Front::start(&Limits {
        linger_time: SOON,
        ..Limits::default()
    });
    let mut client = front.connect().await;
    client
        .send("PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n")
        .await;
    let body = vec![0; 64 << 10];

    let flood = async { while client.0.write_all(&body).await.is_ok() {} };

    timeout(PATIENCE, flood)
        .await
        .expect("the connection is closed");
}
