//! `create-keypair`, and `add-keypair`, which is the same.
//!
//! ```text
//! FILE begun, 0600 ─► CreateKeyPair ─► key written ─► FILE has its name
//!                                          └─ cannot be written: the key goes to stdout
//! ```
//!
//! The service has no copy of the private key, so a place for it is made before it is asked for.

use std::io::Write as _;
use std::path::Path;

use clap::Arg;
use serde_json::json;
use zeroize::Zeroizing;

use super::name_arg;
use crate::aws::ec2::{CreateKeyPair, CreatedKeyPair};
use crate::cli::ec2::{change, connect, show_one, tag_arg, tags, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, option, path};
use crate::host::workspace::{PendingFile, WorkspaceError};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "create-keypair",
    about: "Make a key pair to log in to instances with",
    details: DETAILS,
    examples: &["amikit create-keypair web -f web.pem"],
    args,
    sources: &[],
    rows: false,
    run,
};

/// The same under euca2ools' older name.
pub static ADD: CommandSpec = CommandSpec {
    name: "add-keypair",
    about: "Same as create-keypair",
    details: DETAILS,
    examples: &["amikit add-keypair web -f web.pem"],
    args,
    sources: &[],
    rows: false,
    run,
};

const DETAILS: &str = "The private key is printed, or written to a file that only you can read. \
                       The cloud has no copy of it.";

fn args() -> Vec<Arg> {
    let mut args = vec![
        name_arg(),
        path(
            "filename",
            "FILE",
            "File to write the private key to (mode 0600)",
        )
        .short('f'),
        flag("force", "Replace an existing file"),
        option(
            "key-type",
            "TYPE",
            "rsa or ed25519 (default: the service's)",
        ),
        option(
            "key-format",
            "FORMAT",
            "pem or ppk (default: the service's)",
        ),
        tag_arg(),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = CreateKeyPair {
        key_name: session.text("keypair")?.unwrap_or_default(),
        key_type: session.text("key-type")?,
        key_format: session.text("key-format")?,
        tags: tags(session, "tag")?,
    };
    let replace = session.manner.replaces || session.values.flag("force");
    let file = session.path("filename")?;
    let place = match &file {
        Some(path) => Some(begin(path, replace)?),
        None => None,
    };
    let connected = connect(session)?;
    let Some(made) = change(session, &connected.ec2, &request)? else {
        return Ok(Outcome::Done);
    };
    let kept = place.map(|place| keep(place, &made.key_material, replace));
    if let Some(Err(failure)) = kept {
        print(session, &made, None)?;
        return Err(failure
            .hint("the private key is on stdout instead: keep it, for the cloud has no copy"));
    }
    print(session, &made, file.as_deref())?;
    Ok(Outcome::Done)
}

/// Begins the file of a private key.
fn begin(path: &Path, replace: bool) -> Result<PendingFile, Failure> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        let message = format!(
            "--filename: \"{}\" is not the name of a file",
            path.display()
        );
        return Err(Failure::usage(message));
    };
    // What is in the way is told before there is a key that needs the place.
    if path.is_dir() || (!replace && path.symlink_metadata().is_ok()) {
        let path = path.to_owned();
        return Err(WorkspaceError::Exists { path }.into());
    }
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    Ok(PendingFile::private(
        directory.unwrap_or(Path::new(".")),
        name,
    )?)
}

/// Writes the key and gives the file its name. Keys of OpenSSH's form need the line end.
fn keep(place: PendingFile, key: &str, replace: bool) -> Result<(), Failure> {
    let mut file = place.file();
    let written = file
        .write_all(key.as_bytes())
        .and_then(|()| file.write_all(b"\n"));
    written.map_err(|error| unwritten(place.path(), &error))?;
    place.publish(replace)?;
    Ok(())
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::io(format!("cannot write {}", path.display()), error)
}

/// Prints the key pair, and its private key if that is in no file.
fn print(session: &Session<'_>, made: &CreatedKeyPair, file: Option<&Path>) -> Result<(), Failure> {
    if session.is_json() {
        let mut value = json!(made.key_pair);
        match file {
            Some(file) => value["file"] = json!(file.to_string_lossy()),
            None => value["key_material"] = json!(*made.key_material),
        }
        return session.json(&value);
    }
    show_one(session, &made.key_pair)?;
    match file {
        Some(_) => Ok(()),
        None => session.line(&plain(&made.key_material)),
    }
}

/// The key as a terminal may have it: no key has other control characters than line ends.
fn plain(key: &str) -> Zeroizing<String> {
    let moves = |c: char| c.is_control() && !matches!(c, '\n' | '\r');
    Zeroizing::new(key.replace(moves, "\u{fffd}"))
}
