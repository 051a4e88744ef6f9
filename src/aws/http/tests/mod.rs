//! Tests of connections, and the server that they and others talk to.

pub(crate) mod scripted;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use self::scripted::{Scripted, Step, answer};
use super::*;

fn client_with(options: HttpOptions) -> HttpClient {
    HttpClient::new(options, Arc::new(|| false)).unwrap()
}

fn client() -> HttpClient {
    client_with(HttpOptions {
        stall_timeout: Duration::from_secs(20),
        ..HttpOptions::default()
    })
}

/// One that loses patience soon.
fn impatient() -> HttpClient {
    client_with(HttpOptions {
        stall_timeout: Duration::from_millis(60),
        ..HttpOptions::default()
    })
}

fn put(url: &str, body: Body) -> HttpRequest {
    HttpRequest {
        method: "PUT",
        url: format!("{url}/b/k?X-Amz-Signature=secret"),
        headers: vec![("x-name".to_owned(), "value".to_owned())],
        body,
        patient: false,
        fresh: false,
    }
}

fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: "GET",
        ..put(url, Body::Empty)
    }
}

fn big() -> Body {
    let mut file = tempfile::tempfile().unwrap();
    file.set_len(64 << 20).unwrap();
    file.flush().unwrap();
    Body::File {
        file: Arc::new(file),
        offset: 0,
        len: 64 << 20,
    }
}

#[test]
fn a_body_arrives_with_its_length_and_never_in_chunks() {
    let server = Scripted::answering(vec![answer(200, &["x-A: b"], "yes"); 3]);

    for body in [Body::Empty, Body::Bytes("abc".into()), big()] {
        let len = body.len();
        let mut response = client().send(&put(&server.url, body)).unwrap();

        assert_eq!((response.status, response.header("x-a")), (200, Some("b")));
        assert_eq!(response.bytes(2).unwrap(), b"ye");
        let seen = server.seen().pop().unwrap();
        assert_eq!(
            seen.header("content-length"),
            Some(len.to_string().as_str())
        );
        assert_eq!(seen.header("transfer-encoding"), None);
        assert_eq!(
            (seen.body.len() as u64, seen.header("x-name")),
            (len, Some("value"))
        );
    }
}

#[test]
fn a_connection_is_used_again() {
    let good = || Step::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec());
    let server = Scripted::new([vec![Step::Read, good(), Step::Read, good()]]);
    let client = client();

    for _ in 0..2 {
        assert_eq!(
            client.send(&get(&server.url)).unwrap().bytes(9).unwrap(),
            b"ok"
        );
    }
}

#[test]
fn a_connection_that_the_server_closed_is_not_used_again() {
    let good = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec();
    let server = Scripted::answering([good.clone(), good]);
    let client = client();

    for connections in 1..=2 {
        assert_eq!(
            client.send(&get(&server.url)).unwrap().bytes(9).unwrap(),
            b"ok"
        );
        // A close that comes while the next request leaves is for whoever tries again.
        server.wait_until_closed(connections);
    }
}

#[test]
fn an_answer_that_breaks_off_is_an_error_for_good() {
    for body in [
        "content-length: 10\r\n\r\nabc",
        "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ] {
        let server = Scripted::answering([format!("HTTP/1.1 200 OK\r\n{body}")]);
        let mut response = client().send(&get(&server.url)).unwrap();

        for _ in 0..2 {
            let error = response.bytes(100).unwrap_err();
            assert!(
                matches!(error, TransportError::Truncated(_)),
                "{body}: {error}"
            );
        }
    }
}

#[test]
fn an_early_answer_wins_over_the_broken_pipe() {
    let refusal = answer(403, &[], "no");
    let server = Scripted::new([vec![
        Step::ReadHead,
        Step::Send(refusal.into()),
        Step::Drain,
    ]]);

    let response = client().send(&put(&server.url, big())).unwrap();

    assert_eq!(response.status, 403);
}

#[test]
fn a_patient_body_stays_here_when_the_answer_comes_first() {
    let refusal = b"HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nno".to_vec();
    let server = Scripted::new([
        vec![Step::ReadHead, Step::Send(refusal), Step::Drain],
        vec![Step::Read, Step::Send(answer(200, &[], "yes").into())],
    ]);
    let client = client();
    let patient = HttpRequest {
        patient: true,
        ..put(&server.url, big())
    };

    let mut refused = client.send(&patient).unwrap();
    assert_eq!(
        (refused.status, refused.bytes(9).unwrap()),
        (403, b"no".to_vec())
    );
    // The server drains one connection before it takes the next: the first must end.
    assert_eq!(client.send(&get(&server.url)).unwrap().status, 200);

    assert_eq!(server.seen()[0].header("expect"), Some("100-continue"));
}

#[test]
fn a_patient_body_goes_to_a_server_that_says_nothing_or_to_go_on() {
    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n".to_vec();
    for interim in [Vec::new(), go_on] {
        let server = Scripted::new([vec![
            Step::ReadHead,
            Step::Send(interim),
            Step::ReadBody,
            Step::Send(answer(200, &[], "").into()),
        ]]);
        let request = HttpRequest {
            patient: true,
            ..put(&server.url, Body::Bytes("abc".into()))
        };

        let client = client_with(HttpOptions {
            stall_timeout: Duration::from_millis(400),
            ..HttpOptions::default()
        });
        assert_eq!(client.send(&request).unwrap().status, 200);

        assert_eq!(server.seen()[0].body, b"abc");
    }
}

#[test]
fn debugging_shows_no_secret() {
    let shown = format!("{:?}", put("http://host", Body::Bytes("secret".into())));

    assert!(
        !shown.contains("secret") && !shown.contains("value"),
        "{shown}"
    );
}

#[test]
fn silence_ends_a_request_wherever_it_is() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc".to_vec();
    let server = Scripted::new([
        vec![Step::ReadHead, Step::Send(Vec::new()), Step::Wait],
        vec![Step::Read, Step::Wait],
        vec![Step::Read, Step::Send(head), Step::Wait],
    ]);
    let client = impatient();

    let sending = client.send(&put(&server.url, big())).unwrap_err();
    let waiting = client.send(&get(&server.url)).unwrap_err();
    let receiving = client
        .send(&get(&server.url))
        .unwrap()
        .bytes(9)
        .unwrap_err();

    for error in [sending, waiting, receiving] {
        assert!(matches!(error, TransportError::Stalled(_)), "{error}");
    }
}

#[test]
fn an_attempt_has_an_end() {
    let server = Scripted::new([vec![Step::Read, Step::Wait]]);
    let client = client_with(HttpOptions {
        total_timeout: Some(Duration::from_millis(30)),
        ..HttpOptions::default()
    });

    let error = client.send(&get(&server.url)).unwrap_err();

    assert!(matches!(error, TransportError::TimedOut(_)), "{error}");
}

#[test]
fn the_wish_to_stop_is_heard_while_waiting() {
    let server = Scripted::new([vec![Step::Read, Step::Wait]]);
    let asked = AtomicBool::new(false);
    // Not yet when the request begins; then the user changes their mind.
    let stop = move || asked.swap(true, Ordering::Relaxed);
    let client = HttpClient::new(HttpOptions::default(), Arc::new(stop)).unwrap();

    let error = client.send(&get(&server.url)).unwrap_err();

    assert!(
        matches!(error, TransportError::Interrupted { sent: true }),
        "{error}"
    );
}

type Is = fn(&TransportError) -> bool;

#[test]
fn errors_say_what_happened_and_never_the_query() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mute = Scripted::new([vec![Step::Read]]);
    let other = Scripted::answering(["SSH-2.0-OpenSSH\r\n\r\n"]);
    let plain = Scripted::answering(["HTTP/1.1 400 Bad\r\n\r\n"]);
    let cases: [(String, Is); 5] = [
        (format!("http://{closed}"), |e| {
            matches!(e, TransportError::Connect(_))
        }),
        (mute.url.clone(), |e| matches!(e, TransportError::Broken(_))),
        (other.url.clone(), |e| {
            matches!(e, TransportError::Truncated(_))
        }),
        (plain.url.replace("http:", "https:"), |e| {
            matches!(e, TransportError::Tls(_))
        }),
        ("http://no-such-host.invalid".to_owned(), |e| {
            matches!(e, TransportError::Dns(_))
        }),
    ];
    for (url, is) in cases {
        let error = client().send(&get(&url)).unwrap_err();

        assert!(is(&error), "{url}: {error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn a_file_that_became_shorter_is_told() {
    let body = Body::File {
        file: Arc::new(tempfile::tempfile().unwrap()),
        offset: 0,
        len: 10,
    };
    let server = Scripted::new([vec![Step::Read]]);

    let error = client().send(&put(&server.url, body)).unwrap_err();

    assert!(matches!(error, TransportError::Body(_)), "{error}");
}

#[test]
fn a_proxy_is_asked_unless_the_host_is_excepted() {
    let proxy = Scripted::answering(vec![answer(200, &[], "proxy")]);
    let server = Scripted::answering(vec![answer(200, &[], "server")]);
    let client = client_with(HttpOptions {
        proxy: ProxyOptions {
            http: Some(proxy.url.clone()),
            https: None,
            none: Some("127.0.0.1".to_owned()),
        },
        ..HttpOptions::default()
    });

    let direct = client.send(&get(&server.url)).unwrap().bytes(10).unwrap();
    let through = client
        .send(&get("http://bucket.example"))
        .unwrap()
        .bytes(10)
        .unwrap();

    assert_eq!(
        (direct.as_slice(), through.as_slice()),
        (&b"server"[..], &b"proxy"[..])
    );
    assert!(
        proxy.seen()[0]
            .line
            .starts_with("GET http://bucket.example/b/k?")
    );
}

#[test]
fn options_that_cannot_be_used_are_told() {
    let certificates = HttpOptions {
        extra_certificates: Some(b"nothing".to_vec()),
        ..HttpOptions::default()
    };
    let proxy = HttpOptions {
        proxy: ProxyOptions {
            https: Some("http://me:secret@[".to_owned()),
            ..ProxyOptions::default()
        },
        ..HttpOptions::default()
    };

    let certificates = HttpClient::new(certificates, Arc::new(|| false)).unwrap_err();
    let proxy = HttpClient::new(proxy, Arc::new(|| false)).unwrap_err();

    assert_eq!(certificates.what, "certificates");
    assert_eq!(proxy.what, "https_proxy");
    assert!(!proxy.to_string().contains("secret"), "{proxy}");
}

#[test]
fn an_answer_that_comes_byte_by_byte_has_an_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // An answer to nothing would be none.
        let _ = stream.read(&mut [0; 1024]).unwrap();
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        while stream.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    let client = client_with(HttpOptions {
        stall_timeout: Duration::from_millis(250),
        ..HttpOptions::default()
    });
    let mut response = client.send(&get(&url)).unwrap();

    let error = response.bytes(1_000_000).unwrap_err();

    assert!(matches!(error, TransportError::TimedOut(_)), "{error}");
}
