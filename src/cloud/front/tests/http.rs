//! HTTP as services and clients see it.

use super::*;

#[tokio::test]
async fn the_target_arrives_as_it_was_sent() {
    let front = Front::start(&Limits::default());
    let target = "//services/Walrus/./a%2fb/../%C3%a9~+%20/?x=%2B+y&acl&&z=%";

    let answer = front.get(target).await;

    assert!(
        answer.contains(&format!("\r\n\r\nGET {target}\n")),
        "{answer}"
    );
}

#[tokio::test]
async fn every_header_arrives_in_order() {
    let front = Front::start(&Limits::default());
    let headers =
        "Host: a\r\nX-Amz-Meta-A:  two  spaces \r\nx-amz-meta-a: again\r\nConnection: close\r\n";

    let answer = front
        .exchange(&format!("GET / HTTP/1.1\r\n{headers}\r\n"))
        .await;

    let want = "x-amz-meta-a: two  spaces\nx-amz-meta-a: again\n";
    assert!(answer.contains(want), "{answer}");
}

#[tokio::test]
async fn services_are_told_who_asks_and_under_which_id() {
    let front = Front::start(&Limits::default());
    let mut client = front.connect().await;
    let from = client.0.local_addr().expect("an address");

    client
        .send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .await;
    let answer = client.rest().await;

    let (_, id) = answer.rsplit_once(" id ").expect("an id");
    let id = id.trim_end();
    assert_eq!(id.len(), 16);
    assert!(
        id.bytes().all(|byte| b"0123456789ABCDEF".contains(&byte)),
        "{id}"
    );
    for line in [
        format!("from {from} to {} tls false id {id}\n", front.address),
        format!("\r\nx-amz-request-id: {id}\r\n"),
        format!("\r\nx-amz-id-2: {id}\r\n"),
        "\r\nserver: amikit\r\n".to_owned(),
        "\r\ndate: ".to_owned(),
        "\r\nconnection: close\r\n".to_owned(),
    ] {
        assert!(answer.contains(&line), "no {line:?} in {answer}");
    }
}

#[tokio::test]
async fn head_204_and_304_have_no_body() {
    let front = Front::start(&Limits::default());

    for (method, path, status) in [
        ("HEAD", "/refuse", 403),
        ("GET", "/204", 204),
        ("GET", "/304", 304),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = front.exchange(&request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        assert_eq!(
            answer.contains("content-length: 8\r\n"),
            status == 403,
            "{answer}"
        );
    }
}

#[tokio::test]
async fn the_body_is_asked_for_when_the_service_reads_it() {
    let front = Front::start(&Limits::default());
    let mut client = front.connect().await;

    let head = "PUT /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    client.send(head).await;
    assert_eq!(
        client.until("\r\n\r\n").await,
        "HTTP/1.1 100 Continue\r\n\r\n"
    );

    client.send("abc").await;
    assert!(
        client
            .until("\r\n\r\nabc")
            .await
            .starts_with("HTTP/1.1 200 OK\r\n")
    );
}

#[tokio::test]
async fn a_refusal_by_the_head_asks_for_no_body() {
    let front = Front::start(&Limits::default());
    let head =
        "PUT /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";

    let mut client = front.connect().await;
    client.send(head).await;
    let answer = client.rest().await;

    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(!answer.contains("100"), "{answer}");
}

#[tokio::test]
async fn an_answer_tells_of_the_end_of_its_connection_when_the_body_is_left() {
    let front = Front::start(&Limits::default());
    let put = |path: &str, expects: &str| {
        format!("PUT {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n{expects}\r\n")
    };

    for expects in ["", "Expect: 100-continue\r\n"] {
        let mut client = front.connect().await;
        client.send(&put("/refuse", expects)).await;
        let answer = client.rest().await;
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    }
    let mut client = front.connect().await;
    for _ in 0..2 {
        client.send(&(put("/echo", "") + "abc")).await;
        let answer = client.until("\r\n\r\nabc").await;
        assert!(!answer.contains("connection:"), "{answer}");
    }
    client.send("GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let answer = client.until("refused\n").await;
    assert!(!answer.contains("connection:"), "{answer}");
}

#[tokio::test]
async fn a_refusal_reaches_a_client_that_sends_its_whole_body_first() {
    let front = Front::start(&Limits::default());
    let mut client = front.connect().await;
    let body = "x".repeat(64 << 10);

    let length = 256 * body.len();
    client
        .send(&format!(
            "PUT /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
        ))
        .await;
    for _ in 0..256 {
        client.send(&body).await;
    }
    let answer = client.until("refused\n").await;

    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let front = Front::start(&Limits::default());
    let post = |body: &str, more: &str| {
        let length = body.len();
        format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{more}\r\n{body}")
    };

    let requests =
        post("<first>", "") + &post("<second>", "") + &post("<third>", "Connection: close\r\n");
    let answers = front.exchange(&requests).await;

    let places: Vec<_> = ["<first>", "<second>", "<third>"]
        .map(|body| answers.find(body))
        .into();
    assert!(places.is_sorted() && places[0].is_some(), "{answers}");
    assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), 3);
}

#[tokio::test]
async fn a_client_that_has_ended_its_side_gets_its_answer() {
    let front = Front::start(&Limits::default());
    let mut client = front.connect().await;

    client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await;
    client.0.shutdown().await.expect("shut down");
    front.gate.arrived.notified().await;
    front.gate.go.notify_one();

    assert!(client.rest().await.ends_with("\r\n\r\nwaited\n"));
}

#[tokio::test]
async fn half_a_body_is_an_error_of_the_service() {
    let front = Front::start(&Limits::default());
    let mut client = front.connect().await;

    client
        .send("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        .await;
    client.0.shutdown().await.expect("shut down");

    assert!(client.rest().await.starts_with("HTTP/1.1 400 "));
}

#[tokio::test]
async fn chunked_bodies_and_http_1_0_work() {
    let front = Front::start(&Limits::default());

    let chunked = "PUT /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    assert!(front.exchange(chunked).await.ends_with("\r\n\r\nabcde"));
    let old = front.exchange("GET /refuse HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 403 "), "{old}");
    assert!(old.ends_with("\r\n\r\nrefused\n"), "{old}");
}

#[tokio::test]
async fn garbage_is_answered_400_and_ended() {
    let front = Front::start(&Limits::default());

    for garbage in [
        "\x16\x03\x01\x02\x00\x01\x00\x01\n\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /a\0b HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "PUT / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
    ] {
        let answer = front.exchange(garbage).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{garbage:?}: {answer}");
    }
    assert!(front.get("/echo").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn lying_chunks_are_an_error_of_the_service() {
    let front = Front::start(&Limits::default());

    for chunk in [
        "ZZ\r\nabc\r\n",
        "FFFFFFFFFFFFFFFFF\r\n",
        "3\r\nabcdef\r\n0\r\n\r\n",
    ] {
        let head = "PUT /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = front.exchange(&format!("{head}{chunk}")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{chunk:?}: {answer}");
    }
}

#[tokio::test]
async fn header_floods_are_answered_431() {
    let front = Front::start(&Limits::default());
    let many = "A: b\r\n".repeat(101);
    let long = format!("A: {}\r\n", "b".repeat(40 << 10));
    let target = "x".repeat(40 << 10);

    for flood in [
        format!("GET / HTTP/1.1\r\n{many}\r\n"),
        format!("GET / HTTP/1.1\r\n{long}\r\n"),
        format!("GET /{target} HTTP/1.1\r\n\r\n"),
    ] {
        let answer = front.exchange(&flood).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    let fits = "A: b\r\n".repeat(98);
    let fits = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fits}\r\n");
    assert!(front.exchange(&fits).await.starts_with("HTTP/1.1 200 "));
}
