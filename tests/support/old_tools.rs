//! The old tools' names, called as a script calls them: through links to amikit.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use amikit::units::Bytes;

use super::sandbox::{Bundle, Outcome, Sandbox, search_path};
use super::{image, key};

/// A sandbox with the links in it.
pub struct OldTools {
    /// The sandbox, in which the tools run.
    pub sandbox: Sandbox,
}

/// A call that is being prepared.
pub struct Call {
    command: Command,
    input: &'static str,
}

impl OldTools {
    /// Makes a sandbox, and the links with `amikit install-links`.
    pub fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name);
        let links = sandbox.folder("links");
        sandbox
            .run([OsStr::new("install-links"), links.as_os_str()])
            .succeeded();
        Self { sandbox }
    }

    /// An image whose bundle has two parts.
    pub fn image(&self) -> PathBuf {
        image::dense(&self.sandbox.path("disk.img"), Bytes::mib(22))
    }

    /// A small file that is as good an image as any.
    pub fn small_image(&self) -> PathBuf {
        image::dense(&self.sandbox.path("disk.img"), Bytes(4096))
    }

    /// Prepares a call of a link, the words of `line` apart by spaces. `KEYS/` in it is the
    /// folder of the throw-away keys, up to the names.
    pub fn call(&self, line: &str) -> Call {
        let prefix = key("").display().to_string();
        let line = line.replace("KEYS/", &prefix);
        let mut words = line.split_whitespace();
        let link = words.next().expect("a command line has a command");
        let mut command = Command::new(self.sandbox.path("links").join(link));
        command
            .args(words)
            .current_dir(self.sandbox.path(""))
            .env_clear()
            .env("PATH", search_path())
            .env("HOME", self.sandbox.path("home"))
            .env("TMPDIR", self.sandbox.path("tmp"))
            .env("LC_ALL", "C");
        Call { command, input: "" }
    }

    /// Runs a call without anything special about it.
    pub fn run(&self, line: &str) -> Outcome {
        self.call(line).run()
    }

    /// The bundle of `disk.img` in a folder of the sandbox.
    pub fn bundle_in(&self, folder: &str) -> Bundle {
        let folder = self.sandbox.path(folder);
        Bundle {
            manifest: folder.join("disk.img.manifest.xml"),
            folder,
        }
    }
}

impl Call {
    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// What the tool reads on standard input, before its end.
    pub fn input(mut self, text: &'static str) -> Self {
        self.input = text;
        self
    }

    /// Runs it.
    pub fn run(mut self) -> Outcome {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("run a link");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        // A tool that asks nothing may be gone before it could be told anything.
        let _ = stdin.write_all(self.input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("wait for a link");
        Outcome {
            status: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}

/// The names of the files in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("list a folder");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("list a folder").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// What a tool wrote to standard output.
pub fn said(outcome: &Outcome) -> &str {
    std::str::from_utf8(&outcome.stdout).expect("stdout is UTF-8")
}
