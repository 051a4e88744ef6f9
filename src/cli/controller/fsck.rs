//! `amikit-cloud fsck`.

use clap::Arg;
use serde::Serialize;
use serde_json::{Map, json};

use super::cloud::{describe, runtime};
use super::settings;
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, show};
use crate::cli::failure::Failure;
use crate::cli::session::{OutputFormat, Session};
use crate::cli::spec::{CommandSpec, Outcome, flag, option};
use crate::cloud::config::Span;
use crate::cloud::fsck::{Finding, MOST, Options, Report};
use crate::units::Bytes;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "cloud fsck",
    about: "Compare database and objects, and mend what does not agree",
    details: "\
Without options nothing is changed. --repair mends all that loses nothing; objects whose bytes are \
gone or damaged are listed, and stay until --remove-lost. With objects in a directory the cloud \
must be stopped; with objects in an S3 it may run. Ends with 0 when nothing is wrong, or is \
any more, and with 4 when something is.",
    examples: &[
        "amikit-cloud fsck",
        "amikit-cloud fsck --deep --output json",
        "amikit-cloud fsck --repair",
    ],
    args,
    sources: settings::SOURCES,
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        flag("repair", "Mend what can be mended without losing anything"),
        flag("deep", "Read every object, and compare its MD5"),
        flag(
            "remove-lost",
            "Remove objects whose bytes are gone or damaged, after copying what is left of \
             damaged ones to quarantine of the data directory; mends the rest as well",
        ),
        option(
            "grace",
            "TIME",
            "In an S3, leave what belongs to nobody for so long: it may be on its way (default: 1d)",
        ),
    ];
    args.extend(settings::place_args());
    args
}

/// A finding in the list.
#[derive(Debug, Serialize)]
struct FindingRow {
    kind: &'static str,
    place: String,
    blob: Option<String>,
    detail: String,
    mended: bool,
}

impl From<&Finding> for FindingRow {
    fn from(finding: &Finding) -> Self {
        Self {
            kind: finding.kind.name(),
            place: finding.place.clone(),
            blob: finding.blob.clone(),
            detail: finding.detail.clone(),
            mended: finding.is_mended,
        }
    }
}

impl Row for FindingRow {
    const HEADS: &'static [&'static str] = &["kind", "place", "detail", "mended"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.kind.to_owned()),
            Some(self.place.clone()),
            Some(self.detail.clone()),
            self.mended.then(|| "mended".to_owned()),
        ]
    }

    /// No old tool lists them.
    fn lines(&self, _: Family) -> Vec<Line> {
        Vec::new()
    }
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let grace = session.parsed::<Span>("grace")?;
    let grace_ms = grace.map_or(86_400_000, |grace| grace.0.as_millis());
    let options = Options {
        repair: session.values.flag("repair"),
        remove_lost: session.values.flag("remove-lost"),
        deep: session.values.flag("deep"),
        grace_ms: i64::try_from(grace_ms).unwrap_or(i64::MAX),
    };
    let cloud = describe(settings::read(session)?)?;
    let report = runtime()?.block_on(cloud.fsck(options))?;
    tell(session, &report)?;
    Ok(if report.is_clean() {
        Outcome::Done
    } else {
        Outcome::FaultsFound
    })
}

fn tell(session: &Session<'_>, report: &Report) -> Result<(), Failure> {
    let rows: Vec<FindingRow> = report.findings.iter().map(FindingRow::from).collect();
    let checked = &report.checked;
    if session.is_json() {
        let counts = report.counts.iter().map(|(kind, count)| {
            let count = json!({"found": count.found, "mended": count.mended});
            (kind.name().to_owned(), count)
        });
        return session.json(&json!({
            "clean": report.is_clean(),
            "checked": {
                "blobs": checked.blobs,
                "bytes": checked.bytes,
                "versions": checked.versions,
                "parts": checked.parts,
                "read": checked.read,
                "young": checked.young,
            },
            "counts": counts.collect::<Map<_, _>>(),
            "findings": rows,
        }));
    }
    if session.format == OutputFormat::Tsv || !rows.is_empty() {
        show(session, "findings", &rows)?;
    }
    if report.is_cut() {
        session.warn(format!(
            "of each kind only the first {MOST} are told; all are counted"
        ));
    }
    if session.format == OutputFormat::Tsv {
        return Ok(());
    }
    let size = Bytes(checked.bytes);
    session.note(&format!(
        "{} blobs of {size}, {} versions, {} parts were looked at, {} blobs read",
        checked.blobs, checked.versions, checked.parts, checked.read
    ));
    if checked.young > 0 {
        session.note(&format!(
            "{} blobs belong to nobody and are younger than the grace time",
            checked.young
        ));
    }
    for (kind, count) in &report.counts {
        let (found, mended) = (count.found, count.mended);
        session.note(&format!("{kind}: {found} found, {mended} mended"));
    }
    if report.counts.is_empty() {
        session.line("clean")?;
    } else if !report.is_clean() {
        session.note("docs/cloud.md tells what each kind means, and what to do");
    }
    Ok(())
}
