//! Judges that share no code with amikit: openssl, gzip, tar and cmp.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::key;
use super::sandbox::{Bundle, Sandbox};

/// What openssl, gzip and tar found in a bundle.
pub struct Opened {
    /// The image.
    pub image: PathBuf,
    /// The gzip file that was encrypted.
    pub gzip: PathBuf,
    /// The tar stream in it.
    pub tar: PathBuf,
}

/// Opens a bundle of the throw-away user with `scripts/open-bundle-with-openssl`, which checks
/// the signature, every digest and every size.
#[track_caller]
pub fn open(sandbox: &Sandbox, bundle: &Bundle) -> Opened {
    let folder = sandbox.folder("oracle");
    let opened = Opened {
        image: folder.join("image"),
        gzip: folder.join("image.gz"),
        tar: folder.join("image.tar"),
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/open-bundle-with-openssl");
    run(
        script,
        [
            OsStr::new("-m"),
            bundle.manifest.as_os_str(),
            OsStr::new("-k"),
            key("euca-user.pem").as_os_str(),
            OsStr::new("-c"),
            key("euca-user.crt").as_os_str(),
            OsStr::new("-o"),
            opened.image.as_os_str(),
            OsStr::new("-z"),
            opened.gzip.as_os_str(),
            OsStr::new("-t"),
            opened.tar.as_os_str(),
        ],
    );
    opened
}

/// Asserts that two files have the same bytes, with `cmp`.
#[track_caller]
pub fn assert_same_bytes(one: &Path, other: &Path) {
    run("cmp", [one, other]);
}

/// The listing of a tar stream: one line for each member, times in UTC.
#[track_caller]
pub fn tar_listing(tar: &Path) -> String {
    run(
        "tar",
        [
            OsStr::new("--utc"),
            OsStr::new("--full-time"),
            OsStr::new("--numeric-owner"),
            OsStr::new("-tvf"),
            tar.as_os_str(),
        ],
    )
}

#[track_caller]
fn run<I>(program: impl AsRef<OsStr>, arguments: I) -> String
where
    I: IntoIterator,
    I::Item: AsRef<OsStr>,
{
    let output = Command::new(&program)
        .args(arguments)
        .env("LC_ALL", "C")
        .output()
        .expect("run an oracle");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}: {}\n{said}{}",
        program.as_ref().display(),
        output.status,
        String::from_utf8_lossy(&output.stderr),
    );
    said
}
