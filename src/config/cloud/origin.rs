//! Where a value came from, so that it can be told.

use std::fmt;
use std::path::PathBuf;

use crate::config::Located;

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Its source.
    pub origin: Origin,
}

/// The source of a value. It never holds the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An option of the command line, `--url`.
    Flag(&'static str),
    /// Environment variables, `S3_URL`.
    Variable(String),
    /// A section or a line of a file.
    File {
        /// The file.
        path: PathBuf,
        /// The place in it, `[user alice]`; empty when the file has no sections.
        place: String,
    },
    /// The program that a profile of the AWS tools names.
    Process {
        /// The profile.
        profile: String,
    },
    /// The role of the container that this runs in.
    Container {
        /// Who hands its credentials out.
        url: String,
    },
    /// The role of the instance that this runs on.
    Instance {
        /// The role's name.
        role: String,
    },
    /// The service's host name.
    HostName,
    /// Nobody said anything.
    Default,
}

impl<T> Sourced<T> {
    /// A value from a source.
    pub const fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// The value, changed; the source stays.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced::new(change(self.value), self.origin)
    }
}

impl Origin {
    /// The place where a value of euca2ools' files stands.
    #[must_use]
    pub fn located(located: &Located) -> Self {
        Self::File {
            path: located.path.clone(),
            place: format!("[{}] {}", located.section, located.option),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "option {name}"),
            Self::Variable(names) => write!(f, "environment: {names}"),
            Self::File { path, place } if place.is_empty() => write!(f, "{}", path.display()),
            Self::File { path, place } => write!(f, "{}, {place}", path.display()),
            Self::Process { profile } => write!(f, "credential_process of profile {profile}"),
            Self::Container { url } => write!(f, "container role, from {url}"),
            Self::Instance { role } => write!(f, "instance role {role}"),
            Self::HostName => f.write_str("guessed from the host name"),
            Self::Default => f.write_str("default"),
        }
    }
}
