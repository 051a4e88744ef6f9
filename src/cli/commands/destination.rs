//! The directory that a command writes to: found, or made.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::cli::dialect::DestinationRule;
use crate::cli::failure::{Exit, Failure};
use crate::cli::host;
use crate::cli::session::Session;

/// A directory to write to.
pub(super) struct Destination {
    pub(super) path: PathBuf,
    /// Whether it was made now.
    pub(super) made: bool,
}

impl Destination {
    fn existing(path: PathBuf) -> Self {
        Self { path, made: false }
    }

    fn made(path: PathBuf) -> Self {
        Self { path, made: true }
    }

    /// Takes a directory that was made for nothing away again.
    pub(super) fn take_back(&self) {
        if self.made {
            // Only an empty directory goes; the failure to tell is the journey's.
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// The directory that receives a bundle.
///
/// # Errors
/// When it is needed and not given, is no directory, or cannot be made.
pub(super) fn of_bundle(session: &Session<'_>) -> Result<Destination, Failure> {
    let given = session.path("destination")?;
    match (session.manner.destination, given) {
        (DestinationRule::MadeOrFresh, None) => fresh_directory(session),
        (DestinationRule::Made, None) => Ok(Destination::existing(PathBuf::from("."))),
        (DestinationRule::Existing, None) => Err(session.missing("destination")),
        (DestinationRule::Existing, Some(path)) if !path.is_dir() => {
            let shown = path.display().to_string();
            let mut failure = Failure::new(
                Exit::Failed,
                format!("destination {shown} is not a directory"),
            );
            failure.missing_file = !path.exists();
            Err(failure)
        }
        (DestinationRule::Existing, Some(path)) => Ok(Destination::existing(path)),
        (_, Some(path)) => make_directory(path, "destination"),
    }
}

/// Amazon's tool makes a link of the bundle's name in the destination. We need none, but a
/// caller who names a bundle like a file that is there has mistaken one for the other.
pub(super) fn check_name_is_free(
    session: &Session<'_>,
    folder: &Path,
    prefix: &str,
) -> Result<(), Failure> {
    let path = folder.join(prefix);
    let is_free = prefix.contains('/') || fs::symlink_metadata(&path).is_err();
    if is_free || !session.values.is_on_command_line("prefix") {
        return Ok(());
    }
    let message = format!("{} already exists", path.display());
    Err(Failure::new(Exit::Failed, message).hint("pass another --prefix or --destination"))
}

/// Makes one level; a missing parent is a mistake more often than a wish. `option` named it.
///
/// # Errors
/// When it is no directory, or cannot be made.
pub(super) fn make_directory(path: PathBuf, option: &str) -> Result<Destination, Failure> {
    match fs::create_dir(&path) {
        Ok(()) => Ok(Destination::made(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if path.is_dir() {
                Ok(Destination::existing(path))
            } else {
                let shown = path.display();
                let message = format!("destination {shown} is not a directory");
                Err(Failure::usage(message).hint(format!("name a directory with --{option} DIR")))
            }
        }
        Err(error) => {
            let mut failure = Failure::io(
                format!("cannot make destination {}", path.display()),
                &error,
            );
            failure.missing_file = false;
            Err(failure.hint(format!(
                "make its parent first, or name another with --{option} DIR"
            )))
        }
    }
}

/// The directory for temporary files.
pub(super) fn temporary(session: &Session<'_>) -> PathBuf {
    ["TMPDIR", "TEMP", "TMP"]
        .iter()
        .find_map(|name| session.env(name))
        .map_or_else(|| PathBuf::from("/var/tmp"), PathBuf::from)
}

/// The directory of parts that only pass through: given, or the one for temporary files, where
/// another run finds what this one noted.
///
/// # Errors
/// As [`of_bundle`].
pub(super) fn of_passing_parts(session: &Session<'_>) -> Result<Destination, Failure> {
    match session.path("destination")? {
        None => Ok(Destination::existing(temporary(session))),
        Some(_) => of_bundle(session),
    }
}

/// A new directory that only the user may enter.
fn fresh_directory(session: &Session<'_>) -> Result<Destination, Failure> {
    let parent = temporary(session);
    let name = hex::encode(&host::random_block()?[..3]);
    let path = parent.join(format!("bundle-{name}"));
    let made = DirBuilder::new().mode(0o700).create(&path);
    made.map(|()| Destination::made(path.clone()))
        .map_err(|error| Failure::io(format!("cannot make directory {}", path.display()), &error))
}
