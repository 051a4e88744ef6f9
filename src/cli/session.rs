//! One run of one command: whom it talks to, in which manner, with which option values.

use std::cell::{OnceCell, RefCell};
use std::ffi::OsString;
use std::fmt;
use std::io::Write;

use super::dialect::{Family, Manner};
use super::failure::{Failure, plain_json, printable};
use super::signals::Signals;
use super::values::Values;
use crate::config::{Config, Selection};

/// What the process gives to a run. Tests give their own.
pub struct Surroundings<'a> {
    /// Looks up an environment variable.
    pub env: &'a dyn Fn(&str) -> Option<OsString>,
    /// Receives results.
    pub out: &'a RefCell<dyn Write>,
    /// Receives everything else.
    pub err: &'a RefCell<dyn Write>,
    /// Whether stderr is a terminal.
    pub err_is_terminal: bool,
    /// Whether questions may be asked and the answers read from stdin.
    pub may_ask: bool,
    /// Whether the run may set up what a process has only once: log, signals.
    pub owns_process: bool,
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}

/// Form of a native command's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Table,
    /// One JSON object.
    Json,
    /// A line for each thing, fields behind tabs, the first line with their names.
    Tsv,
}

/// How much is told besides the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verbosity {
    /// Errors only.
    pub quiet: bool,
    /// How often `-v` was given; the dialects' `--debug` counts twice.
    pub level: u8,
}

/// Whether progress bars are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressChoice {
    /// Not at all.
    Off,
    /// As bars on stderr.
    Bars,
    /// As lines `label done/total` on stderr, for programs.
    Porcelain,
}

/// One run of one command.
#[derive(Debug)]
pub struct Session<'a> {
    /// What the process gives.
    pub surroundings: &'a Surroundings<'a>,
    /// How the command behaves.
    pub manner: Manner,
    /// The name it was called by, for messages.
    pub program: String,
    /// Its options.
    pub values: Values<'a>,
    /// Form of the result.
    pub format: OutputFormat,
    /// How much is told.
    pub verbosity: Verbosity,
    /// Whether stderr is coloured.
    pub colour: bool,
    /// Whether progress is shown.
    pub progress: ProgressChoice,
    /// Warnings so far, for the JSON result.
    pub warnings: RefCell<Vec<String>>,
    /// The configuration, once it was needed.
    pub configuration: OnceCell<(Config, Selection)>,
    /// Signals, from when they were caught.
    pub signals: OnceCell<Signals>,
}

impl Session<'_> {
    /// Whether this is a native command.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.manner.family == Family::Native
    }

    /// Whether the result is a JSON object.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.format == OutputFormat::Json
    }

    /// Whether nobody is to be asked. What stdin is does not count: the old tools take answers
    /// from pipes as well.
    #[must_use]
    pub fn is_batch(&self) -> bool {
        self.values.flag("batch") || !self.surroundings.may_ask
    }

    /// The text of an environment variable that is set and not empty.
    #[must_use]
    pub fn env(&self, name: &str) -> Option<OsString> {
        (self.surroundings.env)(name).filter(|value| !value.is_empty())
    }

    /// Prints a result.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        self.print_bytes(text.as_bytes())
    }

    /// Prints a result that need not be text.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn print_bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = self.surroundings.out.borrow_mut();
        out.write_all(bytes)
            .and_then(|()| out.flush())
            .map_err(|error| Failure::output(&error))
    }

    /// Prints a line of a result.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn line(&self, text: &str) -> Result<(), Failure> {
        self.print(&format!("{text}\n"))
    }

    /// Prints a JSON result, on one line.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn json(&self, value: &serde_json::Value) -> Result<(), Failure> {
        self.line(&plain_json(value))
    }

    /// Tells something that is no result, unless quiet or for programs.
    pub fn note(&self, text: &str) {
        if !self.verbosity.quiet && !self.is_json() {
            self.tell(&format!(
                "{}: note: {}",
                self.speaker(),
                printable(text, false)
            ));
        }
    }

    /// Prints a result whose place on stdout the image has taken: to stderr.
    ///
    /// Quiet runs leave out the words for people; a program that asked for JSON gets it.
    pub fn aside(&self, text: &str) {
        if !self.verbosity.quiet || self.is_json() {
            self.tell(text);
        }
    }

    /// Warns, once: the command goes on. The JSON result repeats its warnings; for programs
    /// every line of stderr is a JSON object, too.
    pub fn warn(&self, text: impl Into<String>) {
        let text = text.into();
        if self.warnings.borrow().contains(&text) {
            return;
        }
        if !self.verbosity.quiet && self.is_json() {
            self.tell(&plain_json(&serde_json::json!({ "warning": text })));
        } else if !self.verbosity.quiet {
            let label = if self.colour {
                "\u{1b}[1;33mwarning:\u{1b}[0m"
            } else {
                "warning:"
            };
            let shown = printable(&text, false);
            self.tell(&format!("{}: {label} {shown}", self.speaker()));
        }
        self.warnings.borrow_mut().push(text);
    }

    /// The name that stands before messages.
    fn speaker(&self) -> &str {
        match self.manner.family {
            Family::Native if self.program.starts_with("amikit-cloud") => "amikit-cloud",
            Family::Native => "amikit",
            Family::Euca | Family::Ec2 | Family::Ec2Api => &self.program,
        }
    }

    /// A stderr that cannot be written leaves nobody to tell, so errors are passed over.
    fn tell(&self, text: &str) {
        let _ = writeln!(self.surroundings.err.borrow_mut(), "{text}");
    }
}
