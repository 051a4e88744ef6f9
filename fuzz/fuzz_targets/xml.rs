//! No bytes make the reader panic, and every element stands where it says it stands.

#![no_main]

use amikit::xml::{self, Element, Limits};
use libfuzzer_sys::fuzz_target;

fn check(bytes: &[u8], element: &Element<'_>) {
    assert_eq!(bytes[element.span.start], b'<');
    assert_eq!(bytes[element.span.end - 1], b'>');
    for child in &element.children {
        assert!(element.span.start < child.span.start && child.span.end < element.span.end);
        check(bytes, child);
    }
}

fuzz_target!(|bytes: &[u8]| {
    for plain in [true, false] {
        let limits = Limits {
            bytes: 1 << 20,
            elements: 10_000,
            plain,
        };
        if let Ok(root) = xml::parse(bytes, &limits) {
            check(bytes, &root);
        }
    }
});
