//! Bad input of every kind: one clear error, the right exit code, nothing left behind, at once.
//!
//! ```text
//! rows ─► prepare ─► run ─► exit code? nothing new? quick? ─► docs/bad-inputs.md
//! ```
//!
//! The messages and hints are compared with the table in `docs/bad-inputs.md`, which
//! `AMIKIT_BLESS=1` writes anew.

mod cloud;
mod contents;
mod manifests;
mod outputs;
mod parts;
mod stops;
mod transfers;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::crafted::{self, Inside};
use crate::support::key;
use crate::support::sandbox::{Bundle, Sandbox, unbundle_arguments};

/// One bad input.
pub struct Row {
    /// What is wrong.
    pub wrong: &'static str,
    /// Exit code.
    pub exit: i32,
    /// Makes the bad thing and returns the arguments of amikit.
    pub prepare: fn(&Sandbox) -> Vec<OsString>,
}

/// Longest time that any bad input may take.
const LONGEST: Duration = Duration::from_secs(10);

#[test]
fn every_bad_input_gets_one_clear_error_and_leaves_nothing() {
    let groups = [
        ("Manifests", manifests::ROWS),
        ("Parts, keys and certificates", parts::ROWS),
        ("What is inside the parts", contents::ROWS),
        ("Images, options and places", outputs::ROWS),
        ("Uploading, downloading, deleting", transfers::ROWS),
    ];
    let mut table = String::from(
        "# What bad input gets\n\n\
         Made by `tests/journeys/bad_inputs/` (`make bless`); every line is a run of amikit that \
         left nothing behind. Small clouds that do not start leave at most their data directory, with \
         which the next start goes on.\n",
    );
    for (title, rows) in groups {
        write!(
            table,
            "\n## {title}\n\n| wrong | message and hint | exit |\n|---|---|---|\n"
        )
        .expect("write to a string");
        for row in rows {
            table.push_str(&judge(row));
        }
    }
    table.push_str(
        "\n## Starting the small cloud\n\n| wrong | message and hint | exit |\n|---|---|---|\n",
    );
    table.push_str(&cloud::lines());
    compare(&table);
}

/// Runs a row, asserts what can be, and returns its line of the table.
fn judge(row: &Row) -> String {
    let sandbox = Sandbox::new("bad");
    sandbox.folder("out");
    let arguments = (row.prepare)(&sandbox);
    let before = sandbox.listing();
    let started = Instant::now();

    let outcome = sandbox.run(&arguments);

    assert!(started.elapsed() < LONGEST, "{}: too slow", row.wrong);
    assert_eq!(
        outcome.status,
        Some(row.exit),
        "{}: {}",
        row.wrong,
        outcome.stderr
    );
    assert_eq!(sandbox.listing(), before, "{}: left behind", row.wrong);
    let lines = |start| {
        let found: Vec<_> = outcome
            .stderr
            .lines()
            .filter_map(move |line| line.strip_prefix(start))
            .collect();
        assert_eq!(found.len(), 1, "{}: {}", row.wrong, outcome.stderr);
        plain(found[0], &sandbox)
    };
    let (message, hint) = (lines("amikit: error: "), lines("hint: "));
    format!("| {} | {message}<br>{hint} | {} |\n", row.wrong, row.exit)
}

/// A line without the places and digests of this run, fit for a table.
fn plain(line: &str, sandbox: &Sandbox) -> String {
    let keys = key("");
    let keys = keys.to_string_lossy();
    let line = line
        .replace(&*sandbox.path("").to_string_lossy(), "")
        .replace(&*keys, "");
    let words: Vec<_> = line.split(' ').map(without_digest).collect();
    let line = words.join(" ");
    let escaped = line.replace('|', "\\|").replace('<', "&lt;");
    escaped.replace("&lt;br>", "<br>")
}

fn without_digest(word: &str) -> &str {
    let bare = word.trim_end_matches(',');
    let is_digest = bare.len() == 40 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { "…" } else { word }
}

fn compare(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bad-inputs.md");
    if std::env::var_os("AMIKIT_BLESS").is_some() {
        fs::write(&path, table).expect("write the table");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == table,
        "docs/bad-inputs.md is not up to date: make bless, and read the diff\n{table}"
    );
}

/// A good bundle of one part, to be damaged.
fn good(sandbox: &Sandbox) -> Bundle {
    let mut tar = crafted::member(b'0', 1000, &[7; 1000]);
    tar.extend([0; 1024]);
    crafted::bundle(sandbox, "bundle", &Inside::Tar(&tar), 1000)
}

/// The only part of a crafted bundle.
fn part(bundle: &Bundle) -> PathBuf {
    bundle.folder.join("golden.part.00")
}

/// `unbundle` with the signature checked.
fn unbundle(sandbox: &Sandbox, bundle: &Bundle) -> Vec<OsString> {
    let mut arguments = unbundle_arguments(&bundle.manifest, &sandbox.path("out"));
    arguments.extend(["-c".into(), key("euca-user.crt").into()]);
    arguments
}
