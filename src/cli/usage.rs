//! Turns clap's errors into usage failures, in each dialect's words.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::dialect::Family;
use super::failure::Failure;

/// The failure of a command line that clap refused.
#[must_use]
pub fn failure(error: &clap::Error, family: Family) -> Failure {
    let rendered = error.render().to_string();
    if family == Family::Ec2
        && let Some(message) = ec2_words(error)
    {
        return Failure::usage(message);
    }
    let mut failure = Failure::usage(message(error, &rendered));
    failure.usage = paragraph(&rendered, "Usage:");
    match (tip(error, &rendered), family) {
        (Some(tip), _) => failure.hint(tip),
        (None, Family::Native) => {
            let command = command_words(failure.usage.as_deref().unwrap_or_default());
            failure.hint(format!("{command} --help tells what there is"))
        }
        (None, _) => failure,
    }
}

/// Most commands that are proposed for one that does not exist.
const MOST_PROPOSED: usize = 3;

/// What clap proposes. Of similar commands only the most similar, which it puts last; and not that
/// a word may be no option after `--`, which nobody meant who mistyped one.
fn tip(error: &clap::Error, rendered: &str) -> Option<String> {
    if let Some(ContextValue::Strings(names)) = error.get(ContextKind::SuggestedSubcommand)
        && names.len() > 1
    {
        let best: Vec<&str> = names.iter().rev().map(String::as_str).collect();
        let best = best[..best.len().min(MOST_PROPOSED)].join(", ");
        return Some(format!("similar ones exist: {best}"));
    }
    let mut tips = rendered
        .lines()
        .filter_map(|line| line.trim().strip_prefix("tip: "));
    let tip = tips.find(|tip| !tip.starts_with("to pass '"))?;
    Some(tip.to_owned())
}

/// What clap says before the usage, on one line.
fn message(error: &clap::Error, rendered: &str) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        || error.kind() == ErrorKind::MissingSubcommand
    {
        return "no command given".to_owned();
    }
    let first = rendered.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    let text = words.join(" ");
    text.strip_prefix("error: ").unwrap_or(&text).to_owned()
}

/// The words of a usage line before its options: `amikit unbundle`.
fn command_words(usage: &str) -> String {
    let words = usage.split_whitespace().skip(1);
    let plain: Vec<_> = words
        .take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect();
    if plain.is_empty() {
        return "amikit".to_owned();
    }
    plain.join(" ")
}

fn paragraph(rendered: &str, start: &str) -> Option<String> {
    let found = rendered
        .split("\n\n")
        .find(|text| text.starts_with(start))?;
    Some(found.trim_end().to_owned())
}

/// The old tools' own sentences for the commonest mistakes.
fn ec2_words(error: &clap::Error) -> Option<String> {
    let option = match error.get(ContextKind::InvalidArg)? {
        ContextValue::String(option) => option.as_str(),
        ContextValue::Strings(options) => options.first()?,
        _ => return None,
    };
    // clap shows an option with its value's name: "--image <FILE>".
    let name = option.split_whitespace().next()?;
    match error.kind() {
        ErrorKind::MissingRequiredArgument => Some(format!("missing mandatory parameter: {name}")),
        ErrorKind::UnknownArgument => Some(format!("invalid option: {name}")),
        ErrorKind::InvalidValue => Some(format!("missing argument: {name}")),
        _ => None,
    }
}
