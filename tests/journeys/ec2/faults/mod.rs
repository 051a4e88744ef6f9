//! Everything that a network and an EC2 can do wrong, and what the user gets from it.
//!
//! ```text
//! rows ─► amikit ─► fault proxy ─► EC2 that answers as it is told     exit code? message? done?
//! ```
//!
//! The outcomes are compared with the table in `docs/faults-ec2.md`, which `AMIKIT_BLESS=1`
//! writes anew. A list may be asked for as often as one likes; a snapshot must never be made
//! twice.

mod rows;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use amikit::units::Timestamp;

use crate::support::ec2_server::{Answer, Ec2Server};
use crate::support::faults::{Fault, FaultProxy};
use crate::support::s3_server::{KEYS, environment};
use crate::support::sandbox::{Outcome, Sandbox};

/// One fault.
pub struct Row {
    /// What happens.
    pub fault: &'static str,
    /// In which command.
    pub command: Command,
    /// Exit code.
    pub exit: i32,
    /// Makes it happen.
    pub arrange: fn(&Stage),
}

/// What is asked of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// A list.
    List,
    /// Something that must not be done twice.
    Make,
}

impl Command {
    fn action(self) -> &'static str {
        match self {
            Self::List => "DescribeVolumes",
            Self::Make => "CreateSnapshot",
        }
    }

    fn words(self) -> &'static [&'static str] {
        match self {
            Self::List => &["describe-volumes"],
            Self::Make => &["create-snapshot", "vol-0123456789abcdef0"],
        }
    }

    /// What a good service answers.
    pub fn good(self) -> Answer {
        let case = match self {
            Self::List => "aws",
            Self::Make => "eucalyptus",
        };
        Answer::fixture(self.action(), case)
    }
}

/// Two repetitions, and no long waiting.
const OPTIONS: [&str; 4] = ["--retries", "2", "--timeout", "2"];

/// Rows that run at once: they mostly wait.
const AT_ONCE: usize = 4;

/// A server behind a proxy.
pub struct Stage {
    sandbox: Sandbox,
    server: Ec2Server,
    proxy: FaultProxy,
    command: Command,
}

impl Stage {
    fn new(command: Command) -> Self {
        let server = Ec2Server::start();
        let proxy = FaultProxy::start(server.address());
        Self {
            sandbox: Sandbox::new("ec2-fault"),
            server,
            proxy,
            command,
        }
    }

    /// The service answers so, one after the other; the last is repeated.
    pub fn says(&self, answers: impl IntoIterator<Item = Answer>) {
        for answer in answers {
            self.server.answer(self.command.action(), answer);
        }
    }

    /// The service's good answer.
    pub fn good(&self) -> Answer {
        self.command.good()
    }

    /// Does `fault` to the `which`-th requests.
    pub fn fault(&self, which: std::ops::RangeInclusive<usize>, fault: Fault) {
        self.says([self.good()]);
        self.proxy.fault("POST", "/services/compute", which, fault);
    }

    fn run(&self) -> Outcome {
        let url = format!("{}/services/compute", self.proxy.url());
        let mut variables = environment(&url, KEYS);
        variables.push(("EC2_URL", url));
        let variables: Vec<_> = variables.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let words = self.command.words().iter().chain(&OPTIONS);
        self.sandbox.run_with(words, &variables)
    }

    /// The message and the hint, without the places of this run.
    fn told(&self, outcome: &Outcome) -> String {
        let lines = outcome.stderr.lines();
        let wanted = lines.filter_map(|line| {
            let message = line.strip_prefix("amikit: ");
            message.or_else(|| line.strip_prefix("hint: "))
        });
        let text = wanted.collect::<Vec<_>>().join("<br>");
        let host = self.proxy.url();
        let text = text.replace(host.trim_start_matches("http://"), "HOST");
        if text.is_empty() {
            return "–".to_owned();
        }
        text.replace('<', "&lt;")
            .replace("&lt;br>", "<br>")
            .replace('|', "\\|")
    }
}

/// A date header so many seconds from now.
pub fn date_in(seconds: i64) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970");
    let now = i64::try_from(now.as_secs()).expect("a clock before the end of time");
    format!("Date: {}", Timestamp(now + seconds).http_date())
}

/// What a row came to.
struct Verdict {
    line: String,
    wrong: Option<String>,
}

#[test]
fn no_fault_does_anything_twice_and_each_is_told_as_it_is() {
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((number, row)) = {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    rows::ROWS.get(number).map(|row| (number, row))
                } {
                    let verdict = judge(row);
                    verdicts
                        .lock()
                        .expect("the verdicts")
                        .insert(number, verdict);
                }
            });
        }
    });
    let mut table = String::from(
        "# What faults of the network and of EC2 get\n\n\
         Made by `tests/journeys/ec2/faults/` (`make bless`). Every line is a run of amikit with \
         `--retries 2 --timeout 2` against a server that answers as the line says, or behind a \
         proxy that does the fault. A list (`describe-volumes`) may be asked for again; a \
         snapshot (`create-snapshot`) must not be made twice, and was made as often as the last \
         column says.\n\n\
         | fault | command | message and hint | exit | requests | done |\n\
         |---|---|---|---|---|---|\n",
    );
    let verdicts = verdicts.into_inner().expect("the verdicts");
    let mut wrong = Vec::new();
    for verdict in verdicts.into_values() {
        table.push_str(&verdict.line);
        wrong.extend(verdict.wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    compare(&table);
}

fn judge(row: &Row) -> Verdict {
    let stage = Stage::new(row.command);
    (row.arrange)(&stage);

    let outcome = stage.run();

    let told = stage.told(&outcome);
    let requests = stage.proxy.passed().len();
    // An answer in the service's good words is what makes a request one that was done.
    let good = stage.good().body;
    let done = stage
        .server
        .answered(|answer| answer.status == 200 && answer.body == good);
    let command = row.command.words()[0];
    let is_right = outcome.status == Some(row.exit)
        && (row.command == Command::List || done <= 1)
        && (row.exit == 0) != outcome.stdout.is_empty();
    let mut line = String::new();
    let shown = match row.command {
        Command::List => "–".to_owned(),
        Command::Make => done.to_string(),
    };
    let (fault, exit) = (row.fault, row.exit);
    writeln!(
        line,
        "| {fault} | {command} | {told} | {exit} | {requests} | {shown} |"
    )
    .expect("write to a string");
    Verdict {
        line,
        wrong: (!is_right).then(|| {
            format!(
                "{fault}: exit {:?}, done {done}: {}",
                outcome.status, outcome.stderr
            )
        }),
    }
}

fn compare(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults-ec2.md");
    if std::env::var_os("AMIKIT_BLESS").is_some() {
        fs::write(&path, table).expect("write the table");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == table,
        "docs/faults-ec2.md is not up to date: make bless, and read the diff\n{table}"
    );
}
