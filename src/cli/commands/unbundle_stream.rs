//! `unbundle-stream`: turns the parts of a bundle, one after the other, back into the image,
//! without a manifest.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Arg;
use serde_json::json;

use super::{pace, size_and_data};
use crate::bundle::{StreamOptions, UnbundleSummary, unbundle_stream};
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, ENC_IV, ENC_KEY, Outcome, Source, flag, option, path, region};
use crate::cli::{credentials, host};
use crate::crypto::digest::Sha1Digest;
use crate::host::workspace::PendingFile;
use crate::units::Bytes;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "unbundle-stream",
    about: "Turn a stream of parts back into the disk image, without a manifest",
    details: "Anyone on this machine can see the arguments of running programs: pass the key \
              with AMIKIT_ENC_KEY and AMIKIT_ENC_IV rather than --enc-key and --enc-iv.",
    examples: &[
        "cat disk.img.part.* | AMIKIT_ENC_KEY=… AMIKIT_ENC_IV=… amikit unbundle-stream -o disk.img",
    ],
    args,
    sources: SOURCES,
    rows: false,
    run,
};

const SOURCES: &[Source] = &[ENC_KEY, ENC_IV];

fn args() -> Vec<Arg> {
    vec![
        path(
            "input",
            "FILE",
            "Parts, one after the other (default: stdin)",
        )
        .short('i'),
        path(
            "output-file",
            "FILE",
            "File to write the image to (default: stdout)",
        )
        .short('o'),
        option(
            "enc-key",
            "HEX",
            "Key the image was encrypted with: 32 hex digits",
        ),
        option("enc-iv", "HEX", "Initialisation vector: 32 hex digits"),
        option("image-size", "SIZE", "Expected size of the image"),
        option(
            "sha1-digest",
            "HEX",
            "Expected SHA-1 of the tar stream inside",
        ),
        flag("force", "Replace an existing file"),
        region().hide(true),
    ]
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let session_key = credentials::required_session_key(session)?;
    let image_size = session.parsed::<Bytes>("image-size")?.map(Bytes::get);
    let digest = session.parsed::<Sha1Digest>("sha1-digest")?;
    let input = input(session)?;
    let replace = session.manner.replaces || session.values.flag("force");
    let watcher = Watcher::new(session)?; // signals are caught before a hidden file is made
    let target = Target::open(session.path("output-file")?, replace)?;

    let options = StreamOptions {
        input,
        output: target.writer()?,
        session_key,
        image_size,
        digest,
    };
    let started = Instant::now();
    let result = unbundle_stream(options, &watcher);

    let summary = watcher.end(result)?;
    let path = target.keep(replace)?;
    if session.is_native() {
        report(session, &summary, path.as_deref(), started.elapsed())?;
    }
    Ok(Outcome::Done)
}

fn report(
    session: &Session<'_>,
    summary: &UnbundleSummary,
    path: Option<&Path>,
    took: Duration,
) -> Result<(), Failure> {
    let shown = path.map(|path| path.display().to_string());
    let text = if session.is_json() {
        let value = json!({
            "path": shown,
            "image_size": summary.image_size,
            "data_bytes": summary.data_bytes,
            "digest": summary.digest.to_string(),
            "seconds": took.as_secs_f64(),
            "warnings": *session.warnings.borrow(),
        });
        value.to_string()
    } else {
        format!(
            "image      {}\n\
             size       {}\n\
             digest     {}\n\
             time       {}",
            shown.as_deref().unwrap_or("(stdout)"),
            size_and_data(summary.image_size, summary.data_bytes),
            summary.digest,
            pace(summary.image_size, took),
        )
    };
    if path.is_none() {
        session.aside(&text);
        Ok(())
    } else if session.verbosity.quiet && !session.is_json() {
        Ok(())
    } else {
        session.line(&text)
    }
}

fn input(session: &Session<'_>) -> Result<Box<dyn Read + Send>, Failure> {
    match session.path("input")? {
        Some(path) if path != Path::new("-") => {
            let file = File::open(&path);
            let file = file.map_err(|error| {
                Failure::io(format!("cannot open {}", path.display()), &error)
                    .hint("name the file of the parts with --input FILE, or pipe them in")
            })?;
            Ok(Box::new(file))
        }
        _ => Ok(Box::new(host::stdin()?)),
    }
}

/// Directory and name of a file that is to be made.
fn split(path: &Path) -> Result<(&Path, &str), Failure> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return Err(
            Failure::usage(format!("{} is not the path of a file", path.display()))
                .hint("name a file with --output-file FILE"),
        );
    };
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => Ok((directory, name)),
        _ => Ok((Path::new("."), name)),
    }
}

/// Where the image goes. A new file grows under a hidden name until it is whole, and is removed
/// when it does not become so.
enum Target {
    /// Stdout, or a device or fifo: written as it comes.
    Direct {
        file: File,
        path: Option<PathBuf>,
    },
    File(PendingFile),
}

impl Target {
    fn open(path: Option<PathBuf>, replace: bool) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| path != Path::new("-")) else {
            return Ok(Self::Direct {
                file: host::image_stdout()?,
                path: None,
            });
        };
        let failure =
            |error: &io::Error| Failure::io(format!("cannot write {}", path.display()), error);
        match fs::metadata(&path).map(|data| data.file_type()) {
            Ok(kind) if kind.is_block_device() || kind.is_char_device() || kind.is_fifo() => {
                let file = OpenOptions::new().write(true).open(&path);
                return Ok(Self::Direct {
                    file: file.map_err(|error| failure(&error))?,
                    path: Some(path),
                });
            }
            Ok(kind) if !kind.is_file() => {
                return Err(failure(&io::ErrorKind::IsADirectory.into())
                    .hint("name a file in it with --output-file FILE"));
            }
            Ok(_) if !replace => {
                return Err(failure(&io::ErrorKind::AlreadyExists.into())
                    .hint("pass --force to replace it"));
            }
            _ => {}
        }
        let (directory, name) = split(&path)?;
        Ok(Self::File(PendingFile::create(directory, name)?))
    }

    fn writer(&self) -> Result<Box<dyn Write + Send>, Failure> {
        let file = match self {
            Self::Direct { file, .. } => file,
            Self::File(pending) => pending.file(),
        };
        let copy = file.try_clone();
        copy.map(|file| Box::new(file) as Box<dyn Write + Send>)
            .map_err(|error| Failure::output(&error))
    }

    /// Gives a new file its name; returns the path, unless the image went to stdout.
    fn keep(self, replace: bool) -> Result<Option<PathBuf>, Failure> {
        match self {
            Self::Direct { path, .. } => Ok(path),
            Self::File(pending) => Ok(Some(pending.publish(replace)?)),
        }
    }
}
