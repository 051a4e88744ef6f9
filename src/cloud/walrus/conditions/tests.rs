use std::collections::HashMap;

use proptest::prelude::{any, prop_assert, proptest};

use super::*;

const MODIFIED: &str = "Sat, 21 Nov 2026 06:21:51 GMT";
const BEFORE: &str = "Sat, 21 Nov 2026 06:21:50 GMT";
const AFTER: &str = "Sat, 21 Nov 2026 06:21:52 GMT";

const OBJECT: Entity<'_> = Entity {
    etag: "abc",
    modified_ms: 1_795_242_111_900, // MODIFIED and nine tenths of a second
};

fn lookup<'h>(headers: &'h [(&'h str, &'h str)]) -> impl Fn(&str) -> Option<&'h str> {
    let headers: HashMap<_, _> = headers.iter().copied().collect();
    move |name| headers.get(name).copied()
}

/// 200, or the status of the refusal.
fn reading(headers: &[(&str, &str)]) -> u16 {
    let conditions = ReadConditions::from_headers(lookup(headers));
    conditions
        .check(&OBJECT)
        .map_or_else(|error| error.code.status(), |()| 200)
}

fn copying(headers: &[(&str, &str)]) -> u16 {
    let named: Vec<_> = headers
        .iter()
        .map(|(name, value)| (format!("x-amz-copy-source-{name}"), *value))
        .collect();
    let named: Vec<_> = named
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    let conditions = ReadConditions::of_copy_source(lookup(&named));
    conditions
        .check(&OBJECT)
        .map_or_else(|error| error.code.status(), |()| 200)
}

fn writing(headers: &[(&str, &str)], current: Option<&str>) -> u16 {
    WriteConditions::from_headers(lookup(headers))
        .and_then(|conditions| conditions.check(current))
        .map_or_else(|error| error.code.status(), |()| 200)
}

#[test]
fn etags_are_read_in_every_form() {
    for text in ["\"abc\"", "abc", " \"x\" , \"abc\"", "*", "\"a,b\",abc"] {
        assert_eq!(reading(&[("if-match", text)]), 200, "{text}");
        assert_eq!(reading(&[("if-none-match", text)]), 304, "{text}");
    }
    for text in ["\"ab\"", "ABC", "", ",", "\"abc", "\"a,abc,b\""] {
        assert_eq!(reading(&[("if-match", text)]), 412, "{text}");
        assert_eq!(reading(&[("if-none-match", text)]), 200, "{text}");
    }
}

#[test]
fn a_weak_etag_says_unchanged_but_never_the_same_bytes() {
    assert_eq!(reading(&[("if-match", "W/\"abc\"")]), 412);
    assert_eq!(reading(&[("if-none-match", "W/\"abc\"")]), 304);
}

#[test]
fn times_compare_by_the_second() {
    let since = |header, time| reading(&[(header, time)]);

    assert_eq!(since("if-modified-since", BEFORE), 200);
    assert_eq!(since("if-modified-since", MODIFIED), 304);
    assert_eq!(since("if-modified-since", AFTER), 304);
    assert_eq!(since("if-unmodified-since", BEFORE), 412);
    assert_eq!(since("if-unmodified-since", MODIFIED), 200);
    assert_eq!(since("if-unmodified-since", "yesterday"), 200);
    assert_eq!(since("if-modified-since", "yesterday"), 200);
}

#[test]
fn an_etag_goes_before_a_time() {
    let both = |etag: (&str, &str), time: (&str, &str)| reading(&[etag, time]);

    assert_eq!(
        both(("if-match", "abc"), ("if-unmodified-since", BEFORE)),
        200
    );
    assert_eq!(both(("if-match", "x"), ("if-unmodified-since", AFTER)), 412);
    assert_eq!(
        both(("if-none-match", "abc"), ("if-modified-since", BEFORE)),
        304
    );
    assert_eq!(
        both(("if-none-match", "x"), ("if-modified-since", AFTER)),
        200
    );
}

#[test]
fn what_fails_goes_before_what_is_not_modified() {
    assert_eq!(
        reading(&[("if-none-match", "abc"), ("if-unmodified-since", BEFORE)]),
        412
    );
    assert_eq!(
        reading(&[("if-match", "abc"), ("if-none-match", "abc")]),
        304
    );
}

#[test]
fn the_refusal_names_the_condition_and_what_there_is() {
    let check = |headers: &[(&str, &str)]| {
        let conditions = ReadConditions::from_headers(lookup(headers));
        conditions.check(&OBJECT).unwrap_err()
    };

    let failed = check(&[("if-match", "x")]);
    let unchanged = check(&[("if-none-match", "abc")]);

    assert_eq!(failed.details, [("Condition", "If-Match".to_owned())]);
    assert_eq!(
        unchanged.headers,
        [
            ("ETag", "\"abc\"".to_owned()),
            ("Last-Modified", MODIFIED.to_owned())
        ]
    );
}

#[test]
fn a_copy_is_never_not_modified() {
    assert_eq!(copying(&[("if-none-match", "abc")]), 412);
    assert_eq!(copying(&[("if-modified-since", AFTER)]), 412);
    assert_eq!(copying(&[("if-match", "abc")]), 200);
    assert_eq!(
        copying(&[("if-match", "abc"), ("if-unmodified-since", BEFORE)]),
        200
    );
    assert_eq!(
        copying(&[("if-none-match", "abc"), ("if-modified-since", BEFORE)]),
        412
    );
}

#[test]
fn conditions_of_a_copy_and_of_a_read_are_apart() {
    let conditions = ReadConditions::of_copy_source(lookup(&[("if-match", "x")]));

    assert_eq!(conditions.check(&OBJECT), Ok(()));
}

#[test]
fn a_write_may_ask_that_nothing_is_there() {
    assert_eq!(writing(&[("if-none-match", "*")], None), 200);
    assert_eq!(writing(&[("if-none-match", "*")], Some("abc")), 412);
    assert_eq!(writing(&[("if-none-match", "abc")], None), 501);
}

#[test]
fn a_write_may_ask_for_what_is_there() {
    assert_eq!(writing(&[("if-match", "\"abc\"")], Some("abc")), 200);
    assert_eq!(writing(&[("if-match", "\"abc\"")], Some("x")), 412);
    assert_eq!(writing(&[("if-match", "\"abc\"")], None), 404);
    assert_eq!(writing(&[("if-match", "*")], Some("x")), 200);
    assert_eq!(writing(&[], Some("x")), 200);
}

#[test]
fn a_write_has_no_condition_of_time() {
    assert_eq!(writing(&[("if-unmodified-since", AFTER)], None), 501);
    assert_eq!(writing(&[("if-modified-since", AFTER)], None), 501);
}

#[test]
fn an_entry_of_a_delete_list_may_name_its_etag() {
    let condition = WriteConditions::of_etag("\"abc\"");

    assert!(!condition.is_empty());
    assert_eq!(condition.check(Some("abc")), Ok(()));
    assert!(condition.check(Some("x")).is_err());
    assert!(WriteConditions::default().is_empty());
}

#[test]
fn a_range_counts_only_for_the_same_bytes() {
    for (text, counts) in [
        ("\"abc\"", true),
        ("\"x\"", false),
        ("W/\"abc\"", false),
        ("*", false),
        (MODIFIED, true),
        (AFTER, false),
    ] {
        assert_eq!(range_counts(Some(text), &OBJECT), counts, "{text}");
    }
    assert!(range_counts(None, &OBJECT));
}

proptest! {
    #[test]
    fn no_header_panics(a in any::<String>(), b in any::<String>(), modified_ms in any::<i64>()) {
        let entity = Entity { etag: "abc", modified_ms };
        let headers = [("if-match", a.as_str()), ("if-none-match", &b),
            ("if-modified-since", &a), ("if-unmodified-since", &b)];
        let _ = ReadConditions::from_headers(lookup(&headers)).check(&entity);
        let _ = ReadConditions::from_headers(lookup(&headers[1..])).check(&entity);
        let _ = WriteConditions::from_headers(lookup(&headers[..2]));
        let _ = range_counts(Some(&a), &entity);
    }

    #[test]
    fn a_list_has_every_etag_it_was_made_of(
        etags in proptest::collection::vec("[a-f0-9,-]{1,8}", 1..5)
    ) {
        let quoted: Vec<_> = etags.iter().map(|etag| format!("\"{etag}\"")).collect();
        let list = Etags::parse(&quoted.join(", "));

        for etag in etags {
            prop_assert!(list.contain(&etag, true), "{etag} of {list:?}");
        }
    }
}
