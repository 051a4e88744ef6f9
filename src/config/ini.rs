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
use std::sync::Arc;

use super::ConfigError;

/// Options by section name; option names are in lower case.
pub(super) type Sections = BTreeMap<String, BTreeMap<String, Entry>>;

/// The value of an option, and the file that has it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub value: String,
    pub path: Arc<Path>,
}

/// Adds the options of one text to `sections`.
pub(super) fn parse(text: &str, origin: &Path, sections: &mut Sections) -> Result<(), ConfigError> {
    let mut section: Option<String> = None;
    let mut option: Option<String> = None;
    let path: Arc<Path> = origin.into();
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
            && let Some(entry) = option.as_ref().and_then(|name| options.get_mut(name))
        {
            entry.value.push('\n');
            entry.value.push_str(trimmed);
            continue;
        }
        let at = trimmed.find(['=', ':']).ok_or_else(error)?;
        let name = trimmed[..at].trim().to_lowercase();
        if name.is_empty() {
            return Err(error());
        }
        let entry = Entry {
            value: without_comment(&trimmed[at + 1..]),
            path: Arc::clone(&path),
        };
        options.insert(name.clone(), entry);
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
