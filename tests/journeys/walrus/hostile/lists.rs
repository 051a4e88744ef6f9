//! Lists that are long, and requests for lists that are odd.

use std::io::Write as _;

use super::{Siege, listen};

/// Puts so many objects over one connection.
fn fill(siege: &Siege, count: usize) {
    let mut stream = siege.connect();
    let mut reading = stream.try_clone().expect("a second handle");
    let reader = std::thread::spawn(move || listen(&mut reading).statuses().len());
    for at in 0..count {
        let key = format!("{}/{:02}/{at}", at % 7, at % 100);
        let put = siege.signed("PUT", &format!("/b-1/{key}"), &[], b"");
        let put = String::from_utf8(put).expect("text");
        let put = if at + 1 < count {
            put.replace("connection: close\r\n", "")
        } else {
            put
        };
        stream.write_all(put.as_bytes()).expect("send");
    }
    assert_eq!(reader.join().expect("the reader"), count);
}

#[test]
fn lists_are_bounded_whatever_is_asked() {
    let siege = Siege::begin("lists", "");
    fill(&siege, 10_000);
    let list = |query: &str| siege.talk(&siege.signed("GET", &format!("/b-1?{query}"), &[], b""));
    let count = |text: &str, name: &str| text.matches(&format!("<{name}>")).count();

    for query in ["", "list-type=2", "versions"] {
        for more in ["", "max-keys=1000000", "max-keys=2147483647"] {
            let text = list(&format!("{query}&{more}")).text();
            let found = count(&text, "Contents") + count(&text, "Version");
            assert_eq!(found, 1000, "{query} {more}");
            assert_eq!(count(&text, "IsTruncated"), 1);
        }
        for wrong in ["-1", "2147483648", "x", "1e3", "99999999999999999999"] {
            list(&format!("{query}&max-keys={wrong}")).is(400, "InvalidArgument");
        }
        let none = list(&format!("{query}&max-keys=0"));
        assert!(
            none.text().contains("<IsTruncated>false"),
            "{}",
            none.text()
        );
    }
    let folders = list("delimiter=/").text();
    assert_eq!(
        (
            count(&folders, "CommonPrefixes"),
            count(&folders, "Contents")
        ),
        (7, 0)
    );
    let below = list("delimiter=/&prefix=3/").text();
    assert_eq!(count(&below, "CommonPrefixes"), 100);
    for delimiter in [
        "0",
        "/0",
        "9",
        "//",
        "\u{1f600}",
        "%",
        "_",
        "'",
        "\u{10ffff}",
    ] {
        let text = list(&format!("delimiter={delimiter}&list-type=2")).text();
        let found = count(&text, "CommonPrefixes") + count(&text, "Contents");
        assert!((1..=1001).contains(&found), "{delimiter}: {found}");
    }
    let long = "x".repeat(5000);
    for query in [
        format!("prefix={long}"),
        format!("delimiter={long}"),
        format!("marker={long}"),
        format!("list-type=2&start-after={long}"),
        format!("list-type=2&continuation-token={long}"),
        format!("versions&key-marker={long}&version-id-marker={long}"),
        "list-type=3".to_owned(),
        "list-type=2&continuation-token=".to_owned(),
        "list-type=2&continuation-token=../..".to_owned(),
        "encoding-type=gzip".to_owned(),
        "versions&version-id-marker=x".to_owned(),
        "prefix=%00".to_owned(),
        "marker=\u{10ffff}".to_owned(),
    ] {
        let said = list(&query);
        assert!(
            matches!(said.statuses()[..], [200 | 400]),
            "{query:.60}: {}",
            said.text()
        );
    }
    siege.end();
}
