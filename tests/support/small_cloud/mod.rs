//! The small cloud itself: `amikit-cloud` as a process, with a database and a store to choose.
//!
//! ```text
//!            ┌► SANDBOX/cloud-data/…db (SQLite)     ┌► SANDBOX/cloud-data/… (directory)
//! amikit-cloud                          and objects │
//!            └► a database of support::postgres     └► S3Server of support, bucket cloud-objects
//! ```
//!
//! What it says goes to `SANDBOX/cloud.log`, and to the test's output if the test fails. A cloud
//! that is dropped is killed.

mod kind;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use amikit::cloud::state::State;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

pub use kind::{Address, Database, Kind, Store};

use super::postgres;
use super::s3_server::{S3Server, environment};
use super::sandbox::{Outcome, Sandbox};

/// Longest time to start or to stop, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(1);

/// The bucket of the S3 that objects are kept in.
const OBJECTS: &str = "cloud-objects";

/// Runs a test with each database and each store. A failure tells which.
pub fn every_combination(name: &str, test: impl Fn(&Sandbox, &mut SmallCloud)) {
    for (number, kind) in Kind::ALL.into_iter().enumerate() {
        let sandbox = Sandbox::new(&format!("{name}-{number}"));
        let mut cloud = SmallCloud::of(&sandbox, kind).start();
        test(&sandbox, &mut cloud);
        cloud.stop();
    }
}

/// A cloud that is about to start.
pub struct Builder<'a> {
    sandbox: &'a Sandbox,
    kind: Kind,
    options: Vec<OsString>,
}

/// A cloud: running, or between [`SmallCloud::kill`] and [`SmallCloud::restart`].
pub struct SmallCloud {
    kind: Kind,
    command: Command,
    /// The options that say which cloud it is.
    place: Vec<OsString>,
    process: Option<Child>,
    data: PathBuf,
    database: String,
    log: PathBuf,
    told: Value,
    keys: (String, String),
    /// What holds the objects, if a folder does not; it goes when the cloud does.
    backing: Option<S3Server>,
}

impl Builder<'_> {
    /// Gives `amikit-cloud up` more options.
    pub fn options<I>(mut self, options: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        self.options.extend(options.into_iter().map(Into::into));
        self
    }

    /// Starts the cloud; it listens when this returns.
    #[track_caller]
    pub fn start(self) -> SmallCloud {
        let data = self.sandbox.path("cloud-data");
        let log = self.sandbox.path("cloud.log");
        let mut command = self.sandbox.command(env!("CARGO_BIN_EXE_amikit-cloud"));
        let mut place = vec!["--data".into(), data.clone().into_os_string()];
        let Kind(database, store) = self.kind;
        let url = match database {
            Database::Sqlite => State::url_below(&data),
            Database::Postgres => postgres::database(),
        };
        if database == Database::Postgres {
            place.extend(["--database".into(), url.clone().into()]);
        }
        let backing = (store == Store::S3).then(|| {
            self.sandbox.folder(&format!("s3/{OBJECTS}"));
            S3Server::start(self.sandbox)
        });
        if let Some(backing) = &backing {
            let url = format!("s3://{OBJECTS}/walrus");
            place.extend(["--objects".into(), url.into()]);
            command.envs(outer(backing));
        }
        command.args(["up", "--port", "0", "--output", "json"]);
        command.args(&place).args(self.options);
        let mut cloud = SmallCloud {
            kind: self.kind,
            command,
            place,
            process: None,
            data,
            database: url,
            log,
            told: Value::Null,
            keys: (String::new(), String::new()),
            backing,
        };
        cloud.restart();
        cloud
    }
}

impl SmallCloud {
    /// Starts one with SQLite and a directory.
    #[track_caller]
    pub fn start(sandbox: &Sandbox) -> Self {
        Self::of(sandbox, Kind::DEFAULT).start()
    }

    /// One with this database and store, still to be started.
    pub fn of(sandbox: &Sandbox, kind: Kind) -> Builder<'_> {
        Builder {
            sandbox,
            kind,
            options: Vec::new(),
        }
    }

    /// Starts it again after [`Self::kill`] or [`Self::stop`], on other ports, with the same data.
    #[track_caller]
    pub fn restart(&mut self) {
        assert!(self.process.is_none(), "the cloud runs");
        let log = File::options().create(true).append(true).open(&self.log);
        self.command
            .stdout(Stdio::piped())
            .stderr(log.expect("open the log"));
        let mut process = self.command.spawn().expect("start amikit-cloud");
        let output = process.stdout.take().expect("its output is a pipe");
        self.process = Some(process);
        let line = first_line(output);
        self.told = serde_json::from_str(&line).unwrap_or_else(|error| {
            panic!("amikit-cloud tells {line:?} instead of where it listens: {error}")
        });
        let eucarc = fs::read_to_string(self.credentials().join("eucarc")).expect("read eucarc");
        let exported = |name| exported(&eucarc, name).expect("eucarc has both keys");
        self.keys = (exported("EC2_ACCESS_KEY"), exported("EC2_SECRET_KEY"));
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        let process = self.process.as_ref();
        process.expect("a cloud that runs").id()
    }

    /// Ends it as a power failure would.
    #[track_caller]
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("the cloud runs");
        process.kill().expect("kill the cloud");
        process.wait().expect("wait for the cloud");
    }

    /// Asks it to end; asserts that it did, and was content.
    #[track_caller]
    pub fn stop(&mut self) {
        let mut process = self.process.take().expect("the cloud runs");
        let status = terminate(&mut process);
        if status.is_none() {
            let _ = process.kill(); // so that it does not outlive the failing test
            let _ = process.wait();
        }
        let status = status.expect("the cloud ends within a minute of SIGTERM");
        assert_eq!(status.code(), Some(0), "the cloud's log:\n{}", self.log());
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("the cloud runs");
        kill_process(Pid::from_child(process), signal).expect("signal the cloud");
    }

    /// Waits for its end. None if it goes on.
    pub fn ends_within(&mut self, time: Duration) -> Option<ExitStatus> {
        let process = self.process.as_mut().expect("the cloud runs");
        ends_within(process, time)
    }

    /// Database and store.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The URL of its database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The administrator's credentials folder.
    pub fn credentials(&self) -> PathBuf {
        PathBuf::from(self.said("credentials"))
    }

    /// The administrator's access key and secret.
    pub fn keys(&self) -> (&str, &str) {
        (&self.keys.0, &self.keys.1)
    }

    /// What holds the objects of a cloud with [`Store::S3`].
    pub fn backing(&self) -> Option<&S3Server> {
        self.backing.as_ref()
    }

    /// What it told when it started: `cloud`, `s3`, `tls`, `walrus`, `credentials`.
    pub fn said(&self, name: &str) -> &str {
        self.told[name].as_str().expect("the cloud tells it")
    }

    /// The URL of an address, without a slash at the end.
    pub fn url(&self, address: Address) -> String {
        match address {
            Address::Root => self.said("s3").to_owned(),
            Address::Walrus => self.said("walrus").to_owned(),
            Address::ObjectStorage => format!("{}/services/objectstorage", self.said("cloud")),
            Address::Tls => format!("{}/services/Walrus", self.said("tls")),
            Address::Domain => self.said("cloud").replace("127.0.0.1", "localhost"),
        }
    }

    /// The environment of a client of this cloud at an address, with the administrator's keys.
    pub fn environment(&self, address: Address) -> Vec<(&'static str, String)> {
        let mut variables = environment(&self.url(address), self.keys());
        if address == Address::Tls {
            let authority = self.credentials().join("tls-ca.pem");
            let authority = authority.to_str().expect("a path in UTF-8").to_owned();
            variables.push(("AWS_CA_BUNDLE", authority));
        }
        variables
    }

    /// Runs amikit as a client of this cloud.
    pub fn run(&self, sandbox: &Sandbox, address: Address, arguments: &[&str]) -> Outcome {
        let variables = self.environment(address);
        let variables: Vec<_> = variables.iter().map(|(k, v)| (*k, v.as_str())).collect();
        sandbox.run_with(arguments, &variables)
    }

    /// Runs another command of `amikit-cloud` for this cloud, which may be running.
    pub fn administer(&self, sandbox: &Sandbox, words: &[&str]) -> Outcome {
        let mut command = sandbox.command(env!("CARGO_BIN_EXE_amikit-cloud"));
        command.args(words).args(&self.place);
        if let Some(backing) = &self.backing {
            command.envs(outer(backing));
        }
        Outcome::of(command.output().expect("run amikit-cloud"))
    }

    /// What it said so far, over all its starts.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for SmallCloud {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill(); // it may have gone already
            let _ = process.wait();
        }
        if thread::panicking() {
            #[expect(clippy::print_stderr, reason = "the harness shows it with the failure")]
            {
                eprintln!("the cloud ({}) said:\n{}", self.kind, self.log());
            }
        }
    }
}

/// The S3 that objects are kept in, in the variables of the cloud.
fn outer(backing: &S3Server) -> [(&'static str, String); 3] {
    let variables = backing.environment();
    let value = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    [
        ("AMIKIT_CLOUD_OBJECTS_ENDPOINT", value("S3_URL")),
        (
            "AMIKIT_CLOUD_OBJECTS_ACCESS_KEY_ID",
            value("AWS_ACCESS_KEY_ID"),
        ),
        (
            "AMIKIT_CLOUD_OBJECTS_SECRET_ACCESS_KEY",
            value("AWS_SECRET_ACCESS_KEY"),
        ),
    ]
}

/// The first line of a program's output; empty if it ends, or takes too long.
fn first_line(output: impl std::io::Read + Send + 'static) -> String {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = String::new();
        let read = output.read_line(&mut line).map(|_| line);
        let _ = sender.send(read.unwrap_or_default()); // nobody may wait any more
        let _ = std::io::copy(&mut output, &mut std::io::sink()); // a full pipe would stop it
    });
    receiver.recv_timeout(PATIENCE).unwrap_or_default()
}

/// Sends SIGTERM, and waits. None if the process goes on for a minute.
fn terminate(process: &mut Child) -> Option<ExitStatus> {
    let pid = Pid::from_child(process);
    kill_process(pid, Signal::TERM).expect("signal the cloud");
    ends_within(process, PATIENCE)
}

/// Waits for a process. None if it goes on.
fn ends_within(process: &mut Child, time: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + time;
    loop {
        let status = process.try_wait().expect("wait for the cloud");
        if status.is_some() || Instant::now() >= until {
            return status;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// The value that a shell script exports under a name.
fn exported(script: &str, name: &str) -> Option<String> {
    let mut lines = script.lines();
    let value = lines.find_map(|line| {
        line.strip_prefix("export ")?
            .strip_prefix(name)?
            .strip_prefix('=')
    })?;
    Some(value.trim_matches(['\'', '"']).to_owned())
}
