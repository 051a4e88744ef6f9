//! How many clients, and how many requests: addresses, slots, rates, memory.

use super::super::metrics::resident_bytes;
use super::*;

#[tokio::test]
async fn port_0_takes_a_free_port_on_each_address() {
    let addresses = [
        loopback(),
        "[::1]:0".parse().expect("an address"),
        loopback(),
    ];

    let bound = bind(&addresses).expect("bind");

    let ports: Vec<_> = bound.iter().map(|socket| socket.address().port()).collect();
    assert!(!ports.contains(&0), "{ports:?}");
    assert_ne!(ports[0], ports[2]);
    assert!(bound[1].address().is_ipv6());
}

#[tokio::test]
async fn an_occupied_port_is_named() {
    let first = bind(&[loopback()]).expect("bind");
    let address = first[0].address();

    let error = bind(&[address]).expect_err("occupied");

    assert!(matches!(error, FrontError::Occupied { address: of } if of == address));
    let want = format!("cannot listen on {address}: another program does");
    assert_eq!(error.to_string(), want);
}

#[tokio::test]
async fn an_address_of_another_machine_is_named() {
    let error = bind(&["192.0.2.1:0".parse().expect("an address")]).expect_err("not ours");

    assert!(matches!(error, FrontError::NotOurs { .. }), "{error}");
}

#[tokio::test]
async fn each_listener_has_its_own_service() {
    let sockets = bind(&[loopback(), loopback()]).expect("bind");
    let services = ["one\n", "two\n"]
        .map(|text| service_fn(move |_| async move { Response::new(body_of(text)) }, refuse));
    let listeners = sockets
        .into_iter()
        .zip(services)
        .map(|(socket, service)| Listener {
            socket,
            tls: None,
            service,
        });
    let metrics = Metrics::new("1.2.3", 0);
    let never = std::future::pending();
    let running = serve(
        listeners.collect(),
        &Limits::default(),
        &metrics,
        SURROUNDINGS,
        never,
    );

    for (address, text) in running.addresses().iter().zip(["one\n", "two\n"]) {
        let mut client = Client(TcpStream::connect(address).await.expect("connect"));
        client.send("GET / HTTP/1.0\r\n\r\n").await;
        assert!(client.rest().await.ends_with(text));
    }
}

/// Too many connections are answered; the slot of one that ends is free again.
async fn is_full_after_two(limits: &Limits, sample: &str) {
    let front = Front::start(limits);
    let mut clients = [front.connect().await, front.connect().await];
    for client in &mut clients {
        client.send("GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n").await;
        client.until("refused\n").await;
    }

    let mut third = front.connect().await;
    let answer = third.rest().await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("\r\nRetry-After: 1\r\n"), "{answer}");
    assert_eq!(front.sample(sample), "1");
    assert_eq!(front.sample("amikit_http_connections"), "2");

    let [mut first, _second] = clients;
    first
        .send("GET /refuse HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await;
    first.rest().await;
    drop(first);
    while front.sample("amikit_http_connections") != "1" {
        tokio::task::yield_now().await;
    }
    assert!(front.get("/refuse").await.starts_with("HTTP/1.1 403 "));
}

#[tokio::test]
async fn connections_are_bounded_in_total() {
    let limits = Limits {
        connections: 2,
        ..Limits::default()
    };
    is_full_after_two(
        &limits,
        "amikit_http_connections_ended_total{reason=\"total\"}",
    )
    .await;
}

#[tokio::test]
async fn connections_are_bounded_for_each_address() {
    let limits = Limits {
        connections_per_address: 2,
        ..Limits::default()
    };
    is_full_after_two(
        &limits,
        "amikit_http_connections_ended_total{reason=\"address\"}",
    )
    .await;
}

#[tokio::test]
async fn another_address_finds_a_slot() {
    let limits = Limits {
        connections_per_address: 1,
        ..Limits::default()
    };
    let front = Front::start(&limits);
    let mut first = front.connect().await;
    first.send("GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n").await;
    first.until("refused\n").await;

    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket
        .bind("127.0.0.2:0".parse().expect("an address"))
        .expect("bind");
    let mut other = Client(socket.connect(front.address).await.expect("connect"));

    other.send("GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(other.until("refused\n").await.starts_with("HTTP/1.1 403 "));
}

#[tokio::test]
async fn a_client_over_its_rate_is_told_when_to_come_again() {
    let request_rate = Some(Rate {
        per_second: 0.1,
        burst: 2,
    });
    let front = Front::start(&Limits {
        request_rate,
        ..Limits::default()
    });

    for _ in 0..2 {
        assert!(front.get("/refuse").await.starts_with("HTTP/1.1 403 "));
    }
    let answer = front.get("/refuse").await;

    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("\r\nretry-after: 10\r\n"), "{answer}");
    assert!(
        answer.contains("<Code>too many requests from this address"),
        "{answer}"
    );
    let series = "service=\"front\",operation=\"refused\",code=\"503\"";
    assert_eq!(
        front.sample(&format!("amikit_http_requests_total{{{series}}}")),
        "1"
    );
}

#[tokio::test]
async fn a_busy_front_refuses_at_once_but_tells_its_health() {
    let front = Front::start(&Limits {
        requests_in_flight: 1,
        ..Limits::default()
    });
    let mut first = front.connect().await;
    first.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await;
    front.gate.arrived.notified().await;

    let answer = front.get("/refuse").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(
        answer.contains("<Code>too many requests at the same time"),
        "{answer}"
    );
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert!(front.get(path).await.starts_with("HTTP/1.1 200 "), "{path}");
    }

    front.gate.go.notify_one();
    first.until("waited\n").await;
    assert!(front.get("/refuse").await.starts_with("HTTP/1.1 403 "));
}

#[tokio::test]
async fn a_thousand_idle_connections_take_little_memory() {
    let limits = Limits {
        connections_per_address: 1024,
        ..Limits::default()
    };
    let front = Front::start(&limits);
    front.get("/refuse").await;
    let before = resident_bytes().expect("Linux tells");

    let mut clients = Vec::new();
    for _ in 0..1000 {
        let mut client = front.connect().await;
        client.send("GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n").await;
        client.until("refused\n").await;
        clients.push(client);
    }

    assert_eq!(front.sample("amikit_http_connections"), "1000");
    let each = resident_bytes()
        .expect("Linux tells")
        .saturating_sub(before)
        / 1000;
    assert!(
        each < 40 << 10,
        "{each} bytes for each, client's side included"
    );
}
