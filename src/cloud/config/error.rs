//! What is wrong with a configuration, and where.

use std::io;
use std::path::{Path, PathBuf};

/// Why a configuration is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not TOML, or has a key or a value that is none.
    #[error("{path}, line {line}, {key}: {why}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The section and key, or the section alone.
        key: String,
        /// What was found and what was expected.
        why: String,
    },
    /// Values that make no sense together, or at all.
    #[error("{key}: {why}")]
    Unfit {
        /// The settings.
        key: &'static str,
        /// What does not fit, and what was expected.
        why: String,
    },
}

impl ConfigError {
    /// The error of a text. Only the key of its line is shown, as the value may be a secret.
    pub(super) fn of(error: &toml::de::Error, text: &str, origin: &Path) -> Self {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count();
        let shown = text.lines().nth(line).unwrap_or_default().trim();
        let sections = text.lines().take(line + 1).map(str::trim);
        let section = sections.filter(|line| line.starts_with('[')).last();
        let section = section.and_then(|line| line.get(1..)?.split(']').next());
        let key = shown.split_once('=').map(|(key, _)| key.trim());
        let key = match (section, key) {
            (Some(section), Some(key)) => format!("{section}.{key}"),
            (Some(name), None) | (None, Some(name)) => name.to_owned(),
            (None, None) => "at its beginning".to_owned(),
        };
        let why: Vec<_> = error.message().split_whitespace().collect();
        Self::Line {
            path: origin.to_owned(),
            line: line + 1,
            key,
            why: why.join(" "),
        }
    }
}
