//! What an audit found: plain data, as `--output json` shows it.
//!
//! Texts from the image have their control characters replaced.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

/// What is left in an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// The image as it was named.
    #[serde(serialize_with = "lossy")]
    pub image: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// What was found: dangers first, then by kind, partition and path.
    pub findings: Vec<Finding>,
    /// Where was looked.
    pub looked_into: Vec<LookedInto>,
    /// Where was not looked, or not everywhere.
    pub not_looked_into: Vec<Unseen>,
    /// What else one should know of the image.
    pub warnings: Vec<String>,
}

/// One thing that should not be in an image that others read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub kind: FindingKind,
    /// The partition's number; none on a disk without partitions.
    pub partition: Option<u32>,
    /// The file as the system in the image calls it; none if it is the partition itself.
    pub path: Option<String>,
    /// What is known of it; never the secret.
    pub detail: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Whoever has the image can use it against its maker or against other users of the image.
    Danger,
    /// It tells of its maker, or makes instances alike that should differ.
    Notice,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Danger => "danger",
            Self::Notice => "notice",
        })
    }
}

/// `FindingKind` with its names and titles from one list.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $title:literal;)+) => {
        /// What a finding is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum FindingKind { $($(#[doc = $doc])+ #[serde(rename = $name)] $variant,)+ }

        impl FindingKind {
            /// The name that programs know it by.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The heading over the findings of the kind.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }
    };
}

kinds! {
    /// A private key of the SSH server.
    SshHostKey = "ssh-host-key", "private keys of the SSH server";
    /// A private key in a user's `.ssh`.
    SshUserKey = "ssh-user-key", "private SSH keys of users";
    /// Public keys that open an account.
    AuthorizedKeys = "authorized-keys", "SSH keys that may log in";
    /// Any other private key.
    PrivateKey = "private-key", "private keys";
    /// A private key that everybody has, or that comes with a library's tests.
    KnownKey = "known-key", "private keys that are no secret, or should not be";
    /// Accounts that a password opens, or nothing at all.
    Password = "password", "accounts with a password";
    /// Passwords of accounts that are locked.
    LockedPassword = "locked-password", "passwords of locked accounts";
    /// Keys and tokens of a cloud.
    CloudCredentials = "cloud-credentials", "credentials of clouds";
    /// Passwords and tokens of other services.
    ServiceCredentials = "service-credentials", "passwords and tokens of services";
    /// Passwords and keys of networks.
    NetworkSecret = "network-secret", "passwords and keys of networks";
    /// An AWS access key in some text.
    AccessKey = "access-key", "AWS access keys in text files";
    /// What was typed to a shell.
    ShellHistory = "shell-history", "histories of shells";
    /// What was typed to a database.
    DatabaseHistory = "database-history", "histories of database clients";
    /// What other programs remember.
    ProgramHistory = "program-history", "histories of other programs";
    /// What this machine was started with.
    UserData = "user-data", "user data of an instance";
    /// What was in memory.
    Memory = "memory", "contents of memory";
    /// What each machine should have of its own.
    MachineIdentity = "machine-identity", "identity of the machine";
    /// What cloud-init knows of an instance.
    CloudInit = "cloud-init", "cloud-init's state of an instance";
    /// Addresses and names of the network it was in.
    Network = "network", "traces of a network";
    /// Logs.
    Log = "log", "logs";
    /// What is in directories for temporary files.
    TemporaryFile = "temporary-file", "temporary files";
}

/// A filesystem that was looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LookedInto {
    /// The partition's number; none on a disk without partitions.
    pub partition: Option<u32>,
    /// What it is.
    pub what: String,
    /// Where the system mounts it, as far as known.
    pub mounted_on: Option<String>,
    /// The system's name for itself.
    pub system: Option<String>,
    /// Files that a rule was for.
    pub files: u64,
}

/// Something that was not looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// The partition's number; none on a disk without partitions.
    pub partition: Option<u32>,
    /// The file or directory; none if it is the whole partition or disk.
    pub path: Option<String>,
    /// Why.
    pub why: String,
    /// Whether a system keeps its files there, so that the audit is not complete. Not so for
    /// what firmware starts from.
    pub matters: bool,
}

/// What an audit comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything was looked at and nothing found.
    Clean,
    /// Nothing dangerous was found.
    Notices,
    /// Nothing dangerous was found, but not everything could be looked at.
    Incomplete,
    /// Something dangerous was found.
    Danger,
}

impl AuditReport {
    /// How many findings there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings.filter(|f| f.severity == severity).count()
    }

    /// Whether everything that matters was looked at.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        !self.not_looked_into.iter().any(|unseen| unseen.matters)
    }

    /// What it comes to. Only `Clean` and `Notices` say that no danger is known to be inside.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.count(Severity::Danger) > 0 {
            Verdict::Danger
        } else if !self.is_complete() {
            Verdict::Incomplete
        } else if !self.findings.is_empty() {
            Verdict::Notices
        } else {
            Verdict::Clean
        }
    }
}

/// A path that is not UTF-8 is shown, not refused.
fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}
