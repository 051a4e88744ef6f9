//! What a command asks of the machine: randomness, the clock, its streams, its user.

use std::fs::{File, Metadata};
use std::io::{self, IsTerminal as _, Seek as _, SeekFrom};
use std::num::NonZeroUsize;
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{Mode, OFlags};
use rustix::rand::{GetRandomFlags, getrandom};

use super::failure::{Exit, Failure};
use super::session::Session;

/// How long ec2-ami-tools wait for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Most threads that may be asked for: each takes some megabytes.
const MOST_JOBS: usize = 1024;

/// Sixteen random bytes from the operating system.
///
/// # Errors
/// When the system has none to give.
pub fn random_block() -> Result<[u8; 16], Failure> {
    let mut block = [0; 16];
    let failure = |error: io::Error| Failure::io("cannot get random bytes", &error);
    let mut filled = 0;
    while filled < block.len() {
        match getrandom(&mut block[filled..], GetRandomFlags::empty()) {
            Ok(0) => return Err(failure(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => filled += count,
            Err(error) if error == rustix::io::Errno::INTR => {}
            Err(error) => return Err(failure(error.into())),
        }
    }
    Ok(block)
}

/// Fills a buffer with random bytes from the operating system.
///
/// # Panics
/// When the system has none to give: keys and ids must not be made of anything else.
pub fn fill_random(bytes: &mut [u8]) {
    for block in bytes.chunks_mut(16) {
        let random = random_block().expect("an operating system with randomness");
        block.copy_from_slice(&random[..block.len()]);
    }
}

/// A random number for waiting times; the clock's when the system has none to give.
#[must_use]
pub fn random_number() -> u64 {
    random_block().map_or_else(
        |_| now().unsigned_abs(),
        |block| {
            let mut half = [0; 8];
            half.copy_from_slice(&block[..8]);
            u64::from_le_bytes(half)
        },
    )
}

/// The time now, in ms since 1970.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| {
        i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
    })
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |passed| {
        i64::try_from(passed.as_secs()).unwrap_or(i64::MAX)
    })
}

/// The number of threads: `--jobs`, else one per processor.
///
/// # Errors
/// When the option is no positive number.
pub fn jobs(session: &Session<'_>) -> Result<NonZeroUsize, Failure> {
    match session.text("jobs")? {
        Some(text) => match text.parse::<NonZeroUsize>() {
            Ok(jobs) if jobs.get() <= MOST_JOBS => Ok(jobs),
            _ => {
                let why =
                    format!("\"{text}\" is not a number of threads: expected 1 to {MOST_JOBS}");
                Err(session.invalid("jobs", &text, &why))
            }
        },
        None => Ok(thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)),
    }
}

/// Stdin, unbuffered.
///
/// # Errors
/// When it is closed.
pub fn stdin() -> Result<File, Failure> {
    let stream = io::stdin().as_fd().try_clone_to_owned();
    stream
        .map(File::from)
        .map_err(|error| Failure::io("cannot read stdin", &error))
}

/// Stdout, unbuffered, for an image: not a terminal.
///
/// # Errors
/// When it is closed or a terminal.
pub fn image_stdout() -> Result<File, Failure> {
    if io::stdout().is_terminal() {
        return Err(
            Failure::usage("stdout is a terminal, and images are binary")
                .hint("redirect stdout to a file or a program"),
        );
    }
    let stream = io::stdout().as_fd().try_clone_to_owned();
    stream
        .map(File::from)
        .map_err(|error| Failure::io("cannot write stdout", &error))
}

/// Size of a regular file or block device. `None` for anything else, and for what cannot be
/// opened: the journey says what is wrong with it.
#[must_use]
pub fn image_size(path: &Path) -> Option<u64> {
    let kind = path.metadata().ok()?.file_type();
    if !kind.is_file() && !kind.is_block_device() {
        return None;
    }
    File::open(path).ok()?.seek(SeekFrom::End(0)).ok()
}

/// What tells whether a file is still the same: device, inode, size, time of its last change.
pub type Stamp = (u64, u64, u64, i64, i64);

/// The stamp of a file; none of what is none, as nothing tells whether that is still the same.
#[must_use]
pub fn stamp(path: &Path) -> Option<Stamp> {
    let found = path.metadata().ok().filter(Metadata::is_file)?;
    let changed = (found.ctime(), found.ctime_nsec());
    Some((found.dev(), found.ino(), found.size(), changed.0, changed.1))
}

/// Whether a path is a block device that is mounted, swapped on or taken by another program.
#[must_use]
pub fn is_busy_device(path: &Path) -> bool {
    let is_device = path
        .metadata()
        .is_ok_and(|data| data.file_type().is_block_device());
    // Linux refuses O_EXCL without O_CREAT for a device in use, see open(2).
    let flags = OFlags::RDONLY | OFlags::EXCL | OFlags::CLOEXEC;
    is_device
        && rustix::fs::open(path, flags, Mode::empty())
            .is_err_and(|error| error == rustix::io::Errno::BUSY)
}

/// This machine's processor architecture in EC2's spelling.
#[must_use]
pub fn architecture() -> String {
    let name = rustix::system::uname();
    ec2_architecture(&name.machine().to_string_lossy())
}

fn ec2_architecture(machine: &str) -> String {
    match machine {
        "i386" | "i486" | "i586" | "i686" => "i386",
        "aarch64" | "arm64" => "arm64",
        machine if machine.starts_with("armv7") => "armhf",
        machine => machine,
    }
    .to_owned()
}

/// Asks for a value; an empty answer keeps the default.
///
/// # Errors
/// When nobody answers within 30 seconds, or stdin or stdout cannot be used.
pub fn ask(session: &Session<'_>, question: &str, default: &str) -> Result<String, Failure> {
    let answer = answer(session, &format!("{question} [{default}]: "))?;
    Ok(if answer.is_empty() {
        default.to_owned()
    } else {
        answer
    })
}

/// Asks for consent. No answer at the end of stdin is none.
///
/// # Errors
/// As [`ask`].
pub fn confirm(session: &Session<'_>, question: &str) -> Result<bool, Failure> {
    let answer = answer(session, &format!("{question} [y/N]: "))?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

fn answer(session: &Session<'_>, prompt: &str) -> Result<String, Failure> {
    session.print(prompt)?;
    let (sender, receiver) = mpsc::channel();
    // The thread outlives a time-out, but the process does not.
    thread::spawn(move || {
        let mut line = String::new();
        let result = io::stdin().read_line(&mut line).map(|_| line);
        // After the time-out nobody listens any more.
        let _ = sender.send(result);
    });
    let line = receiver
        .recv_timeout(ANSWER_TIMEOUT)
        .map_err(|_| {
            Failure::new(Exit::Timeout, "nobody answered within 30 seconds")
                .hint("pass --batch to be asked nothing")
        })?
        .map_err(|error| Failure::io("cannot read the answer", &error))?;
    Ok(line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_names_become_ec2s() {
        for (machine, want) in [
            ("x86_64", "x86_64"),
            ("i686", "i386"),
            ("aarch64", "arm64"),
            ("armv7l", "armhf"),
            ("ppc64le", "ppc64le"),
        ] {
            assert_eq!(ec2_architecture(machine), want);
        }
    }

    #[test]
    fn devices_that_are_no_disks_have_no_size() {
        assert_eq!(image_size(Path::new("/dev/null")), None);
        assert_eq!(image_size(Path::new("/")), None);
    }
}
