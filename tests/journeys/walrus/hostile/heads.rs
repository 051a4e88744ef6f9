//! Heads of requests that are too large, too many, or no HTTP.

use super::Siege;

#[test]
fn heads_are_bounded() {
    let siege = Siege::begin("heads", "");
    let host = siege.host();
    let get = |rest: &str| {
        format!("GET /b-1 HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{rest}\r\n")
    };
    let many: Vec<String> = (0..1000).map(|at| format!("x-{at}: y\r\n")).collect();
    let many = many.concat();
    let large = format!("x-amz-meta-a: {}\r\n", "y".repeat(1 << 20));
    let name = format!("{}: y\r\n", "x".repeat(70_000));
    for rest in [many, large, name] {
        let said = siege.talk(get(&rest).as_bytes());
        assert_eq!(said.statuses(), [431], "{}", said.text());
    }
    let path = format!(
        "GET /b-1/{} HTTP/1.1\r\nhost: {host}\r\n\r\n",
        "k".repeat(1 << 20)
    );
    let said = siege.talk(path.as_bytes());
    assert!(
        matches!(said.statuses()[..], [414 | 431]),
        "{}",
        said.text()
    );
    let query: Vec<String> = (0..100).map(|at| format!("p{at}=v&")).collect();
    let query = query.concat();
    let said = siege.talk(
        format!("GET /b-1?{query} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")
            .as_bytes(),
    );
    said.is(400, "InvalidURI");

    for bytes in [
        &b"\r\n\r\n\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET /b-1\r\n\r\n",
        b"GET /b-1 HTTP/9.9\r\n\r\n",
        b"GET /b-1 HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /b-1 HTTP/1.1\r\nhost: a\0b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT b-1:443 HTTP/1.1\r\nhost: b-1\r\nconnection: close\r\n\r\n",
        b"TRACE /b-1 HTTP/1.1\r\nhost: b-1\r\nconnection: close\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: b-1\r\nconnection: close\r\n\r\n",
        b"GET http://b-1.localhost/k HTTP/1.1\r\nhost: other\r\nconnection: close\r\n\r\n",
        b"\0\xff\xfe\r\n\r\n",
    ] {
        let said = siege.talk_and_end(bytes);
        let text = String::from_utf8_lossy(bytes);
        assert!(
            said.statuses()
                .iter()
                .all(|status| (400..500).contains(status)),
            "{text}: {}",
            said.text()
        );
    }
    siege.end();
}

#[test]
fn hosts_of_every_form_are_answered() {
    let siege = Siege::begin("hosts", "");
    for (host, target, status) in [
        ("[::1]:9000", "/", 403),
        ("[::1]", "/b-1", 403),
        ("[::1", "/b-1", 403),
        ("[", "/", 403),
        ("]:1", "/", 403),
        (":", "/", 403),
        ("b-1.localhost:99999999", "/", 403),
        ("..localhost", "/", 404),
        (".localhost", "/", 403),
        ("a/b.localhost", "/", 404),
        ("%2e%2e.localhost", "/", 404),
        ("B-1.LOCALHOST", "/", 404),
        ("127.0.0.1.localhost", "/", 404),
        ("127.0.0.1", "/a%2Fb", 404),
        ("127.0.0.1", "/a%00b", 400),
        ("127.0.0.1", "/a%ffb", 400),
        ("127.0.0.1", "/%", 400),
        ("127.0.0.1", "/..", 404),
        ("127.0.0.1", "/../../etc/passwd", 404),
        ("127.0.0.1", "//etc/passwd", 403),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let said = siege.talk(request.as_bytes());
        let allowed = [status, 400];
        let is_known = matches!(said.statuses()[..], [found] if allowed.contains(&found));
        assert!(is_known, "{host} {target}: {}", said.text());
    }
    for bucket in [
        "a%2Fb",
        "..",
        "%2e%2e",
        "[::1]",
        "a%00b",
        "A-1",
        "a_b",
        "127.0.0.1",
        "b..c",
        "a%ff",
    ] {
        let said = siege.talk(&siege.signed("PUT", &format!("/{bucket}"), &[], b""));
        assert!(
            matches!(
                said.code().as_str(),
                "InvalidBucketName" | "InvalidURI" | ""
            ),
            "{bucket}: {}",
            said.text()
        );
        assert_eq!(said.statuses(), [400], "{bucket}: {}", said.text());
    }
    siege.end();
}
