//! The rules: what is looked for, where, what proves it, how bad it is, what to do.
//!
//! A file gets one finding at most: from the first rule of the table that wants its path and
//! whose evidence holds. So what is harmless stands before what it would be taken for.
//! `docs/audit.md` has the table for people, and a test compares it.

mod keys;
mod secrets;
mod traces;

use std::fmt;

use super::report::{FindingKind, Severity};

/// One rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What it finds.
    pub kind: FindingKind,
    /// How bad that is.
    pub severity: Severity,
    /// Patterns of paths: `*` any characters of a name, `**` any directories, `~` any home.
    pub places: &'static [&'static str],
    /// What the file has to be.
    pub evidence: Evidence,
    /// What to do about it.
    pub remedy: &'static str,
}

/// What proves that a file is what a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// That something other than blanks or zeros is in it.
    NotEmpty,
    /// A private key in its first 64 KiB.
    PrivateKey,
    /// A private key in a file of at most 64 KiB.
    SmallKey,
    /// A PKCS #12 store.
    KeyStore,
    /// One of these settings has a value.
    Setting(&'static [&'static str]),
    /// Accounts that a password opens, or nothing at all.
    Passwords,
    /// A hash of a locked account.
    LockedPasswords,
    /// Public keys.
    AuthorizedKeys,
    /// An id.
    MachineId,
    /// An AWS access key id with its secret beside it, in a text of at most 64 KiB.
    AccessKey,
    /// A swap file that was used, or hibernated to.
    UsedSwap,
    /// That it is not empty; all such files are told as one finding, under this path.
    Gathered(&'static str),
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotEmpty => "it is not empty",
            Self::PrivateKey => "a private key is in it",
            Self::SmallKey => "a private key is in it, at most 64 KiB",
            Self::KeyStore => "it is a PKCS #12 store",
            Self::Setting(names) => return write!(f, "a value of `{}`", names.join("`, `")),
            Self::Passwords => "a hash that a password can match, or no password",
            Self::LockedPasswords => "a hash of a locked account",
            Self::AuthorizedKeys => "a key",
            Self::MachineId => "an id",
            Self::AccessKey => "an access key id with its secret, at most 64 KiB",
            Self::UsedSwap => "pages of memory, or hibernated",
            Self::Gathered(_) => "any files, told together",
        })
    }
}

/// All rules.
pub static RULES: &[&[Rule]] = &[keys::RULES, secrets::RULES, traces::RULES];

/// The rules with their indices.
pub(super) fn all() -> impl Iterator<Item = (usize, &'static Rule)> {
    RULES.iter().copied().flatten().enumerate()
}

/// The rule with this index.
pub(super) fn at(index: usize) -> Option<&'static Rule> {
    RULES.iter().copied().flatten().nth(index)
}
