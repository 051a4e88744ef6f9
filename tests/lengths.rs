//! A source file holds one idea: it is short, says what it is, and has a name that tells.

use std::fs;
use std::path::Path;

use crate::support::source_files;

/// Longest source file, in lines, its tests included.
const LONGEST: usize = 400;

/// Names of files that hold whatever nobody found a place for.
const DRAWERS: [&str; 8] = [
    "utils", "util", "helpers", "helper", "common", "manager", "misc", "mixins",
];

/// Words that promise work. Written apart, so that this file does not contain them.
const PROMISES: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
];

/// Every source file, with its path from the project's folder and its text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["src", "tests", "benches"].map(|folder| source_files(&root.join(folder)));
    files
        .into_iter()
        .flatten()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("read a source file");
            let inside = path.strip_prefix(root).expect("below the project");
            (inside.display().to_string(), text)
        })
        .collect()
}

#[test]
fn no_file_is_too_long() {
    let mut long = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > LONGEST {
            long.push(format!("{path} has {lines} lines, at most {LONGEST}"));
        }
    }

    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn every_file_begins_with_what_it_is_for() {
    let mut silent = Vec::new();
    for (path, text) in sources() {
        if path.ends_with("/tests.rs") {
            continue; // the tests of the module beside them, which has said it
        }
        let first = text.lines().find(|line| !line.starts_with("#!["));
        if !first.is_some_and(|line| line.starts_with("//! ")) {
            silent.push(path);
        }
    }

    assert!(silent.is_empty(), "no //! header: {silent:?}");
}

#[test]
fn no_file_is_a_drawer() {
    let mut drawers = Vec::new();
    for (path, _) in sources() {
        let is_drawer = |name: &str| DRAWERS.contains(&name.trim_end_matches(".rs"));
        if path.split('/').any(is_drawer) {
            drawers.push(path);
        }
    }

    assert!(drawers.is_empty(), "name what is inside: {drawers:?}");
}

#[test]
fn nothing_is_promised_for_later() {
    let mut promises = Vec::new();
    for (path, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            if PROMISES.iter().any(|word| line.contains(word)) {
                promises.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }

    assert!(promises.is_empty(), "{}", promises.join("\n"));
}

#[test]
fn nothing_is_unwrapped_outside_tests() {
    let mut unwrapped = Vec::new();
    for (path, text) in sources() {
        let is_test = path.starts_with("tests/") || path.contains("/tests");
        if is_test {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next();
        let code = code.unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let is_comment = line.trim_start().starts_with("//");
            if !is_comment && line.contains(".unwrap()") {
                unwrapped.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }

    assert!(unwrapped.is_empty(), "{}", unwrapped.join("\n"));
}
