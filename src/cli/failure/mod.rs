//! What a user reads when something fails: the one place that words hints and picks exit codes.
//!
//! ```text
//! native   amikit: error: MESSAGE: CAUSE      + hint: …     0 1 2 3 4 5 6 7 130 143
//!          (amikit-cloud: under its own name)
//! euca     euca-X: error: MESSAGE: CAUSE      + hint: …     0 1 2 (usage)
//! ec2      ERROR: MESSAGE: CAUSE              + hint: …     0 (also: declined), 254, 3 (S3)
//!          MESSAGE + Try 'ec2-X --help'                     1 (parameter), 2 (no such file),
//!                                                           5 (time-out), 255 (interrupted)
//! api      Client.CODE: MESSAGE               + hint: …     0 1
//! ```

pub(in crate::cli) mod cloud;
#[cfg(feature = "cloud")]
mod controller;
mod ec2;
mod images;
mod inputs;
mod journeys;
mod migrate;
mod snapshots;
mod spelling;
mod transfers;
mod transfers_down;

use std::error::Error;
use std::fmt::Write as _;
use std::io;

use super::dialect::Family;
use crate::aws::ServiceError;

pub use spelling::Spelling;

/// Why a command ended without its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The journey failed.
    Failed,
    /// The command line makes no sense.
    Usage,
    /// A part, an image or a signature is not what it should be.
    Integrity,
    /// A key, a certificate or the configuration cannot be used.
    Credentials,
    /// A service refused what was asked of it.
    Service,
    /// The bucket is in another place than the one asked for.
    Elsewhere,
    /// A service cannot be reached, or the connection to it breaks.
    Unreachable,
    /// Some of the work is done, and the same command does the rest.
    Partial,
    /// Nobody answered in time: the user, or a service.
    Timeout,
    /// The user stopped the command with this signal.
    Interrupted(i32),
    /// Whoever read the output went away.
    ClosedPipe,
    /// The user was asked whether to go on, and does not want to.
    Declined,
}

/// `SIGINT` and `SIGPIPE`, as `128 + signal` makes exit codes of them.
const SIGINT: i32 = 2;
const SIGPIPE: u8 = 13;

impl Exit {
    /// The process exit code in a dialect. `missing_file` tells that the cause is a file that
    /// does not exist, which the old tools report with a code of its own.
    #[must_use]
    pub fn code(self, family: Family, missing_file: bool) -> u8 {
        let signal = |number: i32| 128_u8.saturating_add(u8::try_from(number).unwrap_or(0));
        match (self, family) {
            // ec2-ami-tools', the only ones that ask, take this for success.
            (Self::Declined, _) => 0,
            (Self::ClosedPipe, _) => 128 + SIGPIPE,
            (Self::Interrupted(number), Family::Ec2Api) => signal(number),
            (_, Family::Ec2Api) => 1,
            (Self::Interrupted(_), Family::Ec2) => 255,
            (Self::Interrupted(number), _) => signal(number),
            (Self::Timeout, Family::Native | Family::Ec2) => 5,
            (Self::Usage, Family::Native | Family::Euca) | (Self::Timeout, Family::Euca) => 2,
            (Self::Credentials, Family::Euca) | (Self::Failed | Self::Credentials, Family::Ec2)
                if missing_file =>
            {
                2
            }
            (Self::Usage, Family::Ec2)
            | (Self::Failed | Self::Unreachable, Family::Native)
            | (
                Self::Failed
                | Self::Integrity
                | Self::Credentials
                | Self::Service
                | Self::Elsewhere
                | Self::Unreachable
                | Self::Partial,
                Family::Euca,
            ) => 1,
            // ec2-ami-tools' code for everything that S3 does wrong.
            (Self::Elsewhere, Family::Ec2) => 10,
            (Self::Service | Self::Unreachable | Self::Partial, Family::Ec2)
            | (Self::Service | Self::Elsewhere, Family::Native) => 3,
            (Self::Partial, Family::Native) => 7,
            (_, Family::Ec2) => 254,
            (Self::Integrity, Family::Native) => 4,
            (Self::Credentials, Family::Native) => 6,
        }
    }
}

/// An error as the user sees it.
#[derive(Debug)]
pub struct Failure {
    /// The message and its causes.
    pub chain: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// What kind of failure it is.
    pub exit: Exit,
    /// Whether the cause is a file that does not exist.
    pub missing_file: bool,
    /// The usage line, shown by the dialects whose tool did.
    pub usage: Option<String>,
    /// What the service said, which each tool tells in its own words.
    pub service: Option<Box<ServiceError>>,
}

impl Failure {
    /// A failure with its own words.
    #[must_use]
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            chain: vec![message.into()],
            hint: None,
            exit,
            missing_file: false,
            usage: None,
            service: None,
        }
    }

    /// A command line that makes no sense.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A failure told by an error and its causes.
    #[must_use]
    pub fn from_error(exit: Exit, error: &(dyn Error + 'static)) -> Self {
        let mut failure = Self::new(exit, error.to_string());
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            // Libraries often repeat a cause at the end of what it caused.
            if !failure
                .chain
                .last()
                .is_some_and(|last| last.ends_with(&text))
            {
                failure.chain.push(text);
            }
            if let Some(cause) = error.downcast_ref::<io::Error>() {
                failure.missing_file |= cause.kind() == io::ErrorKind::NotFound;
            }
            next = error.source();
        }
        failure
    }

    /// A failure of a file operation.
    #[must_use]
    pub fn io(message: impl Into<String>, error: &io::Error) -> Self {
        let mut failure = Self::new(Exit::Failed, message);
        failure.chain.push(error.to_string());
        failure.missing_file = error.kind() == io::ErrorKind::NotFound;
        failure
    }

    /// Output that could not be written; a reader that went away is no error worth words.
    #[must_use]
    pub fn output(error: &io::Error) -> Self {
        let mut failure =
            Self::io("cannot write the output", error).hint("redirect it to where there is room");
        if error.kind() == io::ErrorKind::BrokenPipe {
            failure.exit = Exit::ClosedPipe;
        }
        failure
    }

    /// The user does not want to go on.
    #[must_use]
    pub fn declined() -> Self {
        Self::new(Exit::Declined, "nothing is done")
    }

    /// The user stopped the command.
    #[must_use]
    pub fn interrupted() -> Self {
        Self::new(Exit::Interrupted(SIGINT), "interrupted")
    }

    /// Adds advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The message and its causes on one line.
    #[must_use]
    pub fn message(&self) -> String {
        self.chain.join(": ")
    }

    /// The exit code in a dialect.
    #[must_use]
    pub fn code(&self, family: Family) -> u8 {
        self.exit.code(family, self.missing_file)
    }

    /// The lines for stderr in a dialect; `program` is the name the user called.
    #[must_use]
    pub fn render(&self, family: Family, program: &str, colour: bool) -> String {
        let message = printable(&self.message(), self.exit == Exit::Usage);
        let paint = |text: &str, code: &str| {
            if colour {
                format!("\u{1b}[{code}m{text}\u{1b}[0m")
            } else {
                text.to_owned()
            }
        };
        let mut text = match family {
            Family::Euca if let Some(said) = &self.service => {
                let words = printable(&said.message, false);
                format!(
                    "{program}: error ({}): {words}\n",
                    printable(&said.code, false)
                )
            }
            Family::Ec2Api if let Some(said) = &self.service => {
                let side = if said.status < 500 {
                    "Client"
                } else {
                    "Server"
                };
                let words = format!("{side}.{}: {}", said.code, said.message);
                format!("{}\n", printable(&words, false))
            }
            Family::Ec2Api => format!("{program}: {message}\n"),
            Family::Ec2 if let Some(said) = &self.service => {
                let words = format!("Server.{}({}): {}", said.code, said.status, said.message);
                format!("ERROR: Error talking to S3: {}\n", printable(&words, false))
            }
            Family::Native => {
                let program = program.split(' ').next().unwrap_or_default();
                format!("{program}: {} {message}\n", paint("error:", "1;31"))
            }
            Family::Euca => {
                let usage = self.usage.as_deref().map(|usage| format!("{usage}\n"));
                format!("{}{program}: error: {message}\n", usage.unwrap_or_default())
            }
            Family::Ec2 if self.exit == Exit::Usage => {
                format!("{message}\nTry '{program} --help'\n")
            }
            Family::Ec2 if self.exit == Exit::Declined => format!("{message}\n"),
            Family::Ec2 => format!("ERROR: {message}\n"),
        };
        if let Some(hint) = &self.hint {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{} {}", paint("hint:", "1;32"), printable(hint, true));
        }
        text
    }

    /// The failure as one JSON object on one line.
    #[must_use]
    pub fn to_json(&self, family: Family) -> String {
        let mut value = serde_json::json!({
            "error": self.message(),
            "hint": self.hint,
            "exit": self.code(family),
        });
        if let Some(said) = &self.service {
            value["service"] = serde_json::json!({
                "code": said.code,
                "status": said.status,
                "message": said.message,
                "operation": said.operation,
                "resource": said.resource,
                "request_id": said.request_id,
            });
        }
        plain_json(&value) + "\n"
    }
}

/// A JSON document as a terminal may have it: JSON itself allows DEL and the control characters
/// of Latin-1 as they are, of which one begins commands as ESC does.
#[must_use]
pub fn plain_json(value: &serde_json::Value) -> String {
    let mut plain = String::new();
    for c in value.to_string().chars() {
        if c.is_control() {
            let _ = write!(plain, "\\u{:04x}", u32::from(c)); // only inside of texts
        } else {
            plain.push(c);
        }
    }
    plain
}

/// Text without control characters: a file name must not move the cursor, nor begin a line.
/// With `lines`, as a usage failure and its hints have them, line ends stay.
#[must_use]
pub fn printable(text: &str, lines: bool) -> String {
    let plain = |c: char| {
        if c.is_control() && !(lines && c == '\n') {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(plain).collect()
}
