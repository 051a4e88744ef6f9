//! Clients that send little, nothing, or hear nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::{Siege, listen};

/// Short enough for a test.
const CONFIG: &str = "[limits]\nheader-timeout = \"2s\"\nidle-timeout = \"3s\"\nbody-timeout = \"2s\"\n\
                      connections-per-address = 0\n";

/// Sends byte by byte until the other side closes; how long it listened.
fn drip(stream: &mut TcpStream, bytes: impl Iterator<Item = u8>, pause: Duration) -> Duration {
    let begun = Instant::now();
    stream
        .set_read_timeout(Some(Duration::from_millis(1)))
        .expect("set a time-out");
    for byte in bytes {
        let closed = stream.write_all(&[byte]).is_err();
        let mut block = [0; 1024];
        let heard = stream.read(&mut block);
        if closed || heard.is_ok() {
            break;
        }
        thread::sleep(pause);
    }
    begun.elapsed()
}

#[test]
fn who_drips_a_head_or_stops_in_a_body_is_cut() {
    let siege = Siege::begin("drip", CONFIG);
    let endless = b"GET /b-1 HTTP/1.1\r\nx: "
        .iter()
        .copied()
        .chain(std::iter::repeat_n(b'y', 10_000));
    let took = drip(&mut siege.connect(), endless, Duration::from_millis(20));
    assert!(took < Duration::from_secs(20), "{took:?}");

    let put = siege.signed("PUT", "/b-1/k", &[], &[b'x'; 1000]);
    let mut stream = siege.connect();
    stream.write_all(&put[..put.len() - 500]).expect("send");
    listen(&mut stream).is(400, "RequestTimeout");
    // Who ends its sending side in mid-body has said all.
    let said = siege.talk_and_end(&put[..put.len() - 500]);
    assert!(
        matches!(said.code().as_str(), "IncompleteBody" | ""),
        "{}",
        said.text()
    );
    // Who ends it after a request gets the answer.
    siege.talk_and_end(&put).is(200, "");
    siege
        .talk(&siege.signed("DELETE", "/b-1/k", &[], b""))
        .is(204, "");
    // Who goes away in mid-body leaves nothing.
    for _ in 0..50 {
        let mut stream = siege.connect();
        stream.write_all(&put[..put.len() - 1]).expect("send");
    }
    siege.has_not("k");
    siege.end();
}

#[test]
fn five_hundred_silent_connections_keep_nobody_out() {
    let siege = Siege::begin(
        "silent",
        &CONFIG.replace("3s", "30s").replace("\"2s\"", "\"20s\""),
    );
    let silent: Vec<TcpStream> = (0..500).map(|_| siege.connect()).collect();
    let begun = Instant::now();
    for _ in 0..20 {
        siege.lives();
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
    drop(silent);
    siege.end();
}

#[test]
fn who_does_not_read_its_answer_is_cut_and_costs_little() {
    let siege = Siege::begin("deaf", CONFIG);
    let body = vec![b'x'; 32 << 20];
    siege
        .talk(&siege.signed("PUT", "/b-1/large", &[], &body))
        .is(200, "");
    let deaf: Vec<TcpStream> = (0..40)
        .map(|_| {
            let mut stream = siege.connect();
            let get = siege.signed("GET", "/b-1/large", &[], b"");
            stream.write_all(&get).expect("send");
            stream
        })
        .collect();
    siege.lives();
    let kib = siege.resident_kib();
    assert!(kib < super::MOST_KIB, "it has {kib} KiB");
    thread::sleep(Duration::from_secs(10)); // the time-out, twice
    for mut stream in deaf {
        let heard = listen(&mut stream).0.len();
        assert!(heard < body.len(), "all of it came");
    }
    siege.end();
}

#[test]
fn a_hundred_uploads_that_stand_still_cost_little() {
    let siege = Siege::begin("standing", &CONFIG.replace("\"2s\"", "\"10s\""));
    let whole = vec![b'x'; 2 << 20];
    let put = siege.signed("PUT", "/b-1/k", &[], &whole);
    let standing: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = siege.connect();
            stream.write_all(&put[..(760 << 10)]).expect("send");
            stream
        })
        .collect();
    siege.lives();
    let kib = siege.resident_kib();
    assert!(kib < super::MOST_KIB, "it has {kib} KiB");
    for mut stream in standing {
        listen(&mut stream).is(400, "RequestTimeout");
    }
    siege.has_not("k");
    siege.end();
}

/// Lists are long and in memory while they come: who may not use them does not send them.
#[test]
fn who_may_not_is_told_before_the_body() {
    let siege = Siege::begin(
        "early",
        "[limits]\nxml-bytes = \"100 KiB\"\n[accounts]\nbytes-per-bucket = \"1 MiB\"\n",
    );
    let begun = siege
        .talk(&siege.signed("POST", "/b-1/m?uploads", &[], b""))
        .text();
    let (_, id) = begun.split_once("<UploadId>").expect("an id");
    let (id, _) = id.split_once("</UploadId>").expect("its end");
    let complete = format!("/b-1/m?uploadId={id}");
    let host = siege.host();
    for (method, target) in [
        ("POST", complete.as_str()),
        ("POST", "/b-1?delete"),
        ("PUT", "/b-1/k"),
        ("PUT", "/b-1?acl"),
        ("PUT", "/b-1?tagging"),
        ("PUT", "/b-2"),
    ] {
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
             content-length: 60000\r\nexpect: 100-continue\r\n\r\n"
        );
        siege.talk(head.as_bytes()).is(403, "AccessDenied");
    }
    let payload = amikit::aws::sign::Payload::Unsigned;
    for (method, target, length, code) in [
        (
            "POST",
            complete.as_str(),
            200_000,
            "MaxMessageLengthExceeded",
        ),
        ("POST", "/b-1/m?uploadId=none", 1000, "NoSuchUpload"),
        ("PUT", "/b-1?acl", 70_000, "MaxMessageLengthExceeded"),
        ("PUT", "/b-1/k", 2_000_000, "EntityTooLarge"),
    ] {
        let head = siege.head(method, target, &[], &payload);
        let head = format!("{head}connection: close\r\ncontent-length: {length}\r\n\r\n");
        let said = siege.talk(head.as_bytes());
        assert_eq!(said.code(), code, "{method} {target}: {}", said.text());
    }
    siege
        .talk(&siege.signed("DELETE", &complete, &[], b""))
        .is(204, "");
    siege.end();
}
