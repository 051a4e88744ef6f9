//! `amikit-cloud`, which is also `amikit cloud`: runs and administers the small cloud.
//!
//! ```text
//! amikit-cloud config print ─┐
//!                            ├─► "cloud config print" in COMMANDS ─► run
//! amikit cloud config print ─┘
//! ```
//!
//! A command is a file and a line in `COMMANDS`; its words are its place in the tree. What stands
//! in for its options is told and read as in every other command.

mod cloud;
mod completions;
mod config_print;
mod fsck;
pub mod settings;
pub mod up;
mod user;

use clap::{Arg, Command};

use super::failure::Failure;
use super::globals;
use super::session::Session;
use super::spec::{CommandSpec, Outcome, assemble};

/// The program's name.
pub const PROGRAM: &str = "amikit-cloud";

/// The name among amikit's commands.
pub const NAME: &str = "cloud";

/// The command above all of them.
pub static SPEC: CommandSpec = CommandSpec {
    name: NAME,
    about: ABOUT,
    details: DETAILS,
    examples: EXAMPLES,
    args: Vec::<Arg>::new,
    sources: &[],
    rows: false,
    run: no_command,
};

const ABOUT: &str = "Run and administer the small cloud that comes with amikit";

const DETAILS: &str = "\
The program amikit-cloud is the same. Settings come from options, then variables, then \
amikit-cloud.toml of the data directory, then defaults; config print shows all of them.";

const EXAMPLES: &[&str] = &[
    "amikit-cloud up",
    "amikit-cloud user add jo",
    "amikit-cloud config print > /etc/amikit-cloud.toml",
];

/// The commands, by all their words.
static COMMANDS: [&CommandSpec; 12] = [
    &up::SPEC,
    &user::add::SPEC,
    &user::list::SPEC,
    &user::delete::SPEC,
    &user::credentials::SPEC,
    &user::certificates::SPEC,
    &user::keys::ADD,
    &user::keys::LIST,
    &user::keys::REMOVE,
    &fsck::SPEC,
    &config_print::SPEC,
    &completions::SPEC,
];

/// What groups of commands are about.
const GROUPS: [(&str, &str); 3] = [
    ("cloud user", "Who may use the cloud, and with which keys"),
    (
        "cloud user keys",
        "Access keys of users: two at most, so that one can follow the other",
    ),
    ("cloud config", "Show the configuration"),
];

/// The command of these words.
#[must_use]
pub fn find(name: &str) -> Option<&'static CommandSpec> {
    let all = std::iter::once(&SPEC).chain(COMMANDS);
    all.into_iter().find(|spec| spec.name == name)
}

/// The commands one word below `name`, with those below them.
#[must_use]
pub fn below(name: &str) -> Vec<Command> {
    let start = format!("{name} ");
    let mut words: Vec<&'static str> = Vec::new();
    for spec in COMMANDS {
        let rest = spec.name.strip_prefix(&start);
        let word = rest.and_then(|rest| rest.split(' ').next());
        words.extend(word.filter(|word| !words.contains(word)));
    }
    let commands = words.into_iter().map(|word| {
        let whole = format!("{name} {word}");
        match find(&whole) {
            Some(spec) => assemble(spec, None).clap.name(word),
            None => group(word, &whole),
        }
    });
    commands.collect()
}

/// A command that only has others below it.
fn group(word: &'static str, whole: &str) -> Command {
    let known = GROUPS.iter().find(|(name, _)| *name == whole);
    let about = known.map_or("", |(_, about)| about);
    let inside = |spec: &&&CommandSpec| spec.name.starts_with(whole);
    let examples = COMMANDS
        .iter()
        .filter(inside)
        .flat_map(|spec| spec.examples);
    let examples: Vec<_> = examples.copied().collect();
    Command::new(word)
        .about(about)
        .subcommand_required(true)
        .max_term_width(100)
        .after_help(format!("Examples:\n  {}", examples.join("\n  ")))
        .subcommands(below(whole))
}

/// The whole command line of the program.
#[must_use]
pub fn root() -> Command {
    Command::new(PROGRAM)
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .long_about(format!("{ABOUT}\n\n{DETAILS}"))
        .after_help(format!("Examples:\n  {}", EXAMPLES.join("\n  ")))
        .max_term_width(100)
        .args(globals::args().into_iter().map(|arg| arg.global(true)))
        .subcommands(below(NAME))
}

fn no_command(_: &Session<'_>) -> Result<Outcome, Failure> {
    Err(Failure::usage("no command given"))
}

#[cfg(test)]
mod tests;
