//! Dialects: the same commands under the old tools' names, letters, defaults and exit codes.
//!
//! ```text
//! native options ──edits──► options of euca-bundle-image ──► clap
//!       │                        │
//!       └─ sources ────edits─────┴─► which variables and settings stand in for an option
//! ```
//!
//! A dialect is data: an ordered list of [`Edit`]s to the one definition of an option, and the
//! [`Manner`] in which its commands behave. It never defines an option that the native command
//! has as well. docs/compat.md is generated from these tables.

mod api;
pub mod compat;
mod ec2;
mod ec2_options;
mod euca;
mod s3_options;

use clap::{Arg, ArgAction};

use super::spec::{CommandSpec, Source};
use crate::bundle::PartNames;
use crate::config::Setting;

pub use api::EC2_API;
pub use ec2::EC2;
pub use ec2_options::{EC2_EUCA, EC2_OF_API};
pub use euca::EUCA;
pub use s3_options::{S3_EC2, S3_EUCA};

/// Whose words, outputs and exit codes a command uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// amikit's own.
    Native,
    /// euca2ools'.
    Euca,
    /// Amazon's ec2-ami-tools'.
    Ec2,
    /// Amazon's ec2-api-tools'.
    Ec2Api,
}

/// What a bundle's destination may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestinationRule {
    /// A directory; made if its parent exists.
    Made,
    /// As `Made`; without the option, a fresh one below the directory for temporary files.
    MadeOrFresh,
    /// An existing directory.
    Existing,
}

/// How the commands of a dialect behave where the options do not say.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, one row each of the table"
)]
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Words, outputs and exit codes.
    pub family: Family,
    /// Whether existing files are replaced without being asked.
    pub replaces: bool,
    /// How part numbers are padded.
    pub part_names: PartNames,
    /// What a bundle's destination may be.
    pub destination: DestinationRule,
    /// Whether an image larger than EC2's limit is refused, or only warned of.
    pub limit_is_error: bool,
    /// Whether the account must have AWS' 12 digits.
    pub account_is_aws: bool,
    /// Whether a missing architecture is detected, and asked for.
    pub detects_arch: bool,
    /// Whether the cloud's certificate is looked for where the old packages put Amazon's.
    pub finds_amazon_certificate: bool,
    /// Whether a key of fewer than 32 hex digits is a number, to be filled up with zeros.
    pub pads_keys: bool,
    /// Whether a name given to the bundle must not be that of a file in its destination.
    pub name_must_be_free: bool,
    /// Whether parts are sought beside the manifest, or else in the working directory.
    pub parts_beside_manifest: bool,
}

/// The manner of amikit's own commands.
pub const NATIVE: Manner = Manner {
    family: Family::Native,
    replaces: false,
    part_names: PartNames::TwoDigits,
    destination: DestinationRule::Made,
    limit_is_error: false,
    account_is_aws: false,
    detects_arch: false,
    finds_amazon_certificate: false,
    pads_keys: false,
    name_must_be_free: false,
    parts_beside_manifest: true,
};

/// The commands of one old tool set.
#[derive(Debug)]
pub struct Dialect {
    /// The tools that are imitated, with their version.
    pub tools: &'static str,
    /// What follows a command's name in the answer to `--version`: our version, in the shape
    /// of the tool's own line.
    pub version: &'static str,
    /// How its commands behave.
    pub manner: Manner,
    /// Edits that all its commands share; made before the command's own.
    pub common: &'static [Edit],
    /// Its commands, in groups.
    pub commands: &'static [&'static [DialectCommand]],
}

/// One command of an old tool set.
#[derive(Debug)]
pub struct DialectCommand {
    /// The name it is called by.
    pub name: &'static str,
    /// Other names for it: the short ones, former ones.
    pub aliases: &'static [&'static str],
    /// The native command that it is.
    pub command: &'static str,
    /// What differs.
    pub edits: &'static [Edit],
    /// An example for the help.
    pub example: &'static str,
}

/// One difference between a native option and a dialect's.
#[derive(Debug, Clone, Copy)]
pub enum Edit {
    /// An option that only the dialect has.
    Add(fn() -> Arg),
    /// The dialect's tool does not have the option.
    Remove(&'static str),
    /// The option is accepted, but not shown.
    Hide(&'static str),
    /// The option has another long name, and none besides.
    Long(&'static str, &'static str),
    /// The option has another letter, or none.
    Short(&'static str, Option<char>),
    /// All of these, in order.
    All(&'static [Edit]),
    /// The option must be given.
    Require(&'static str),
    /// The option may be left out.
    Optional(&'static str),
    /// The value if nothing else says.
    Default(&'static str, &'static str),
    /// Nothing stands for the option but the option.
    FlagOnly(&'static str),
    /// These variables, then this setting, stand for the option.
    Sources(&'static str, &'static [&'static str], Option<Setting>),
    /// The option's help.
    Help(&'static str, &'static str),
}

/// How both tools' `unbundle` differ: they look and write where they are, and to a file only.
const UNBUNDLE: &[Edit] = &[
    Edit::Remove("cert"),
    Edit::Remove("to-device"),
    Edit::Remove("output-file"),
    Edit::Default("source", "."),
    Edit::Help("source", "Directory of the parts"),
    Edit::Default("destination", "."),
    Edit::Help("destination", "Directory to write the image to"),
];

/// How both tools' `download-bundle` differ.
const DOWNLOAD_BUNDLE: &[Edit] = &[
    Edit::Remove("cert"),
    Edit::Remove("no-resume"),
    Edit::Help(
        "directory",
        "Existing directory to write to; - writes the parts to stdout (default: .)",
    ),
];

/// Both tools' `--retry`: amikit makes calls again without it.
fn retry() -> Arg {
    Arg::new("retry")
        .long("retry")
        .action(ArgAction::SetTrue)
        .help("Accepted: what fails is tried again in any case")
}

/// All dialects.
pub const DIALECTS: &[&Dialect] = &[&EUCA, &EC2, &EC2_API];

/// The dialect command of a name or an alias, with its dialect.
#[must_use]
pub fn find(name: &str) -> Option<(&'static Dialect, &'static DialectCommand)> {
    all().find(|(_, command)| command.name == name || command.aliases.contains(&name))
}

/// Every name that a dialect command can be called by.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().flat_map(|(_, command)| {
        let aliases = command.aliases.iter().copied();
        std::iter::once(command.name).chain(aliases)
    })
}

/// All dialect commands.
pub fn all() -> impl Iterator<Item = (&'static Dialect, &'static DialectCommand)> {
    DIALECTS.iter().flat_map(|dialect| {
        let commands = dialect.commands.iter().copied().flatten();
        commands.map(move |command| (*dialect, command))
    })
}

/// The options of a command in a dialect, and what stands in for them.
#[must_use]
pub fn options(
    spec: &CommandSpec,
    dialect: Option<(&Dialect, &DialectCommand)>,
) -> (Vec<Arg>, Vec<Source>) {
    let mut args = (spec.args)();
    let mut sources = spec.sources.to_vec();
    if let Some((dialect, command)) = dialect {
        for edit in flat(dialect.common).chain(flat(command.edits)) {
            apply(edit, &mut args, &mut sources);
        }
        sources.retain(|source| args.iter().any(|arg| arg.get_id() == source.option));
    }
    (args, sources)
}

/// The edits of a list, those of lists within it too.
pub(crate) fn flat(edits: &'static [Edit]) -> Box<dyn Iterator<Item = Edit>> {
    Box::new(edits.iter().flat_map(|edit| match edit {
        Edit::All(inner) => flat(inner),
        edit => Box::new(std::iter::once(*edit)),
    }))
}

fn apply(edit: Edit, args: &mut Vec<Arg>, sources: &mut Vec<Source>) {
    match edit {
        Edit::Add(make) => args.push(make()),
        Edit::Remove(id) => args.retain(|arg| arg.get_id() != id),
        Edit::Hide(id) => change(args, id, |arg| arg.hide(true)),
        Edit::Long(id, long) => {
            change(args, id, |arg| {
                arg.long(long)
                    .alias(None::<&str>)
                    .visible_alias(None::<&str>)
            });
        }
        Edit::Short(id, letter) => change(args, id, |arg| arg.short(letter)),
        Edit::All(edits) => flat(edits).for_each(|edit| apply(edit, args, sources)),
        Edit::Require(id) => change(args, id, |arg| arg.required(true)),
        Edit::Optional(id) => change(args, id, |arg| arg.required(false)),
        Edit::Default(id, value) => change(args, id, |arg| arg.default_value(value)),
        Edit::FlagOnly(id) => sources.retain(|source| source.option != id),
        Edit::Sources(option, env, setting) => {
            sources.retain(|source| source.option != option);
            sources.push(Source {
                option,
                env,
                setting,
            });
        }
        Edit::Help(id, help) => change(args, id, |arg| arg.help(help)),
    }
}

/// Changes one option. A table that names an option the command lacks is caught by a test.
fn change(args: &mut [Arg], id: &str, change: impl FnOnce(Arg) -> Arg) {
    if let Some(arg) = args.iter_mut().find(|arg| arg.get_id() == id) {
        *arg = change(arg.clone());
    }
}

#[cfg(test)]
mod tests;
