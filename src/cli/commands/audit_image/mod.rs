//! `audit-image`: tells what should be taken out of an image before others get it.
//!
//! ```text
//! exit 0   everything was looked at, and nothing dangerous is inside
//! exit 1   nothing dangerous was found, but not everything could be looked at
//! exit 4   something dangerous is inside; with --strict, anything at all
//! ```

mod page;

use clap::Arg;

use crate::audit::{AuditOptions, AuditReport, Verdict, audit};
use crate::cli::failure::{Exit, Failure};
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, path};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "audit-image",
    about: "Look for keys, passwords and histories in a disk image before sharing it",
    details: "Reads the ext2, ext3 and ext4 file systems of a raw image or block device, without \
              mounting it or changing anything, and lists private keys, credentials, passwords, \
              histories and other traces, with what to do about each. Secrets themselves are \
              never shown. What cannot be looked into is listed, too; deleted files are not \
              looked for.\n\n\
              Exits with 4 if something dangerous was found, with 1 if nothing was found but not \
              everything could be looked into, and with 0 otherwise, also if there are notices.",
    examples: &[
        "amikit audit-image disk.img",
        "amikit audit-image disk.img --strict --output json",
    ],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    vec![
        path("image", "IMAGE", "Raw disk image, or block device")
            .long(None::<&str>)
            .required(true),
        flag(
            "strict",
            "Exit with 4 for notices, too, and for everything that was not looked into",
        ),
    ]
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let image = session.required_path("image")?;
    let watcher = Watcher::new(session)?;
    let report = watcher.end(audit(&image, &AuditOptions::default(), &watcher))?;
    if session.is_json() {
        let mut value = serde_json::to_value(&report)
            .map_err(|error| Failure::io("cannot write the report", &error.into()))?;
        value["verdict"] = serde_json::json!(report.verdict());
        session.json(&value)?;
    } else {
        session.print(&page::page(&report))?;
    }
    judge(&report, session.values.flag("strict"))
}

/// What the process says of the report.
fn judge(report: &AuditReport, is_strict: bool) -> Result<Outcome, Failure> {
    let is_spotless = report.findings.is_empty() && report.not_looked_into.is_empty();
    match report.verdict() {
        Verdict::Danger => Ok(Outcome::FaultsFound),
        _ if is_strict && !is_spotless => Ok(Outcome::FaultsFound),
        Verdict::Incomplete => {
            let message = format!("not all of {} was looked into", report.image.display());
            let hint = "look yourself into what is listed as not looked into, before you share it";
            Err(Failure::new(Exit::Failed, message).hint(hint))
        }
        Verdict::Clean | Verdict::Notices => Ok(Outcome::Done),
    }
}
