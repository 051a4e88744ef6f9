//! What is left in an image that others will be able to read: keys, passwords, histories.
//!
//! ```text
//! image ─► areas ─┬─ ext2, ext3, ext4 ─► walk, led by the rules' patterns ─► evidence ─► findings
//!                 ├─ swap, hibernation ─► is there memory in it? ──────────────────────┘
//!                 └─ anything else ─────► "not looked into"
//! ```
//!
//! The rules are data ([`RULES`]): where a thing is, what proves it, how bad it is, what to do.
//! A finding never repeats the secret that it is about.
//!
//! The image is read and never written or mounted, and nothing that it says is trusted: reading,
//! names and findings are counted, and whatever is left out because of that, or cannot be read,
//! is told in the report. An audit that could not look everywhere is not a clean one:
//! [`AuditReport::verdict`]. Deleted files, whose blocks may still hold their content, and what
//! is packed in archives, containers' layers or databases is not looked for.

mod auditor;
mod error;
mod evidence;
mod memory;
mod mounts;
mod pattern;
mod report;
mod rules;
mod text;
mod walk;

#[cfg(test)]
mod tests;

pub use auditor::{AuditOptions, audit};
pub use error::AuditError;
pub use report::{AuditReport, Finding, FindingKind, LookedInto, Severity, Unseen, Verdict};
pub use rules::{Evidence, RULES, Rule};
