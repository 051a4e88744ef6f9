//! A client's round through the operations of `tests/support/walrus/operations.txt`.

use std::collections::BTreeMap;
use std::fs;

use crate::support::peers::{client, support_file};
use crate::support::sandbox::Sandbox;
use crate::support::small_cloud::{Address, Kind, SmallCloud};

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The client did it.
    Done,
    /// The client did not, and said why.
    Failed(String),
    /// The client has no such operation, or its round leaves it out.
    NotApplicable,
}

/// An operation and its verdict, for every operation.
pub type Round = BTreeMap<String, Verdict>;

/// A client, an address that it goes to, and how.
pub struct Client {
    /// The head of its column.
    pub title: &'static str,
    /// The driver, a script of `tests/support/walrus`.
    pub script: &'static str,
    /// What the driver is told.
    pub arguments: &'static [&'static str],
    /// Where it goes.
    pub address: Address,
}

impl Client {
    /// Takes it round a cloud.
    #[track_caller]
    pub fn round(&self, sandbox: &Sandbox, cloud: &SmallCloud) -> Round {
        let script = support_file(&format!("walrus/{}", self.script));
        let mut arguments = vec!["-B", script.as_str()];
        arguments.extend(self.arguments);
        let environment = cloud.environment(self.address);
        let outcome = client(sandbox, "python", &arguments, &environment);
        let lines = String::from_utf8(outcome.stdout.clone()).expect("lines in UTF-8");
        assert_eq!(
            outcome.status,
            Some(0),
            "the round of {} broke off:\n{lines}{}",
            self.title,
            outcome.stderr
        );
        read(&lines)
    }

    /// Takes it round clouds of these kinds, in turn; asserts that nothing failed.
    #[track_caller]
    pub fn succeeds(&self, kinds: &[Kind]) {
        for kind in kinds {
            let sandbox = Sandbox::new("walrus-client");
            let mut cloud = SmallCloud::of(&sandbox, *kind).start();
            let round = self.round(&sandbox, &cloud);
            nothing_failed(self.title, *kind, &round);
            cloud.stop();
        }
    }
}

/// Asserts that no operation of a round failed.
#[track_caller]
pub fn nothing_failed(title: &str, kind: Kind, round: &Round) {
    let failures: Vec<_> = round
        .iter()
        .filter_map(|(operation, verdict)| match verdict {
            Verdict::Failed(why) => Some(format!("{operation}: {why}")),
            Verdict::Done | Verdict::NotApplicable => None,
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{title} with {kind}, {} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// The headings and operations of the list, in order; a heading begins with `# `.
pub fn operations() -> Vec<String> {
    let path = support_file("walrus/operations.txt");
    let text = fs::read_to_string(path).expect("read the list of operations");
    let lines = text.lines().skip(1); // what the list is
    lines.map(str::to_owned).collect()
}

/// Reads a driver's lines; asserts that it told every operation once.
#[track_caller]
fn read(lines: &str) -> Round {
    let mut round = Round::new();
    for line in lines.lines() {
        let (operation, verdict) = if let Some(operation) = line.strip_prefix("ok ") {
            (operation, Verdict::Done)
        } else if let Some(operation) = line.strip_prefix("n/a ") {
            (operation, Verdict::NotApplicable)
        } else if let Some(failure) = line.strip_prefix("failed ") {
            let (operation, why) = failure.split_once(": ").expect("a reason");
            (operation, Verdict::Failed(why.to_owned()))
        } else {
            panic!("a driver says {line:?}");
        };
        let before = round.insert(operation.to_owned(), verdict);
        assert_eq!(before, None, "{operation} twice");
    }
    let operations = operations().into_iter();
    let missing: Vec<_> = operations
        .filter(|line| !line.starts_with("# ") && !round.contains_key(line))
        .collect();
    assert!(missing.is_empty(), "nothing said of {missing:?}");
    round
}
