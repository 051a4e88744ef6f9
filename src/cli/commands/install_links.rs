//! `install-links`: makes the old tools' names.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use clap::Arg;
use serde_json::json;

use crate::cli::dialect;
use crate::cli::failure::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, path};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "install-links",
    about: "Make the names of euca2ools, ec2-ami-tools and ec2-api-tools, as links to this program",
    details: "Existing links are replaced with --force only, files that are no links never.",
    examples: &["amikit install-links /usr/local/bin"],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    vec![
        path(
            "directory",
            "DIR",
            "Existing directory to make the links in",
        )
        .long(None::<&str>)
        .required(true),
        flag("force", "Replace links of the same names"),
    ]
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let directory = session.required_path("directory")?;
    let program = std::env::current_exe()
        .and_then(fs::canonicalize)
        .map_err(|error| Failure::io("cannot tell where this program is", &error))?;
    let made = install(&directory, &program, session.values.flag("force"))?;
    if session.is_json() {
        session.json(&json!({"program": program.display().to_string(), "links": made}))?;
    } else if !session.verbosity.quiet {
        for link in made {
            session.line(&link)?;
        }
    }
    Ok(Outcome::Done)
}

/// Makes all links, or none if one cannot be made for a reason that can be seen beforehand.
fn install(directory: &Path, program: &Path, force: bool) -> Result<Vec<String>, Failure> {
    if !directory.is_dir() {
        let shown = directory.display();
        return Err(Failure::new(
            Exit::Failed,
            format!("{shown} is not a directory"),
        ));
    }
    let links: Vec<_> = dialect::names().map(|name| directory.join(name)).collect();
    for link in &links {
        check(link, program, force)?;
    }
    let failure = |link: &Path, error: &io::Error| {
        Failure::io(format!("cannot make {}", link.display()), error)
    };
    for link in &links {
        if fs::read_link(link).is_ok_and(|target| target == program) {
            continue;
        }
        // A link cannot be replaced in place: a new one is renamed over it.
        let fresh = directory.join(format!(".amikit-link-{}", std::process::id()));
        symlink(program, &fresh).map_err(|error| failure(link, &error))?;
        if let Err(error) = fs::rename(&fresh, link) {
            // The failure to tell is the renaming's.
            let _ = fs::remove_file(&fresh);
            return Err(failure(link, &error));
        }
    }
    Ok(links
        .iter()
        .map(|link| link.display().to_string())
        .collect())
}

fn check(link: &Path, program: &Path, force: bool) -> Result<(), Failure> {
    let shown = link.display();
    match fs::symlink_metadata(link) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::io(format!("cannot look at {shown}"), &error)),
        Ok(found) if !found.is_symlink() => {
            let message = format!("{shown} exists and is not a link");
            Err(Failure::new(Exit::Failed, message).hint("move it away, or choose another DIR"))
        }
        Ok(_) if force || fs::read_link(link).is_ok_and(|target| target == program) => Ok(()),
        Ok(_) => Err(
            Failure::new(Exit::Failed, format!("{shown} is a link to something else"))
                .hint("pass --force to replace it"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_name_becomes_a_link_and_doing_it_again_is_fine() {
        let directory = tempfile::tempdir().unwrap();
        let program = Path::new("/opt/amikit");

        install(directory.path(), program, false).unwrap();
        let links = install(directory.path(), program, false).unwrap();

        assert_eq!(links.len(), dialect::names().count());
        let target = fs::read_link(directory.path().join("ec2-unbundle")).unwrap();
        assert_eq!(target, program);
    }

    #[test]
    fn foreign_links_need_force_and_files_are_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("euca-unbundle");
        symlink("/elsewhere", &link).unwrap();
        let program = Path::new("/opt/amikit");

        assert!(install(directory.path(), program, false).is_err());
        assert!(install(directory.path(), program, true).is_ok());

        fs::remove_file(&link).unwrap();
        fs::write(&link, "a script").unwrap();
        assert!(install(directory.path(), program, true).is_err());
        assert_eq!(fs::read_to_string(&link).unwrap(), "a script");
    }
}
