//! A folder of its own for each test, in which amikit runs with a clean environment.
//!
//! ```text
//! target/tmp/NAME-XXXX/     removed at the end of the test
//!   home/                   $HOME: no configuration of the person who runs the tests is read
//!   tmp/                    $TMPDIR
//!   …                       what the test puts there
//! ```

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::key;

/// The AES key and IV of bundles that must be the same twice.
pub const FIXED_KEY: [&str; 4] = [
    "--enc-key",
    "00112233445566778899aabbccddeeff",
    "--enc-iv",
    "0102030405060708090a0b0c0d0e0f10",
];

/// A folder of its own.
pub struct Sandbox {
    folder: TempDir,
}

/// What a run of amikit left: its exit code and what it said.
pub struct Outcome {
    /// Exit code; absent when a signal ended it.
    pub status: Option<i32>,
    /// Standard output, which may be an image.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
}

/// A bundle on disk.
pub struct Bundle {
    /// The folder of manifest and parts, which holds nothing else.
    pub folder: PathBuf,
    /// The manifest.
    pub manifest: PathBuf,
}

/// Programs of administrators are beside the usual path on Debian, for users other than root.
pub fn search_path() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin:/sbin");
    path
}

impl Sandbox {
    /// Makes a sandbox on the disk of the build folder.
    pub fn new(name: &str) -> Self {
        Self::inside(Path::new(env!("CARGO_TARGET_TMPDIR")), name)
    }

    /// Makes a sandbox in a folder, whose file system may be what the test is about.
    pub fn inside(parent: &Path, name: &str) -> Self {
        fs::create_dir_all(parent).expect("create the folder of sandboxes");
        let folder = tempfile::Builder::new()
            .prefix(&format!("{name}-"))
            .tempdir_in(parent)
            .expect("create a sandbox");
        let sandbox = Self { folder };
        sandbox.folder("home");
        sandbox.folder("tmp");
        sandbox
    }

    /// The path of a file in the sandbox.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path of a folder in the sandbox, which is created.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).expect("create a folder in the sandbox");
        path
    }

    /// Runs amikit with these arguments, in the sandbox, with nothing on standard input.
    pub fn run<I>(&self, arguments: I) -> Outcome
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        self.run_with(arguments, &[])
    }

    /// The same, with these environment variables.
    pub fn run_with<I>(&self, arguments: I, environment: &[(&str, &str)]) -> Outcome
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let mut command = self.command(env!("CARGO_BIN_EXE_amikit"));
        command.args(arguments).envs(environment.iter().copied());
        Outcome::of(command.output().expect("run amikit"))
    }

    /// A program to be run in the sandbox, with a clean environment and nothing on standard
    /// input.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", search_path())
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"))
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        command
    }

    /// Bundles `image` into the folder `name`, for the throw-away user and cloud.
    pub fn bundle(&self, image: &Path, name: &str, options: &[&str]) -> Bundle {
        let folder = self.folder(name);

        let outcome = self.run(bundle_arguments(image, &folder, options));

        outcome.succeeded();
        Bundle {
            manifest: folder.join("golden.manifest.xml"),
            folder,
        }
    }

    /// Unbundles with the throw-away user's key into the folder `name`; returns the image.
    pub fn unbundle(&self, manifest: &Path, name: &str) -> PathBuf {
        let folder = self.folder(name);

        let outcome = self.run(unbundle_arguments(manifest, &folder));

        outcome.succeeded();
        only_file(&folder)
    }

    /// Every file and folder of the sandbox, hidden ones too, with its size.
    ///
    /// Compare two of these to see that a failure left nothing behind.
    pub fn listing(&self) -> BTreeMap<PathBuf, u64> {
        let mut found = BTreeMap::new();
        list(self.folder.path(), &mut found);
        found
    }
}

impl Outcome {
    /// What a finished program left.
    pub fn of(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }

    /// Asserts that it did.
    #[track_caller]
    pub fn succeeded(&self) -> &Self {
        assert_eq!(self.status, Some(0), "stderr:\n{}", self.stderr);
        self
    }

    /// Asserts that it failed with this exit code, saying `fact` on standard error.
    #[track_caller]
    pub fn failed(&self, status: i32, fact: &str) -> &Self {
        assert_eq!(self.status, Some(status), "stderr:\n{}", self.stderr);
        assert!(
            self.stderr.contains(fact),
            "no \"{fact}\" in stderr:\n{}",
            self.stderr
        );
        self
    }
}

impl Bundle {
    /// The parts, in order.
    pub fn parts(&self) -> Vec<PathBuf> {
        files(&self.folder)
            .into_iter()
            .filter(|path| *path != self.manifest)
            .collect()
    }

    /// Asserts that two bundles are the same, byte by byte and name by name.
    #[track_caller]
    pub fn assert_same_as(&self, other: &Self) {
        let names = |bundle: &Self| -> Vec<_> {
            let files = files(&bundle.folder).into_iter();
            files
                .map(|path| path.file_name().map(OsStr::to_owned))
                .collect()
        };
        assert_eq!(names(self), names(other));
        for (ours, theirs) in files(&self.folder).iter().zip(files(&other.folder)) {
            let same =
                fs::read(ours).expect("read a bundle") == fs::read(&theirs).expect("read it");
            assert!(same, "{} and {} differ", ours.display(), theirs.display());
        }
    }
}

/// `bundle-image` with everything it needs, for the throw-away user and cloud.
pub fn bundle_arguments(image: &Path, folder: &Path, options: &[&str]) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["bundle-image".into(), "-i".into(), image.into()];
    arguments.extend(["-p", "golden", "-r", "x86_64", "-u", "123456789012"].map(Into::into));
    arguments.extend(["-d".into(), folder.into()]);
    arguments.extend(["-k".into(), key("euca-user.pem").into()]);
    arguments.extend(["-c".into(), key("euca-user.crt").into()]);
    arguments.extend(["--ec2cert".into(), key("euca-cloud.crt").into()]);
    arguments.extend(options.iter().map(Into::into));
    arguments
}

/// `unbundle` with the throw-away user's key.
pub fn unbundle_arguments(manifest: &Path, folder: &Path) -> Vec<OsString> {
    vec![
        "unbundle".into(),
        "-m".into(),
        manifest.into(),
        "-d".into(),
        folder.into(),
        "-k".into(),
        key("euca-user.pem").into(),
    ]
}

/// The one file of a folder.
#[track_caller]
pub fn only_file(folder: &Path) -> PathBuf {
    let mut found = files(folder);
    assert_eq!(found.len(), 1, "expected one file, found {found:?}");
    found.remove(0)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("list a folder");
    let mut found: Vec<_> = entries
        .map(|entry| entry.expect("list a folder").path())
        .collect();
    found.sort();
    found
}

fn list(folder: &Path, found: &mut BTreeMap<PathBuf, u64>) {
    for path in files(folder) {
        let metadata = fs::symlink_metadata(&path).expect("look at a file");
        if metadata.is_dir() {
            list(&path, found);
            found.insert(path, 0);
        } else {
            found.insert(path, metadata.len());
        }
    }
}
