//! The gate before others get an image: what is inside is looked at first.
//!
//! ```text
//!                  danger                 not all looked at        rest
//! --share          stop                   warn                     on, notices are counted
//! --public         stop                   stop                     on, notices are counted
//! --accept-risk    warn                   warn                     on
//! ```
//!
//! Where it would stop, a person at a terminal is asked instead.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use clap::Arg;
use serde::Serialize;

use crate::audit::{AuditOptions, AuditReport, Finding, Severity, Unseen, Verdict, audit};
use crate::cli::failure::{Exit, Failure};
use crate::cli::host;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::flag;

/// Most findings that a message names.
const NAMED: usize = 3;

/// What an audit came to, for the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::cli::commands) struct Audited {
    /// In a word.
    pub verdict: Verdict,
    /// Findings that others can use against somebody.
    pub dangers: usize,
    /// Findings that only tell something.
    pub notices: usize,
    /// Whether everything that matters was looked at.
    pub complete: bool,
    /// Each of them.
    pub findings: Vec<Finding>,
    /// What was not looked at.
    pub not_looked_into: Vec<Unseen>,
}

/// The options of the gate.
pub(in crate::cli::commands) fn gate_args() -> [Arg; 2] {
    [
        flag(
            "accept-risk",
            "Share it whatever the audit finds, and ask nothing",
        ),
        flag("skip-audit", "Do not look for secrets before sharing it"),
    ]
}

/// Audits an image that is to be shared, and stops if it should not be.
///
/// # Errors
/// When the image cannot be read, something dangerous is inside that nobody accepts, or not all
/// of an image for everyone can be looked at.
pub(in crate::cli::commands) fn pass(
    session: &Session<'_>,
    watcher: &Watcher,
    image: &Path,
    public: bool,
) -> Result<Audited, Failure> {
    let report = watcher.end(audit(image, &AuditOptions::default(), watcher))?;
    judge(session, &report, public)?;
    Ok(Audited {
        verdict: report.verdict(),
        dangers: report.count(Severity::Danger),
        notices: report.count(Severity::Notice),
        complete: report.is_complete(),
        findings: report.findings,
        not_looked_into: report.not_looked_into,
    })
}

/// Consent to something that the program would not do by itself: `--accept-risk`, or the answer of
/// a person at a terminal. Programs are never asked.
///
/// # Errors
/// When the answer cannot be read.
pub(super) fn consents(session: &Session<'_>, question: &str) -> Result<bool, Failure> {
    if session.values.flag("accept-risk") {
        return Ok(true);
    }
    let can_answer = session.surroundings.may_ask && io::stdin().is_terminal();
    if !can_answer || session.is_json() || !session.is_native() || session.is_batch() {
        return Ok(false);
    }
    host::confirm(session, question)
}

fn judge(session: &Session<'_>, report: &AuditReport, public: bool) -> Result<(), Failure> {
    let image = report.image.display();
    let (what, exit, stops) = match report.verdict() {
        Verdict::Danger => (dangers(report), Exit::Integrity, true),
        Verdict::Incomplete => {
            let what = format!("not all of {image} could be looked at for secrets");
            (what, Exit::Failed, public)
        }
        Verdict::Notices => {
            let count = report.count(Severity::Notice);
            session.note(&format!(
                "the audit of {image} has {count} notices: amikit audit-image {image}"
            ));
            return Ok(());
        }
        Verdict::Clean => return Ok(()),
    };
    session.warn(&what);
    if !stops || consents(session, "Share it all the same?")? {
        return Ok(());
    }
    let message = format!("{what}, so it is not shared");
    Err(Failure::new(exit, message).hint(format!(
        "amikit audit-image {image} tells all and what to do; --accept-risk shares it all the same"
    )))
}

/// The dangers in a line: the first few by name.
fn dangers(report: &AuditReport) -> String {
    let dangers = report.findings.iter();
    let dangers: Vec<_> = dangers.filter(|f| f.severity == Severity::Danger).collect();
    let named = dangers.iter().take(NAMED).map(|finding| {
        let place = finding.path.as_deref().unwrap_or("the partition itself");
        format!("{} ({place})", finding.kind.title())
    });
    let mut named = named.collect::<Vec<_>>().join(", ");
    if dangers.len() > NAMED {
        named.push_str(", …");
    }
    let things = match dangers.len() {
        1 => "something dangerous is".to_owned(),
        count => format!("{count} dangerous things are"),
    };
    format!("{things} in {}: {named}", report.image.display())
}
