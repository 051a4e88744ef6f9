//! Health and metrics over HTTP.

use super::*;

#[tokio::test]
async fn health_is_told() {
    let front = Front::start(&Limits::default());

    assert!(front.get("/healthz").await.ends_with("\r\n\r\nok\n"));
    let ready = front.get("/readyz").await;
    assert!(
        ready.contains("\r\ncontent-type: application/json\r\n"),
        "{ready}"
    );
    let want = "\r\n\r\n{\"checks\":{\"database\":\"ok\"},\"status\":\"ready\"}\n";
    assert!(ready.ends_with(want), "{ready}");
}

#[tokio::test]
async fn what_is_not_ready_is_503() {
    let health = Health::new().check("store", || async { Err("the disk is gone".into()) });
    let metrics = Metrics::new("1.2.3", 0);
    let service = Operator::new(Arc::new(health), Arc::clone(&metrics), axum::Router::new());
    let socket = bind(&[loopback()]).expect("bind").remove(0);
    let listeners = vec![Listener {
        socket,
        tls: None,
        service,
    }];
    let never = std::future::pending();
    let running = serve(listeners, &Limits::default(), &metrics, SURROUNDINGS, never);

    let mut client = Client(
        TcpStream::connect(running.addresses()[0])
            .await
            .expect("connect"),
    );
    client
        .send("GET /readyz HTTP/1.0\r\n\r\nGET /none HTTP/1.0\r\n\r\n")
        .await;
    let answer = client.rest().await;

    assert!(answer.starts_with("HTTP/1.0 503 "), "{answer}");
    assert!(
        answer.ends_with("{\"checks\":{\"store\":\"failed\"},\"status\":\"not-ready\"}\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn metrics_count_what_went_over_the_wire() {
    let front = Front::start(&Limits::default());
    let sent = "GET /refuse HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = front.exchange(sent).await;
    let text = front.get("/metrics").await;

    let (head, text) = text.split_once("\r\n\r\n").expect("a body");
    assert!(
        head.contains("\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8"),
        "{head}"
    );
    let samples = super::super::metrics::tests::parse(text);
    let asked = "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".len();
    let bytes = [sent.len() + asked, answer.len()].map(|count| count.to_string());
    assert_eq!(samples["amikit_http_received_bytes_total"], bytes[0]);
    assert_eq!(samples["amikit_http_sent_bytes_total"], bytes[1]);
    assert_eq!(samples["amikit_http_connections_total"], "2");
    assert_eq!(samples["amikit_http_requests_in_flight"], "1");
    let series = "service=\"test\",operation=\"Respond\",code=\"403\"";
    assert_eq!(
        samples[&format!("amikit_http_requests_total{{{series}}}")],
        "1"
    );
}

#[tokio::test]
async fn what_clients_send_never_becomes_a_label() {
    let front = Front::start(&Limits::default());

    for number in 0..200 {
        front
            .exchange(&format!(
                "EVIL{number} /evil{number} HTTP/1.0\r\nHost: evil\r\n\r\n"
            ))
            .await;
    }

    let text = front.metrics.text();
    super::super::metrics::tests::parse(&text);
    assert!(!text.to_lowercase().contains("evil"), "{text}");
}
