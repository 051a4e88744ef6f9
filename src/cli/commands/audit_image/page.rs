//! An audit in words, for people: dangers first, each kind with what to do about it.

use std::fmt::Write as _;

use crate::audit::{AuditReport, Finding, Severity, Verdict};
use crate::units::Bytes;

/// Describes `report`, each line ended by a newline.
pub(super) fn page(report: &AuditReport) -> String {
    let mut text = format!(
        "{} ({}): {}\n",
        shown(&report.image.display().to_string()),
        Bytes(report.size),
        summary(report)
    );
    for severity in [Severity::Danger, Severity::Notice] {
        let findings = report.findings.iter().filter(|f| f.severity == severity);
        let findings: Vec<&Finding> = findings.collect();
        // Sorted by kind; what has the same remedy is told together.
        for group in findings.chunk_by(|a, b| (a.kind, a.remedy) == (b.kind, b.remedy)) {
            tell(&mut text, group);
        }
    }
    let rows = report.looked_into.iter().map(|seen| {
        let mut words = vec![place(seen.partition, None), seen.what.clone()];
        let mounted = seen
            .mounted_on
            .as_ref()
            .map(|place| format!("mounted on {place}"));
        words.extend(mounted);
        words.extend(seen.system.clone());
        words.retain(|word| !word.is_empty());
        words.join(", ")
    });
    list(&mut text, "looked into", rows);
    let rows = report.not_looked_into.iter().map(|unseen| {
        let place = place(unseen.partition, unseen.path.as_deref());
        let colon = if place.is_empty() { "" } else { ": " };
        format!("{place}{colon}{}", unseen.why)
    });
    list(&mut text, "not looked into", rows);
    list(&mut text, "warnings", report.warnings.iter().cloned());
    text
}

fn summary(report: &AuditReport) -> String {
    let counted = |count: usize, noun: &str| match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    };
    let dangers = report.count(Severity::Danger);
    let notices = report.count(Severity::Notice);
    let found = [(dangers, "danger"), (notices, "notice")];
    let found = found.into_iter().filter(|(count, _)| *count > 0);
    let mut words: Vec<String> = found.map(|(count, noun)| counted(count, noun)).collect();
    match report.verdict() {
        Verdict::Clean => words.push("nothing found".to_owned()),
        _ if !report.is_complete() => words.push("not everything was looked into".to_owned()),
        _ => {}
    }
    words.join(", ")
}

/// Findings of one kind with one remedy.
fn tell(text: &mut String, group: &[&Finding]) {
    let Some(first) = group.first() else {
        return;
    };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\n{}: {}", first.severity, first.kind.title());
    for finding in group {
        let place = place(finding.partition, finding.path.as_deref());
        let colon = if place.is_empty() { "" } else { ": " };
        let _ = writeln!(text, "  {place}{colon}{}", finding.detail);
    }
    let _ = writeln!(text, "  -> {}", first.remedy);
}

fn list(text: &mut String, title: &str, rows: impl Iterator<Item = String>) {
    for (index, row) in rows.enumerate() {
        if index == 0 {
            let _ = writeln!(text, "\n{title}:");
        }
        let _ = writeln!(text, "  {row}");
    }
}

fn place(partition: Option<u32>, path: Option<&str>) -> String {
    let partition = partition.map(|number| format!("partition {number}"));
    let path = path.map(str::to_owned);
    let words: Vec<String> = partition.into_iter().chain(path).collect();
    words.join(" ")
}

/// A name that cannot move the cursor.
fn shown(name: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    name.chars().map(plain).collect()
}
