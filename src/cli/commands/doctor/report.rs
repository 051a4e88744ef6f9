//! What the doctor found, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::failure::cloud::DOCTOR;
use crate::cli::failure::{Exit, Failure};
use crate::cli::session::Session;
use crate::config::cloud::Origin;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Well.
    Ok,
    /// It works, but something should be done.
    Warn,
    /// It does not work.
    Fail,
    /// There was nothing to check.
    Skipped,
}

/// One check.
#[derive(Debug)]
pub(super) struct Check {
    /// What was checked.
    pub name: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What was seen.
    pub found: String,
    /// What helps.
    pub remedy: Option<String>,
    /// The exit code if it failed.
    pub exit: Exit,
}

/// A setting and its source.
#[derive(Debug)]
pub(super) struct Told {
    name: &'static str,
    value: String,
    origin: String,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub settings: Vec<Told>,
    pub checks: Vec<Check>,
}

impl Report {
    /// Tells a setting and the source that won.
    pub(super) fn tell(&mut self, name: &'static str, value: impl Into<String>, origin: &Origin) {
        self.settings.push(Told {
            name,
            value: value.into(),
            origin: origin.to_string(),
        });
    }

    pub(super) fn ok(&mut self, name: &'static str, found: impl Into<String>) {
        self.add(name, Verdict::Ok, found.into(), None, Exit::Failed);
    }

    pub(super) fn warn(
        &mut self,
        name: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let remedy = Some(remedy.into());
        self.add(name, Verdict::Warn, found.into(), remedy, Exit::Failed);
    }

    pub(super) fn skip(&mut self, name: &'static str, why: impl Into<String>) {
        self.add(name, Verdict::Skipped, why.into(), None, Exit::Failed);
    }

    /// A check that failed as a command would.
    pub(super) fn fail(&mut self, name: &'static str, failure: &Failure) {
        let here =
            |hint: &String| hint.replace(DOCTOR, "the settings above tell where they come from");
        let remedy = failure.hint.as_ref().map(here);
        self.add(name, Verdict::Fail, failure.message(), remedy, failure.exit);
    }

    fn add(
        &mut self,
        name: &'static str,
        verdict: Verdict,
        found: String,
        remedy: Option<String>,
        exit: Exit,
    ) {
        self.checks.push(Check {
            name,
            verdict,
            found,
            remedy,
            exit,
        });
    }

    pub(super) fn first_failure(&self) -> Option<&Check> {
        let mut checks = self.checks.iter();
        checks.find(|check| check.verdict == Verdict::Fail)
    }

    pub(super) fn failures(&self) -> usize {
        let failed = |check: &&Check| check.verdict == Verdict::Fail;
        self.checks.iter().filter(failed).count()
    }

    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        for told in &self.settings {
            let (name, value) = (told.name, plain(&told.value));
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name:<14} {value}  ({})", plain(&told.origin));
        }
        if !self.settings.is_empty() {
            text.push('\n');
        }
        for check in &self.checks {
            let verdict = match check.verdict {
                Verdict::Ok => "ok",
                Verdict::Warn => "WARN",
                Verdict::Fail => "FAIL",
                Verdict::Skipped => "-",
            };
            let _ = writeln!(
                text,
                "{verdict:<5} {:<14} {}",
                check.name,
                plain(&check.found)
            );
            if let Some(remedy) = &check.remedy {
                let _ = writeln!(text, "{:<5} {:<14} > {}", "", "", plain(remedy));
            }
        }
        text
    }

    pub(super) fn to_json(&self, session: &Session<'_>) -> Value {
        let settings: Vec<Value> = self
            .settings
            .iter()
            .map(|told| json!({"name": told.name, "value": told.value, "origin": told.origin}))
            .collect();
        let checks: Vec<Value> = self
            .checks
            .iter()
            .map(|check| {
                let verdict = match check.verdict {
                    Verdict::Ok => "ok",
                    Verdict::Warn => "warn",
                    Verdict::Fail => "fail",
                    Verdict::Skipped => "skipped",
                };
                json!({
                    "name": check.name,
                    "verdict": verdict,
                    "found": check.found,
                    "remedy": check.remedy,
                })
            })
            .collect();
        json!({
            "good": self.first_failure().is_none(),
            "settings": settings,
            "checks": checks,
            "warnings": *session.warnings.borrow(),
        })
    }
}

/// Text of a service or a file name, which must not move the cursor.
fn plain(text: &str) -> String {
    let letters = text.chars();
    letters
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
