//! Other people's S3 programs: a moto server, and awscli, boto3 and s3cmd as clients.
//!
//! `scripts/peers` installs them in `target/peers`; whoever needs them first calls it. That they
//! cannot be installed fails the test: a journey with other people's programs is never skipped.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use super::s3_server::{KEYS, environment};
use super::sandbox::{Outcome, Sandbox};

/// A program of `target/peers`: `aws`, `s3cmd`, `python`.
pub fn peer(program: &str) -> PathBuf {
    static MADE: OnceLock<bool> = OnceLock::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = MADE.get_or_init(|| {
        let status = Command::new(root.join("scripts/peers")).status();
        status.is_ok_and(|status| status.success())
    });
    assert!(
        made,
        "other people's S3 programs are missing: run `make peers`"
    );
    root.join("target/peers/bin").join(program)
}

/// Runs a program of `target/peers` in the sandbox as a client of an S3.
#[track_caller]
pub fn client(
    sandbox: &Sandbox,
    program: &str,
    arguments: &[&str],
    environment: &[(&str, String)],
) -> Outcome {
    let mut command = sandbox.command(peer(program));
    let variables = environment.iter().map(|(name, value)| (name, value));
    command.args(arguments).envs(variables);
    Outcome::of(command.output().expect("run a client"))
}

/// Every object of a bucket with its SHA-1 in hex, as boto3 reads them.
#[track_caller]
pub fn objects_by_boto3(
    sandbox: &Sandbox,
    bucket: &str,
    environment: &[(&str, String)],
) -> BTreeMap<String, String> {
    let script = support_file("read_with_boto3.py");
    let outcome = client(sandbox, "python", &[&script, bucket], environment);
    outcome.succeeded();
    let text = String::from_utf8(outcome.stdout).expect("keys in UTF-8");
    text.lines()
        .map(|line| line.split_once(' ').expect("a digest and a key"))
        .map(|(digest, key)| (key.to_owned(), digest.to_owned()))
        .collect()
}

/// A Python script of this folder that listens on the loopback, and tells its port in its first
/// line. It stops when it is dropped, or when the test program ends in any other way.
pub struct Listener {
    process: Child,
    port: u16,
}

impl Listener {
    /// Starts one; it listens when this returns.
    pub fn start(sandbox: &Sandbox, script: &str, arguments: &[&str]) -> Self {
        let mut command = sandbox.command(peer("python"));
        command
            .arg(support_file(script))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = command.spawn().expect("start a server");
        let mut line = String::new();
        let output = process.stdout.as_mut().expect("its output is a pipe");
        let read = BufReader::new(output).read_line(&mut line);
        read.expect("read the server's port");
        let port = line.trim().parse().expect("the server tells its port");
        Self { process, port }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.process.kill(); // it may have gone already
        let _ = self.process.wait();
    }
}

/// A running moto server, which has ACLs and checks no signatures.
pub struct Moto(Listener);

impl Moto {
    /// Starts one; it listens when this returns.
    pub fn start(sandbox: &Sandbox) -> Self {
        Self(Listener::start(sandbox, "run_moto.py", &[]))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The environment of a client of this server.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = environment(&self.url(), KEYS);
        variables.push(("EC2_URL", self.url()));
        variables.push(("AWS_ENDPOINT_URL_EBS", self.url()));
        variables
    }

    /// Runs amikit as a client of this server.
    pub fn run(&self, sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
        let variables = self.environment();
        let variables: Vec<_> = variables.iter().map(|(k, v)| (*k, v.as_str())).collect();
        sandbox.run_with(arguments, &variables)
    }
}

/// The path of a file of this folder.
pub fn support_file(name: &str) -> String {
    format!("{}/tests/support/{name}", env!("CARGO_MANIFEST_DIR"))
}
