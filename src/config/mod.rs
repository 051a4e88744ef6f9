//! Where options come from when the command line does not say: euca2ools' configuration files.
//!
//! ```text
//! flag  >  environment  >  euca2ools.ini  >  default
//!                            │
//!   /etc/euca2ools/euca2ools.ini, /etc/euca2ools/conf.d/*.ini, ~/.euca/*.ini   (later wins)
//!   or instead all that EUCA_CONFIG_PATH matches (colon list of patterns)
//! ```
//!
//! A file has `[global]`, `[user NAME]` and `[region NAME]` sections. Which user and region
//! count is a [`Selection`]. The environment is passed in as a function, so nothing here looks
//! at the process; files are read, but only regular ones and only up to a bound.

pub mod cloud;
mod files;
mod ini;
mod lookup;
mod setting;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use lookup::DEFAULT_REGION;
pub use lookup::Selection;
pub use setting::{Located, Setting};

/// Looks up an environment variable.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Largest configuration file that is read. Real ones have a few KiB.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// Longest chain of `use SECTION` or `%(option)s` that is followed; what is longer is a loop.
const MAX_REDIRECTS: usize = 10;

/// The sections of all configuration files, merged.
#[derive(Debug, Clone, Default)]
pub struct Config {
    sections: ini::Sections,
    files: Vec<PathBuf>,
}

/// Why the configuration is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read configuration file {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is larger than any real one.
    #[error("configuration file {path} has more than {MAX_FILE_BYTES} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A line is neither a section, an option nor a comment.
    #[error("{path}, line {line}: expected \"[section]\", \"option = value\" or a comment")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// A short region or user name stands for several sections.
    #[error("\"{name}\" may be any of {}: write the whole name", .candidates.join(", "))]
    Ambiguous {
        /// The name as given.
        name: String,
        /// The sections it may mean.
        candidates: Vec<String>,
    },
    /// Values refer to each other in a circle.
    #[error("option {option} of [{section}] refers to itself")]
    Loop {
        /// The section.
        section: String,
        /// The option.
        option: String,
    },
    /// A `use` or `%(…)s` leads nowhere.
    #[error("option {option} of [{section}] refers to \"{target}\", which does not exist")]
    DeadReference {
        /// The section.
        section: String,
        /// The option.
        option: String,
        /// What it refers to.
        target: String,
    },
}

impl Config {
    /// Reads the files that the environment leads to. Files that are not there or not readable
    /// for this user are passed over, as euca2ools does.
    ///
    /// # Errors
    /// When a file is malformed, too large, or fails while it is read.
    pub fn load(env: Env<'_>) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        for path in files::find(env) {
            if let Some(text) = files::read(&path)? {
                config.add(&text, &path)?;
            }
        }
        Ok(config)
    }

    /// Takes in the text of one more file; its options win over those there are.
    ///
    /// # Errors
    /// When a line cannot be understood.
    pub fn add(&mut self, text: &str, origin: &Path) -> Result<(), ConfigError> {
        ini::parse(text, origin, &mut self.sections)?;
        self.files.push(origin.to_owned());
        Ok(())
    }

    /// The files that were read, in the order in which later ones win.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

#[cfg(test)]
mod tests;
