//! What there is of S3, in docs/walrus-api.md: made of the tables of operations and of what they
//! need, so that the page cannot say anything else than the program does.
//!
//! ```text
//! OPERATIONS ──┬─► S3 has a way to ask for it ─► request, what it needs
//! NEEDS ───────┘
//! ELSEWHERE ─────► what is not here ─► answers to GET and DELETE, NotImplemented to the rest
//! ```

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use amikit::cloud::walrus::acl::needs::Need;
use amikit::cloud::walrus::operations::OPERATIONS;
use amikit::cloud::walrus::route::{ELSEWHERE, Mark, Operation, Subject};

const HEAD: &str = "\
# What Walrus has of S3

Generated from the tables of operations and of what they need; `make bless` renews it.
[formats/s3.md](formats/s3.md) says how requests and answers look, and where they differ from AWS'.

* **request**: what tells the operation apart from others. Any order of parameters, and others beside
  them, are fine; the operation that asks for most of them is the one.
* **needs**: what the caller must have. Administrators have everything; the owner of a bucket or object
  has every permission on it. A copy needs READ on its source, too.
";

const ABSENT: &str = "
## What is not here

Of these sub-resources a bucket or object never has one. Questions of clients that ask without being
told to are answered as S3 answers them for a bucket on which it was never set; taking it away does
nothing, and succeeds. Everything else about them, setting above all, is `NotImplemented`: nobody
shall rely on what is not kept.

| sub-resource | asked for | taken away |
|---|---|---|
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether it is about something that is not here.
fn is_absent(operation: &Operation) -> bool {
    let about = |mark: &Mark| matches!(mark, Mark::Parameter(name) if ELSEWHERE.contains(name));
    operation.marks.iter().any(about)
}

/// How it is asked for.
fn request(operation: &Operation) -> String {
    let place = match operation.subject {
        Subject::Service => "/",
        Subject::Bucket => "/BUCKET",
        Subject::Object => "/BUCKET/KEY",
    };
    let mut parameters = Vec::new();
    let mut headers = String::new();
    for mark in operation.marks {
        match mark {
            Mark::Parameter(name) => parameters.push((*name).to_owned()),
            Mark::Value(name, value) => parameters.push(format!("{name}={value}")),
            Mark::Header(name) => {
                let _ = write!(headers, ", `{name}`");
            }
        }
    }
    let query = match parameters.len() {
        0 => String::new(),
        _ => format!("?{}", parameters.join("&")),
    };
    format!("`{} {place}{query}`{headers}", operation.method)
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    let subjects = [
        ("The service", Subject::Service),
        ("Buckets", Subject::Bucket),
        ("Objects and uploads", Subject::Object),
    ];
    for (title, subject) in subjects {
        let _ = write!(
            page,
            "\n## {title}\n\n| operation | request | needs |\n|---|---|---|\n"
        );
        let mut there: Vec<_> = OPERATIONS
            .iter()
            .filter(|operation| operation.subject == subject && !is_absent(operation))
            .collect();
        there.sort_by_key(|operation| operation.name);
        for operation in there {
            let need = Need::of(operation.name).map_or(String::new(), |need| need.to_string());
            let _ = writeln!(
                page,
                "| {} | {} | {need} |",
                operation.name,
                request(operation)
            );
        }
    }
    page.push_str("\n`OPTIONS` is answered by the bucket's CORS rules, without a signature.\n");
    page.push_str(ABSENT);
    for name in ELSEWHERE {
        let answered = |method: &str| {
            let mut operations = OPERATIONS
                .iter()
                .filter(|operation| operation.method == method);
            let about = |mark: &Mark| matches!(mark, Mark::Parameter(it) if *it == name);
            let found = operations.find(|operation| operation.marks.iter().any(about));
            found.map_or("", |operation| operation.name)
        };
        let _ = writeln!(
            page,
            "| `{name}` | {} | {} |",
            answered("GET"),
            answered("DELETE")
        );
    }
    page
}

/// The sources of the tests of the API; each with its folder's mod.rs, whose functions it calls.
fn tests(folder: &Path) -> Vec<String> {
    let shared = fs::read_to_string(folder.join("mod.rs")).expect("read what tests share");
    let entries = fs::read_dir(folder).expect("list the tests of the API");
    let paths = entries.map(|entry| entry.expect("list the tests of the API").path());
    let texts = paths.flat_map(|path: PathBuf| {
        if path.is_dir() {
            return tests(&path);
        }
        vec![fs::read_to_string(path).expect("read a test") + &shared]
    });
    texts.collect()
}

/// Whether a test has a call of its method and the words that tell it apart. Only a test that
/// runs can tell more; this one finds operations that nobody has thought of.
fn is_called(operation: &Operation, text: &str) -> bool {
    let call = format!(".{}(", operation.method.to_ascii_lowercase());
    let stands = |name: &str| {
        ["\"NAME\"", "?NAME", "&NAME", "}NAME="]
            .iter()
            .any(|form| text.contains(&form.replace("NAME", name)))
    };
    text.contains(&call)
        && operation.marks.iter().all(|mark| match mark {
            Mark::Parameter(name) | Mark::Header(name) => stands(name),
            Mark::Value(name, value) => {
                stands(&format!("{name}={value}")) || (stands(name) && stands(value))
            }
        })
}

/// With `AMIKIT_BLESS=1` the page is written instead.
#[test]
fn the_page_has_every_operation() {
    let path = root().join("docs/walrus-api.md");
    let page = page();
    if std::env::var_os("AMIKIT_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, &page).expect("write the page");
    }

    let written = fs::read_to_string(&path).unwrap_or_default();

    assert!(
        written == page,
        "docs/walrus-api.md is out of date: run make bless"
    );
}

#[test]
fn every_operation_says_what_it_needs() {
    let silent = |operation: &&Operation| Need::of(operation.name).is_none();

    let silent: Vec<_> = OPERATIONS
        .iter()
        .filter(silent)
        .map(|operation| operation.name)
        .collect();

    assert_eq!(silent, Vec::<&str>::new());
}

#[test]
fn every_operation_is_called_by_a_test_of_the_api() {
    let texts = tests(&root().join("tests/api/walrus"));
    let idle = |operation: &&Operation| !texts.iter().any(|text| is_called(operation, text));

    let idle: Vec<_> = OPERATIONS
        .iter()
        .filter(idle)
        .map(|operation| operation.name)
        .collect();

    assert_eq!(idle, Vec::<&str>::new());
}

#[test]
fn no_two_operations_have_one_name_or_one_request() {
    for read in [|operation: &Operation| operation.name.to_owned(), request] {
        let mut all: Vec<_> = OPERATIONS.iter().map(read).collect();
        all.sort();
        let count = all.len();

        all.dedup();

        assert_eq!(all.len(), count);
    }
}
