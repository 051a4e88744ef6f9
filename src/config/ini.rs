//! The syntax of Python's `ConfigParser`, as far as euca2ools' files use it.
//!
//! ```text
//! [section name]
//! option = value            ; a comment after white space
//! option: value
//!     continued on an indented line
//! # a comment
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use super::ConfigError;

/// Options by section name; option names are in lower case.
pub(super) type Sections = BTreeMap<String, BTreeMap<String, String>>;

/// Adds the options of one text to `sections`.
pub(super) fn parse(text: &str, origin: &Path, sections: &mut Sections) -> Result<(), ConfigError> {
    let mut section: Option<String> = None;
    let mut option: Option<String> = None;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let error = || ConfigError::Syntax {
            path: origin.to_owned(),
            line: index + 1,
        };
        let trimmed = line.trim();
        if trimmed.is_empty() || line.starts_with(['#', ';']) || is_remark(line) {
            continue;
        }
        if let Some(header) = trimmed.strip_prefix('[') {
            let (name, _) = header.split_once(']').ok_or_else(error)?;
            sections.entry(name.to_owned()).or_default();
            section = Some(name.to_owned());
            option = None;
            continue;
        }
        let options = section
            .as_ref()
            .and_then(|name| sections.get_mut(name))
            .ok_or_else(error)?;
        if line.starts_with(char::is_whitespace)
            && let Some(value) = option.as_ref().and_then(|name| options.get_mut(name))
        {
            value.push('\n');
            value.push_str(trimmed);
            continue;
        }
        let at = trimmed.find(['=', ':']).ok_or_else(error)?;
        let name = trimmed[..at].trim().to_lowercase();
        if name.is_empty() {
            return Err(error());
        }
        options.insert(name.clone(), without_comment(&trimmed[at + 1..]));
        option = Some(name);
    }
    Ok(())
}

/// Whether the line is one of `ConfigParser`'s old `rem` comments.
fn is_remark(line: &str) -> bool {
    line.split_whitespace()
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("rem"))
        && !line.starts_with(char::is_whitespace)
        && !line.contains(['=', ':'])
}

/// The value without a `;` comment that stands after white space.
fn without_comment(value: &str) -> String {
    let end = value
        .match_indices(';')
        .find(|(at, _)| value[..*at].ends_with(char::is_whitespace))
        .map_or(value.len(), |(at, _)| at);
    value[..end].trim().to_owned()
}
