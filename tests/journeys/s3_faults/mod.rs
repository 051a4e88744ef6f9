//! Everything that a network and a server can do wrong, and what the user gets from it.
//!
//! ```text
//! rows ─► amikit ─► fault proxy ─► S3 server     exit code? message? what is there, byte by byte?
//!            └────► the same again, no fault     ─► done, and everything is right
//! ```
//!
//! The outcomes are compared with the table in `docs/faults.md`, which `AMIKIT_BLESS=1` writes
//! anew. Each row has its own server and its own copy of the bundle; several run at once, since
//! they mostly wait.

mod chunks;
mod deletes;
mod downloads;
mod uploads;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use amikit::units::Bytes;

use crate::support::faults::{Fault, FaultProxy};
use crate::support::image;
use crate::support::s3_server::{KEYS, S3Server, digests, environment};
use crate::support::sandbox::{FIXED_KEY, Outcome, Sandbox};

/// One fault. Those of uploads meet an empty server, those of downloads a whole bundle on it.
pub struct Row {
    /// What happens.
    pub fault: &'static str,
    /// Exit code.
    pub exit: i32,
    /// Options besides [`OPTIONS`].
    pub options: &'static [&'static str],
    /// Makes it happen.
    pub arrange: fn(&Stage),
}

/// One request at a time, two repetitions, and no long waiting.
const OPTIONS: [&str; 9] = [
    "-b",
    "images",
    "--jobs",
    "1",
    "--retries",
    "2",
    "--timeout",
    "2",
    "--no-progress",
];

/// Rows that run at once.
const AT_ONCE: usize = 4;

/// The part that faults are done to: the second of four.
pub const PART: &str = "golden.part.01";
/// The manifest.
pub const MANIFEST: &str = "golden.manifest.xml";

/// A server behind a proxy, and the folder of a bundle.
pub struct Stage {
    sandbox: Sandbox,
    server: S3Server,
    proxy: FaultProxy,
    command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Upload,
    Download,
    Delete,
}

impl Stage {
    fn new(bundle: &Path, command: Command) -> Self {
        let sandbox = Sandbox::new("fault");
        let server = S3Server::start(&sandbox);
        let proxy = FaultProxy::start(server.address());
        let stage = Self {
            sandbox,
            server,
            proxy,
            command,
        };
        copy(bundle, &stage.sandbox.folder("bundle"));
        if command != Command::Upload {
            stage.run(Command::Upload, &[]).succeeded();
            stage.proxy.reset();
        }
        if command == Command::Download {
            fs::create_dir(stage.sandbox.path("back")).expect("create a folder");
        }
        stage
    }

    /// Does `fault` to the `which`-th requests of `method` with `path` in their path.
    pub fn fault(
        &self,
        method: &'static str,
        path: &str,
        which: std::ops::RangeInclusive<usize>,
        fault: Fault,
    ) {
        self.proxy.fault(method, path, which, fault);
    }

    /// The server.
    pub fn server(&self) -> &S3Server {
        &self.server
    }

    fn run(&self, command: Command, options: &[&str]) -> Outcome {
        let names: &[&str] = match command {
            Command::Upload => &["upload-bundle", "-m", "bundle/golden.manifest.xml"],
            Command::Download => &["download-bundle", "-m", MANIFEST, "-d", "back"],
            Command::Delete => &["delete-bundle", "-p", "golden", "--yes"],
        };
        let variables = environment(&self.proxy.url(), KEYS);
        let variables: Vec<_> = variables.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let arguments = names.iter().chain(&OPTIONS).chain(options);
        self.sandbox.run_with(arguments, &variables)
    }

    /// What is at the end of the way: the server's objects, or the files here that have a name
    /// of their own.
    fn arrived(&self) -> BTreeMap<String, String> {
        let mut found = match self.command {
            Command::Upload | Command::Delete => self.server.objects("images"),
            Command::Download => digests(&self.sandbox.path("back")),
        };
        found.retain(|name, _| !name.starts_with('.'));
        found
    }

    fn wanted(&self) -> BTreeMap<String, String> {
        digests(&self.sandbox.path("bundle"))
            .into_iter()
            .filter(|(name, _)| !name.starts_with('.'))
            .collect()
    }

    /// Whether all is as it is after the command went well.
    fn is_done(&self) -> bool {
        let arrived = self.arrived();
        match self.command {
            Command::Upload | Command::Download => arrived == self.wanted(),
            Command::Delete => arrived.is_empty(),
        }
    }

    /// How many requests for parts or their chunks there were: put, got or deleted.
    fn transfers(&self) -> usize {
        let method = match self.command {
            Command::Upload => "PUT",
            Command::Download => "GET",
            Command::Delete => "DELETE",
        };
        let passed = self.proxy.passed();
        // `PUT …?acl` moves no data.
        let is_part = |path: &str| {
            path.contains("/golden.part.") && (!path.contains('?') || path.contains("partNumber="))
        };
        passed
            .iter()
            .filter(|one| one.method == method && is_part(&one.path))
            .count()
    }
}

/// What a row came to.
struct Verdict {
    /// Its line of the table.
    line: String,
    /// What should not have been.
    wrong: Vec<String>,
}

#[test]
fn no_fault_loses_a_byte_and_each_is_told_as_it_is() {
    let sandbox = Sandbox::new("faults");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(7));
    let mut options = vec!["--part-size", "1m"];
    options.extend(FIXED_KEY);
    let bundle = sandbox.bundle(&image, "bundle", &options);
    assert_eq!(bundle.parts().len(), 4);
    let image = image::incompressible(&sandbox.path("large.img"), Bytes::mib(40));
    options[1] = "64m";
    let large = sandbox.bundle(&image, "large", &options);
    assert_eq!(large.parts().len(), 1);
    let mut table = String::from(
        "# What faults of the network and of the server get\n\n\
         Made by `tests/journeys/s3_faults/` (`make bless`). Every line is a run of amikit with \
         `--jobs 1 --retries 2 --timeout 2` against a server behind a proxy that does the fault \
         to a bundle of four parts, or of one part that goes in three chunks. Afterwards the \
         objects (of an upload, of a deletion) or the files (of a download) were compared by \
         SHA-1 with what they should be: those that are there were right. After an upload \
         or a download, the manifest was there only if all else was. The same command without \
         the fault then ended well, with everything there; of a deletion, with nothing.\n",
    );
    let mut wrong = Vec::new();
    let groups = [
        ("Uploads", Command::Upload, uploads::ROWS, &bundle),
        ("Uploads in chunks", Command::Upload, chunks::ROWS, &large),
        ("Downloads", Command::Download, downloads::ROWS, &bundle),
        ("Deletions", Command::Delete, deletes::ROWS, &bundle),
    ];
    for (title, command, rows, bundle) in groups {
        write!(
            table,
            "\n## {title}\n\n| fault | message and hint | exit | there then | requests for \
             parts | in the run after |\n|---|---|---|---|---|---|\n"
        )
        .expect("write to a string");
        for verdict in judge_all(rows, command, &bundle.folder) {
            table.push_str(&verdict.line);
            wrong.extend(verdict.wrong);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    compare(&table);
}

/// Judges rows, several at once; returns their verdicts in order.
fn judge_all(rows: &[Row], command: Command, bundle: &Path) -> Vec<Verdict> {
    let next = AtomicUsize::new(0);
    let lines = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((number, row)) = {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    rows.get(number).map(|row| (number, row))
                } {
                    let verdict = judge(row, command, bundle);
                    lines.lock().expect("the lines").insert(number, verdict);
                }
            });
        }
    });
    lines
        .into_inner()
        .expect("the lines")
        .into_values()
        .collect()
}

/// Runs a row, and compares what arrived with what should.
fn judge(row: &Row, command: Command, bundle: &Path) -> Verdict {
    let stage = Stage::new(bundle, command);
    (row.arrange)(&stage);

    let outcome = stage.run(command, row.options);

    let told = told(&outcome, &stage);
    let mut wrong = Vec::new();
    if outcome.status != Some(row.exit) {
        let exit = row.exit;
        wrong.push(format!("exit {:?}, not {exit}", outcome.status));
    }
    let (arrived, wanted) = (stage.arrived(), stage.wanted());
    let is_right = |(name, digest): &(&String, &String)| wanted.get(*name) == Some(*digest);
    let right = arrived.iter().filter(is_right).count();
    if right < arrived.len() {
        wrong.push(format!("other bytes are there: {arrived:?}"));
    }
    let manifest_last = command != Command::Delete && arrived.contains_key(MANIFEST);
    if (row.exit == 0 && !stage.is_done()) || (manifest_last && arrived != wanted) {
        wrong.push(format!("not all is there: {arrived:?}"));
    }
    let transfers = stage.transfers();

    stage.proxy.reset();
    // What is deleted cannot be deleted again: without the manifest nobody knows what it was.
    let again = if command == Command::Delete && stage.is_done() {
        "–".to_owned()
    } else {
        let after = stage.run(command, &[]);
        if after.status != Some(0) || !stage.is_done() {
            wrong.push(format!("the run after does not help: {}", after.stderr));
        }
        stage.transfers().to_string()
    };
    let there = match right {
        0 => "nothing".to_owned(),
        count if command == Command::Delete => format!("{count} of {} objects", wanted.len()),
        count if count == wanted.len() => "everything".to_owned(),
        count => format!("{count} of {} parts", wanted.len() - 1),
    };
    let (fault, exit) = (row.fault, row.exit);
    let told_wrong = |what| format!("{fault}: {what} ({told})");
    Verdict {
        wrong: wrong.into_iter().map(told_wrong).collect(),
        line: format!("| {fault} | {told} | {exit} | {there} | {transfers} | {again} |\n"),
    }
}

/// The message and the hint, without the places of this run.
fn told(outcome: &Outcome, stage: &Stage) -> String {
    let lines = outcome.stderr.lines();
    let wanted = lines.filter_map(|line| {
        let message = line.strip_prefix("amikit: ");
        message.or_else(|| line.strip_prefix("hint: "))
    });
    let text = wanted.collect::<Vec<_>>().join("<br>");
    let host = stage.proxy.url();
    let host = host.trim_start_matches("http://");
    let text = text
        .replace(&*stage.sandbox.path("").to_string_lossy(), "")
        .replace(host, "HOST")
        .replace('|', "\\|");
    if text.is_empty() {
        "–".to_owned()
    } else {
        text
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("list a bundle") {
        let entry = entry.expect("list a bundle");
        let target: PathBuf = to.join(entry.file_name());
        fs::copy(entry.path(), target).expect("copy a bundle");
    }
}

fn compare(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    if std::env::var_os("AMIKIT_BLESS").is_some() {
        fs::write(&path, table).expect("write the table");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        golden == table,
        "docs/faults.md is not up to date: make bless, and read the diff\n{table}"
    );
}
