//! Writes the tables of docs/compat.md from the dialects'. What stands above them is written by
//! hand.

use std::fmt::Write as _;

use clap::Arg;

use super::{DIALECTS, DestinationRule, Dialect, DialectCommand, Edit, Manner, flat, options};
use crate::bundle::PartNames;
use crate::cli::commands;
use crate::cli::spec::Source;

/// The line of docs/compat.md where the tables begin.
const MARK: &str = "<!-- generated from src/cli/dialect; to renew: make bless -->\n";

/// docs/compat.md with the tables as they are now, and above them what stands there.
#[must_use]
pub fn renewed(page: &str) -> String {
    let by_hand = page.split(MARK).next().unwrap_or_default();
    format!("{by_hand}{MARK}{}", tables())
}

fn tables() -> String {
    let mut page = String::new();
    for dialect in DIALECTS {
        // Writing to a String cannot fail.
        let _ = write!(
            page,
            "\n## {}\n\n{}",
            dialect.tools,
            manner(&dialect.manner)
        );
        for command in dialect.commands.iter().copied().flatten() {
            page.push_str(&table(dialect, command));
        }
    }
    page
}

fn manner(manner: &Manner) -> String {
    let yes_no = |value: bool| if value { "yes" } else { "no" };
    let names = match manner.part_names {
        PartNames::TwoDigits => "at least two digits",
        PartNames::CountWidth => "as many digits as the number of parts has",
    };
    let destination = match manner.destination {
        DestinationRule::Made => "made if its parent exists",
        DestinationRule::MadeOrFresh => "made if its parent exists; a fresh one if not given",
        DestinationRule::Existing => "must exist",
    };
    let limit = if manner.limit_is_error {
        "refused"
    } else {
        "warned of"
    };
    format!(
        "| behaviour | |\n|---|---|\n\
         | existing files are replaced | {} |\n\
         | numbers of parts | {names} |\n\
         | destination of a bundle | {destination} |\n\
         | images larger than 10 GiB | {limit} |\n\
         | account must have 12 digits | {} |\n\
         | architecture is detected | {} |\n\
         | finds Amazon's certificate where the old packages put it | {} |\n\
         | keys in hex may be shorter than 32 digits | {} |\n\
         | `--prefix` may not name a file in the destination | {} |\n",
        yes_no(manner.replaces),
        yes_no(manner.account_is_aws),
        yes_no(manner.detects_arch),
        yes_no(manner.finds_amazon_certificate),
        yes_no(manner.pads_keys),
        yes_no(manner.name_must_be_free),
    )
}

fn table(dialect: &Dialect, command: &DialectCommand) -> String {
    let Some(spec) = commands::find(command.command) else {
        return String::new();
    };
    let (args, sources) = options(spec, Some((dialect, command)));
    let mut text = format!(
        "\n### {}\n\nIs `amikit {}`.{}\n\n| option | needed | default | stands in | remarks |\n\
         |---|---|---|---|---|\n",
        command.name,
        command.command,
        also(command)
    );
    for arg in args.iter().filter(|arg| arg.get_id() != "extra") {
        text.push_str(&row(arg, &sources, dialect, command));
    }
    let removed: Vec<_> = removed(dialect, command)
        .filter(|id| (spec.args)().iter().any(|arg| arg.get_id() == id))
        .map(|id| format!("`--{id}`"))
        .collect();
    if !removed.is_empty() {
        let _ = write!(
            text,
            "\nOnly the native command has: {}.\n",
            removed.join(", ")
        );
    }
    text
}

/// The other names of a command.
fn also(command: &DialectCommand) -> String {
    if command.aliases.is_empty() {
        return String::new();
    }
    format!(" Also called `{}`.", command.aliases.join("`, `"))
}

fn row(arg: &Arg, sources: &[Source], dialect: &Dialect, command: &DialectCommand) -> String {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let mut spellings: Vec<String> = short
        .into_iter()
        .chain(long)
        .map(|s| format!("`{s}`"))
        .collect();
    if arg.is_positional() {
        let names = arg.get_value_names().unwrap_or_default().iter();
        spellings.extend(names.map(ToString::to_string));
    }
    let default: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    let default = if arg.get_action().takes_values() {
        default.join(" ")
    } else {
        String::new()
    };
    let mut remarks = Vec::new();
    if arg.is_hide_set() {
        remarks.push("not shown in the help".to_owned());
    }
    let added = edits(dialect, command).any(|edit| match edit {
        Edit::Add(make) => make().get_id() == arg.get_id(),
        _ => false,
    });
    if added {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        remarks.push(format!("not native: {help}"));
    } else if arg.get_long().is_some_and(|long| arg.get_id() != long) {
        remarks.push(format!("native: `--{}`", arg.get_id()));
    }
    let source = sources.iter().find(|source| arg.get_id() == source.option);
    format!(
        "| {} | {} | {default} | {} | {} |\n",
        spellings.join(" "),
        if arg.is_required_set() { "yes" } else { "" },
        source.map(stands_in).unwrap_or_default(),
        remarks.join("; ")
    )
}

fn stands_in(source: &Source) -> String {
    let mut ways: Vec<String> = source.env.iter().map(|name| format!("`{name}`")).collect();
    if let Some(setting) = source.setting {
        let (section, option) = setting.place();
        ways.push(format!("config: {section} `{option}`"));
    }
    ways.join(", ")
}

fn edits(dialect: &Dialect, command: &DialectCommand) -> impl Iterator<Item = Edit> {
    flat(dialect.common).chain(flat(command.edits))
}

fn removed(dialect: &Dialect, command: &DialectCommand) -> impl Iterator<Item = &'static str> {
    edits(dialect, command).filter_map(|edit| match edit {
        Edit::Remove(id) => Some(id),
        _ => None,
    })
}
