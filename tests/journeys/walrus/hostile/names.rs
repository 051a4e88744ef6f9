//! Keys that look like paths, or like nothing.

use super::Siege;

/// Odd keys, in their own letters.
const KEYS: [&str; 29] = [
    "..",
    ".",
    "../../etc/passwd",
    "/etc/passwd",
    "%2e%2e",
    "%252e%252e/x",
    "a//b",
    "//",
    "a/",
    "\u{1f600}",
    "e\u{301}",
    "\u{e9}",
    "\u{202e}txt",
    "\u{7f}\u{1}\u{1f}",
    "a\tb",
    "a\nb",
    "a\r\nb: c",
    "C:\\x",
    "\\\\server",
    "~root",
    "a b",
    "a+b",
    "a?b",
    "a#b",
    "a&b=c",
    "<a>&amp;",
    "'\"`$(x)",
    "\u{fffe}",
    "\u{feff}",
];

#[test]
fn odd_keys_are_texts_and_no_paths() {
    let siege = Siege::begin("keys", "");
    let long = format!("{}k", "k/".repeat(511));
    let most = "k".repeat(1024);
    let long = [long.as_str(), most.as_str()];
    for key in KEYS.into_iter().chain(long) {
        let encoded: Vec<String> = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let encoded = encoded.concat();
        let target = format!("/b-1/{encoded}");
        siege
            .talk(&siege.signed("PUT", &target, &[], key.as_bytes()))
            .is(200, "");
        let got = siege.talk(&siege.signed("GET", &target, &[], b""));
        assert!(
            got.text().ends_with(&format!("\r\n\r\n{key}")),
            "{key:?}: {}",
            got.text()
        );
        let missing = siege.talk(&siege.signed("GET", &format!("{target}%00"), &[], b""));
        assert_eq!(missing.statuses(), [400], "{}", missing.text());
        let list = format!("/b-1?prefix={key}&encoding-type=url");
        if !key.contains(['?', '&', '=', '#']) {
            let listed = siege.talk(&siege.signed("GET", &list, &[], b""));
            assert!(
                listed.text().contains("<Contents>"),
                "{key:?}: {}",
                listed.text()
            );
        }
    }
    let plain = siege.talk(&siege.signed("GET", "/b-1", &[], b""));
    plain.is(200, "");
    assert_eq!(plain.text().matches("<Contents>").count(), KEYS.len() + 2);
    for (key, code) in [
        ("k".repeat(1025), "KeyTooLongError"),
        ("k".repeat(8000), "KeyTooLongError"),
        ("%c3%a9".repeat(513), "KeyTooLongError"),
        ("a%00".to_owned(), "InvalidArgument"),
        ("a%ff".to_owned(), "InvalidURI"),
        ("%ed%a0%80".to_owned(), "InvalidURI"),
        ("%c0%ae%c0%ae".to_owned(), "InvalidURI"),
        ("%".to_owned(), "InvalidURI"),
        ("%zz".to_owned(), "InvalidURI"),
    ] {
        let said = siege.talk(&siege.signed("PUT", &format!("/b-1/{key}"), &[], b"x"));
        assert_eq!(
            (said.statuses(), said.code()),
            (vec![400], code.to_owned()),
            "{key:.40}"
        );
    }
    // Sent as they are: what the path has before the key is not a folder either.
    for target in [
        "/b-1/../../../etc/passwd",
        "/b-1/./x",
        "/b-1//x",
        "/b-1/%2E%2E/%2E%2E/x",
    ] {
        siege
            .talk(&siege.signed("PUT", target, &[], b"x"))
            .is(200, "");
        siege
            .talk(&siege.signed("GET", target, &[], b""))
            .is(200, "");
    }
    let copy = [("x-amz-copy-source", "/b-1/../../etc/shadow")];
    siege
        .talk(&siege.signed("PUT", "/b-1/c", &copy, b""))
        .is(404, "NoSuchKey");
    let copy = [("x-amz-copy-source", "../../etc/shadow")];
    let said = siege.talk(&siege.signed("PUT", "/b-1/c", &copy, b""));
    assert!(
        matches!(said.statuses()[..], [400 | 404]),
        "{}",
        said.text()
    );
    siege.end();
}
