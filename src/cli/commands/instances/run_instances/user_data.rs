//! User data, from the command line or a file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::aws::ec2::UserData;
use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::session::Session;

/// The user data that options give.
///
/// # Errors
/// When several options do, they are too long, or the file cannot be read.
pub(super) fn read(session: &Session<'_>) -> Result<Option<UserData>, Failure> {
    let text = session.text("user-data")?;
    // euca2ools' way to text that looks like a file's name.
    let forced = session.text("user-data-force")?;
    let file = session.path("user-data-file")?;
    let given = [text.is_some(), forced.is_some(), file.is_some()];
    if given.iter().filter(|given| **given).count() > 1 {
        let message = "only one of --user-data and --user-data-file may be given";
        return Err(Failure::usage(message));
    }
    if let Some(text) = &text
        && session.manner.family == Family::Euca
        && Path::new(text).is_file()
    {
        let message = format!("--user-data: \"{text}\" is the name of a file");
        return Err(Failure::usage(message).hint(
            "pass --user-data-file for what is in it, or --user-data-force for the text itself",
        ));
    }
    let (bytes, origin) = match (text.or(forced), file) {
        (Some(text), _) => (text.into_bytes(), "--user-data".to_owned()),
        (None, Some(path)) => (contents(&path)?, path.display().to_string()),
        (None, None) => return Ok(None),
    };
    let data = UserData::new(bytes).map_err(|error| {
        Failure::usage(format!("{origin}: {error}"))
            .hint("put them where the instance can fetch them, and tell it where in user data")
    })?;
    Ok(Some(data))
}

/// What is in a file, as far as it matters: one byte more than may be is too much already.
fn contents(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(UserData::MOST as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| {
            Failure::io(format!("cannot read {}", path.display()), &error).hint("check the path")
        })?;
    Ok(bytes)
}
