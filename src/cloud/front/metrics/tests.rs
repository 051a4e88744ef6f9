use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Samples by name with labels. Fails on a line that Prometheus would not take.
pub(in crate::cloud::front) fn parse(text: &str) -> BTreeMap<String, String> {
    let mut samples = BTreeMap::new();
    let mut families = BTreeSet::new();
    let mut family = String::new();
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a help text");
            assert!(!help.is_empty());
            assert!(families.insert(name.to_owned()), "{name} twice");
            name.clone_into(&mut family);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert_eq!(name, family);
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
        } else {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            let name = series.split('{').next().expect("a name");
            assert!(name.starts_with(&family), "{name} is not of {family}");
            let name_bytes = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            assert!(name.bytes().all(name_bytes), "{name:?}");
            if let Some(labels) = series.strip_prefix(name).filter(|text| !text.is_empty()) {
                let inside = labels
                    .strip_prefix('{')
                    .and_then(|text| text.strip_suffix('}'));
                for label in inside.expect("braces").split(',') {
                    let (_, text) = label.split_once('=').expect("label and text");
                    let text = text
                        .strip_prefix('"')
                        .and_then(|text| text.strip_suffix('"'));
                    assert!(!text.expect("quotes").contains('"'), "{line}");
                }
            }
            value.parse::<f64>().expect("a number");
            assert_eq!(
                samples.insert(series.to_owned(), value.to_owned()),
                None,
                "{series} twice"
            );
        }
    }
    samples
}

fn metrics() -> Arc<Metrics> {
    Metrics::new("1.2.3", 1_700_000_000_250)
}

#[test]
fn requests_are_counted_by_service_operation_and_code() {
    let metrics = metrics();

    for (operation, code) in [("GetObject", 200), ("GetObject", 200), ("GetObject", 404)] {
        metrics.request("s3", operation, code, Duration::from_millis(3));
    }

    let samples = parse(&metrics.text());
    let count = |code| {
        let labels = format!("service=\"s3\",operation=\"GetObject\",code=\"{code}\"");
        samples[&format!("amikit_http_requests_total{{{labels}}}")].as_str()
    };
    assert_eq!((count(200), count(404)), ("2", "1"));
    assert_eq!(samples["amikit_build_info{version=\"1.2.3\"}"], "1");
    assert_eq!(samples["process_start_time_seconds"], "1700000000.250");
}

#[test]
fn buckets_of_durations_are_cumulative() {
    let metrics = metrics();

    for milliseconds in [0, 1, 4, 90_000] {
        metrics.request("s3", "GetObject", 200, Duration::from_millis(milliseconds));
    }

    let samples = parse(&metrics.text());
    let name = "amikit_http_request_duration_seconds";
    let below = |end| samples[&format!("{name}_bucket{{service=\"s3\",le=\"{end}\"}}")].as_str();
    assert_eq!(
        (below("0.001"), below("0.005"), below("60")),
        ("2", "3", "3")
    );
    assert_eq!(below("+Inf"), "4");
    assert_eq!(samples[&format!("{name}_count{{service=\"s3\"}}")], "4");
    assert_eq!(samples[&format!("{name}_sum{{service=\"s3\"}}")], "90.005");
}

#[test]
fn hostile_names_become_other() {
    let metrics = metrics();
    let long = Box::leak("x".repeat(65).into_boxed_str());

    for name in ["a\"} 1\nevil 2", "", "back\\slash", "Größe", "a b", long] {
        metrics.request(name, name, 200, Duration::ZERO);
    }

    let text = metrics.text();
    let samples = parse(&text);
    let series = "amikit_http_requests_total{service=\"other\",operation=\"other\",code=\"200\"}";
    assert_eq!(samples[series], "6");
    assert!(!text.contains("evil"), "{text}");
}

#[test]
fn the_number_of_series_is_bounded() {
    let metrics = metrics();

    for number in 0..3 * MOST_SERIES {
        let name: &'static str = Box::leak(format!("Operation{number}").into_boxed_str());
        metrics.request(name, name, 200, Duration::ZERO);
    }

    let requests = metrics.requests.lock().expect("not poisoned");
    assert_eq!(requests.len(), MOST_SERIES + 1);
    assert_eq!(requests.values().sum::<u64>(), 3 * MOST_SERIES as u64);
    assert!(metrics.durations.lock().expect("not poisoned").len() <= MOST_SERIES + 1);
}

#[test]
fn labels_are_escaped() {
    let mut text = Exposition::default();

    text.sample("name", &[("label", "a\"b\\c\nd")], "1");

    assert_eq!(text.into_string(), "name{label=\"a\\\"b\\\\c\\nd\"} 1\n");
}

#[test]
fn the_process_has_memory() {
    let bytes = resident_bytes().expect("Linux tells");

    assert!((1 << 20..1 << 40).contains(&bytes), "{bytes}");
}
