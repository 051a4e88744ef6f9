//! The proxy does what its faults say, in front of a server that tells what came.

use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

use super::http::Head;
use super::{Fault, FaultProxy, Passed};

const BODY: &[u8] = b"0123456789";

/// A server that answers each request with its path and body, for as long as the tests run.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listen");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            thread::spawn(move || answer(&stream).ok());
        }
    });
    address
}

fn answer(mut stream: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(mut head) = Head::read(&mut reader)? {
        let mut words = format!("{}=", head.path()).into_bytes();
        let (length, mut body) = head.body(&mut reader, false)?;
        body.read_to_end(&mut words)?;
        drop(body);
        if length > 0 && words.len() as u64 != length + 1 + head.path().len() as u64 {
            return Ok(()); // cut off: no answer
        }
        let headers = [("ETag".to_owned(), "\"good\"".to_owned())];
        let mut head = Head::answer(200, &headers);
        head.set("content-length", &words.len().to_string());
        head.write(&mut stream)?;
        stream.write_all(&words)?;
    }
    Ok(())
}

/// What a client saw: head and body, or how it failed.
fn put(proxy: &FaultProxy, path: &str) -> io::Result<(Head, String)> {
    let mut stream = TcpStream::connect(proxy.address)?;
    let head = format!("PUT {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    let _ = stream.write_all(BODY); // a proxy that has closed is seen when reading
    let mut reader = BufReader::new(stream);
    let mut head = Head::read(&mut reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let (length, mut body) = head.body(&mut reader, false)?;
    let mut words = String::new();
    body.read_to_string(&mut words)?;
    drop(body);
    if words.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((head, words))
}

fn proxy_with(fault: Fault) -> FaultProxy {
    let proxy = FaultProxy::start(echo());
    proxy.fault("PUT", "/b/k", 1..=1, fault);
    proxy
}

#[test]
fn without_rules_everything_passes_and_is_recorded() {
    let proxy = FaultProxy::start(echo());

    let (head, words) = put(&proxy, "/b/k?q=1").expect("an answer");

    assert_eq!(head.status(), Some(200));
    assert_eq!(words, "/b/k?q=1=0123456789");
    let whole = Passed {
        method: "PUT".to_owned(),
        path: "/b/k?q=1".to_owned(),
        body: 10,
        faulty: false,
        status: Some(200),
    };
    assert_eq!(proxy.passed(), [whole]);
    assert_eq!(proxy.bytes("PUT"), 10);
}

#[test]
fn a_rule_is_for_the_occurrences_it_names() {
    let proxy = FaultProxy::start(echo());
    proxy.fault("PUT", "/b/k", 2..=3, Fault::error(503, "SlowDown"));

    let mut statuses = Vec::new();
    for path in ["/b/k", "/b/other", "/b/k", "/b/k", "/b/k"] {
        statuses.push(put(&proxy, path).expect("an answer").0.status());
    }

    assert_eq!(statuses, [200, 200, 503, 503, 200].map(Some));
}

#[test]
fn dropped_connections_give_the_server_what_they_say() {
    for (fault, passed) in [
        (Fault::DropBeforeBody, 0),
        (Fault::DropInBody(4), 4),
        (Fault::LoseReply, 10),
    ] {
        let proxy = proxy_with(fault);

        assert!(put(&proxy, "/b/k").is_err());

        assert_eq!(proxy.bytes("PUT"), passed);
        assert!(put(&proxy, "/b/k").is_ok(), "only the first is broken");
    }
}

#[test]
fn bytes_are_changed_on_both_ways() {
    let request = put(&proxy_with(Fault::CorruptRequest(9)), "/b/k").expect("an answer");
    let reply = put(&proxy_with(Fault::CorruptReply(1)), "/b/k").expect("an answer");

    assert_eq!(request.1, "/b/k=0123456788");
    assert_eq!(reply.1, "/c/k=0123456789");
}

#[test]
fn a_truncated_answer_ends_early() {
    assert!(put(&proxy_with(Fault::TruncateReply(3)), "/b/k").is_err());
}

#[test]
fn a_stalled_body_stops_where_it_is_said_until_the_proxy_stops() {
    for (fault, passed) in [(Fault::Stall, 0), (Fault::StallInBody(4), 4)] {
        let proxy = proxy_with(fault);
        let mut stream = TcpStream::connect(proxy.address).expect("connect");
        let head = "PUT /b/k HTTP/1.1\r\nContent-Length: 10\r\n\r\n0123456789";
        stream.write_all(head.as_bytes()).expect("send");

        proxy.wait_until(|all| all.first().is_some_and(|one| one.body == passed));
        drop(proxy);

        let rest = stream.read(&mut [0; 1]);
        assert!(!rest.is_ok_and(|count| count > 0), "no answer");
    }
}

#[test]
fn a_slow_body_arrives_whole() {
    let (_, words) = put(&proxy_with(Fault::Slow(100)), "/b/k").expect("an answer");

    assert_eq!(words, "/b/k=0123456789");
}

#[test]
fn answers_are_changed_or_made_here() {
    let etag = put(&proxy_with(Fault::WrongEtag), "/b/k").expect("an answer");
    let bare = put(&proxy_with(Fault::WithoutHeader("etag")), "/b/k").expect("an answer");
    let slow = put(&proxy_with(Fault::error_for(429, "SlowDown", 3)), "/b/k").expect("an answer");
    let moved = put(&proxy_with(Fault::redirect(301, "http://x/")), "/b/k").expect("an answer");
    let error = put(&proxy_with(Fault::error(200, "InternalError")), "/b/k").expect("an answer");

    assert_ne!(etag.0.get("etag"), Some("\"good\""));
    assert_eq!(bare.0.get("etag"), None);
    assert_eq!(slow.0.get("retry-after"), Some("3"));
    assert_eq!(moved.0.get("location"), Some("http://x/"));
    assert!(error.1.contains("<Code>InternalError</Code>"));
}

#[test]
fn a_prefix_goes_off_on_the_way() {
    let proxy = FaultProxy::start(echo());
    proxy.serve_below("/services/Walrus");

    let inside = put(&proxy, "/services/Walrus/b/k").expect("an answer");
    let outside = put(&proxy, "/b/k").expect("an answer");

    assert!(proxy.url().ends_with("/services/Walrus"));
    assert_eq!(inside.1, "/b/k=0123456789");
    assert_eq!(outside.0.status(), Some(404));
}
