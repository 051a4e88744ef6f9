//! Stopping: what ends at once, what may end by itself, what is cut.

use super::*;

#[tokio::test]
async fn running_requests_end_and_nothing_new_begins() {
    let front = Front::start(&Limits::default());
    let mut idle = front.connect().await;
    idle.send("GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n").await;
    idle.until("refused\n").await;
    let mut fresh = front.connect().await;
    let mut busy = front.connect().await;
    busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await;
    front.gate.arrived.notified().await;

    front.stop.send(()).expect("running");

    assert_eq!(idle.rest().await, "");
    assert_eq!(fresh.rest().await, "");
    let again = TcpStream::connect(front.address).await.expect_err("closed");
    assert_eq!(again.kind(), std::io::ErrorKind::ConnectionRefused);
    front.gate.go.notify_one();
    let answer = busy.rest().await;
    assert!(answer.ends_with("\r\n\r\nwaited\n"), "{answer}");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    drop(busy);
    assert_eq!(front.running.stopped().await, Stopped { cut: 0 });
}

#[tokio::test]
async fn what_takes_too_long_is_cut_and_counted() {
    let front = Front::start(&Limits {
        stop_time: SOON,
        ..Limits::default()
    });
    let mut clients = [front.connect().await, front.connect().await];
    for client in &mut clients {
        client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await;
        front.gate.arrived.notified().await;
    }

    front.stop.send(()).expect("running");

    assert_eq!(front.running.stopped().await, Stopped { cut: 2 });
    for client in &mut clients {
        assert!(client.is_ended().await);
    }
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end() {
    let front = Front::start(&Limits {
        stop_time: PATIENCE,
        linger_time: PATIENCE,
        ..Limits::default()
    });
    let mut clients = Vec::new();
    for _ in 0..50 {
        let mut client = front.connect().await;
        client.send("GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n").await;
        client.until("refused\n").await;
        clients.push(client);
    }

    front.stop.send(()).expect("running");

    let stopped = timeout(PATIENCE / 4, front.running.stopped()).await;
    assert_eq!(stopped.expect("at once"), Stopped { cut: 0 });
}
