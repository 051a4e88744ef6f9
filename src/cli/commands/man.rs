//! `man`: writes the manual pages.

use std::fs;
use std::io;
use std::path::Path;

use clap::{Arg, Command};
use clap_mangen::Man;
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, path};
use crate::cli::{app, dialect};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "man",
    about: "Write the manual pages of all commands and names into a directory",
    details: "",
    examples: &["amikit man /usr/local/share/man/man1"],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    vec![
        path("directory", "DIR", "Existing directory to write to")
            .long(None::<&str>)
            .required(true),
    ]
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let directory = session.required_path("directory")?;
    let mut written = Vec::new();
    for (name, page) in pages().map_err(|error| Failure::io("cannot make a manual page", &error))? {
        written.push(write(&directory, &name, &page)?);
    }
    if session.is_json() {
        session.json(&json!({ "pages": written }))?;
    }
    Ok(Outcome::Done)
}

fn write(directory: &Path, name: &str, page: &[u8]) -> Result<String, Failure> {
    let file = directory.join(format!("{name}.1"));
    let shown = file.display().to_string();
    fs::write(&file, page)
        .map_err(|error| Failure::io(format!("cannot write {shown}"), &error))
        .map_err(|failure| failure.hint("the directory must exist, and let you write to it"))?;
    Ok(shown)
}

/// Name and text of every page.
fn pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    // Its own page would only say what --help says.
    let mut root = app::root().disable_help_subcommand(true);
    root.build();
    let mut commands = vec![("amikit".to_owned(), root.clone())];
    below("amikit", &root, &mut commands);
    for name in dialect::names() {
        if let Some(assembled) = app::dialect_command(name) {
            commands.push((name.to_owned(), assembled.clap.name(name)));
        }
    }
    let render = |(name, command): (String, Command)| {
        let page = page(&name, command)?;
        Ok((name, page))
    };
    commands.into_iter().map(render).collect()
}

/// Adds the commands below one, and those below them: `amikit-cloud-user-add`.
fn below(name: &str, command: &Command, found: &mut Vec<(String, Command)>) {
    let is_own = |command: &&Command| command.get_name() != "help";
    for inner in command.get_subcommands().filter(is_own) {
        let name = format!("{name}-{}", inner.get_name());
        found.push((name.clone(), inner.clone().display_name(name.clone())));
        below(&name, inner, found);
    }
}

/// The sections of one page. The version stands in its footer already.
fn page(name: &str, command: Command) -> io::Result<Vec<u8>> {
    let examples = command.get_after_help().map(ToString::to_string);
    let has_subcommands = command.has_subcommands();
    let man = Man::new(command).title(name.to_uppercase());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_subcommands {
        man.render_subcommands_section(&mut page)?;
    }
    // As they stand: a filled or justified command line is none to copy.
    page.extend(b".SH EXAMPLES\n.nf\n");
    for line in examples.unwrap_or_default().lines().skip(1) {
        page.extend(line.replace('\\', "\\e").replace('-', "\\-").bytes());
        page.push(b'\n');
    }
    page.extend(b".fi\n");
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_dialect_name_has_a_page() {
        let pages = pages().unwrap();

        let names: Vec<_> = pages.iter().map(|(name, _)| name.as_str()).collect();
        for name in [
            "amikit",
            "amikit-bundle-image",
            "euca-unbundle",
            "ec2-bundle-image",
            #[cfg(feature = "cloud")]
            "amikit-cloud",
            #[cfg(feature = "cloud")]
            "amikit-cloud-config-print",
        ] {
            assert!(names.contains(&name), "{name} of {names:?}");
        }
        for name in dialect::names() {
            assert!(names.contains(&name), "{name} of {names:?}");
        }
        assert!(pages.iter().all(|(_, page)| !page.is_empty()));
    }
}
