//! `unbundle-stream`: turns the parts of a bundle, one after the other, back into the image,
//! without a manifest.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use clap::Arg;

use crate::bundle::{StreamOptions, unbundle_stream};
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, Source, flag, option, path, region};
use crate::cli::{credentials, host};
use crate::crypto::digest::Sha1Digest;
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
    run,
};

const SOURCES: &[Source] = &[
    Source {
        option: "enc-key",
        env: &["AMIKIT_ENC_KEY"],
        setting: None,
    },
    Source {
        option: "enc-iv",
        env: &["AMIKIT_ENC_IV"],
        setting: None,
    },
];

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
    let target = Target::open(session.path("output-file")?, replace)?;
    let watcher = Watcher::new(session)?;

    let options = StreamOptions {
        input,
        output: target.writer()?,
        session_key,
        image_size,
        digest,
    };
    let result = unbundle_stream(options, &watcher);

    let summary = watcher.end(result)?;
    target.keep()?;
    if session.is_native() {
        session.note(&format!(
            "{} written, digest {}",
            Bytes(summary.image_size),
            summary.digest
        ));
    }
    Ok(Outcome::Done)
}

fn input(session: &Session<'_>) -> Result<Box<dyn Read + Send>, Failure> {
    match session.path("input")? {
        Some(path) if path != Path::new("-") => {
            let file = File::open(&path);
            let file = file
                .map_err(|error| Failure::io(format!("cannot open {}", path.display()), &error))?;
            Ok(Box::new(file))
        }
        _ => Ok(Box::new(host::stdin()?)),
    }
}

/// Where the image goes. A new file grows under another name until it is whole, and is
/// removed when it does not become so.
enum Target {
    /// Stdout, or a device or fifo: written as it comes.
    Direct(File),
    File {
        file: File,
        growing: PathBuf,
        path: PathBuf,
        kept: bool,
    },
}

impl Target {
    fn open(path: Option<PathBuf>, replace: bool) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| path != Path::new("-")) else {
            return Ok(Self::Direct(host::image_stdout()?));
        };
        let failure =
            |error: &io::Error| Failure::io(format!("cannot write {}", path.display()), error);
        match fs::metadata(&path).map(|data| data.file_type()) {
            Ok(kind) if kind.is_block_device() || kind.is_char_device() || kind.is_fifo() => {
                let file = OpenOptions::new().write(true).open(&path);
                return file.map(Self::Direct).map_err(|error| failure(&error));
            }
            Ok(_) if !replace => {
                return Err(failure(&io::ErrorKind::AlreadyExists.into())
                    .hint("pass --force to replace it"));
            }
            _ => {}
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.partial", std::process::id()));
        let growing = path.with_file_name(name);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&growing);
        Ok(Self::File {
            file: file.map_err(|error| failure(&error))?,
            growing,
            path,
            kept: false,
        })
    }

    fn writer(&self) -> Result<Box<dyn Write + Send>, Failure> {
        let (Self::Direct(file) | Self::File { file, .. }) = self;
        let copy = file.try_clone();
        copy.map(|file| Box::new(file) as Box<dyn Write + Send>)
            .map_err(|error| Failure::output(&error))
    }

    fn keep(mut self) -> Result<(), Failure> {
        if let Self::File {
            file,
            growing,
            path,
            kept,
        } = &mut self
        {
            file.sync_all()
                .and_then(|()| fs::rename(growing, &*path))
                .map_err(|error| Failure::io(format!("cannot write {}", path.display()), &error))?;
            *kept = true;
        }
        Ok(())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Self::File {
            growing,
            kept: false,
            ..
        } = self
        {
            // There is already a failure to tell; this one would only hide it.
            let _ = fs::remove_file(growing);
        }
    }
}
