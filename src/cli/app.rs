//! From the words of a command line to a command's run and its exit code.
//!
//! ```text
//! argv[0] = euca-X / ec2-X ──────────────┐
//! argv[1] = euca-X / ec2-X (of amikit) ──┼─► dialect ─► clap ─► Session ─► run ─► exit code
//! amikit X ──────────────────────────────┤                        └─ Failure ─► stderr
//! amikit cloud X, amikit-cloud X ────────┘
//! ```

use std::cell::{OnceCell, RefCell};
use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::Command;
use clap::error::ErrorKind;

use super::commands;
#[cfg(feature = "cloud")]
use super::controller;
use super::dialect::{self, Family, Manner, NATIVE};
use super::failure::{Exit, Failure, Spelling};
use super::session::{OutputFormat, ProgressChoice, Session, Surroundings, Verbosity};
use super::spec::{Assembled, CommandSpec, Outcome, assemble};
use super::values::Values;
use super::{globals, logging, root_help};

/// Runs a command line and returns the exit code.
#[must_use]
pub fn run(argv: &[OsString], surroundings: &Surroundings<'_>) -> u8 {
    let called = argv.first().map(|word| base_name(word)).unwrap_or_default();
    let second = argv.get(1).map(|word| word.to_string_lossy().into_owned());
    if dialect::find(&called).is_some() {
        return run_dialect(&called, argv, surroundings);
    }
    match second.as_deref() {
        Some(name) if dialect::find(name).is_some() => run_dialect(name, &argv[1..], surroundings),
        Some("help") => match argv.get(2).and_then(|word| word.to_str()) {
            Some(name) if dialect::find(name).is_some() => {
                run_dialect(name, &[name.into(), "--help".into()], surroundings)
            }
            _ => run_native(argv, surroundings),
        },
        _ => run_native(argv, surroundings),
    }
}

/// The whole native command line, for parsing, completions and manuals.
#[must_use]
pub fn root() -> Command {
    let commands = commands::all().map(native_command);
    Command::new("amikit")
        .version(env!("CARGO_PKG_VERSION"))
        .about(root_help::ABOUT)
        .long_about(root_help::LONG_ABOUT)
        .help_template(root_help::TEMPLATE)
        .before_help(root_help::names())
        .before_long_help(root_help::list())
        .after_help(root_help::EXAMPLES)
        .max_term_width(100)
        .subcommand_required(true)
        .args(globals::args().into_iter().map(|arg| arg.global(true)))
        .subcommands(commands)
}

/// A native command, with the commands below it.
fn native_command(spec: &'static CommandSpec) -> Command {
    let command = assemble(spec, None).clap;
    #[cfg(feature = "cloud")]
    let command = command.subcommands(controller::below(spec.name));
    command
}

/// Runs a command line of `amikit-cloud` and returns the exit code.
#[cfg(feature = "cloud")]
#[must_use]
pub fn run_controller(argv: &[OsString], surroundings: &Surroundings<'_>) -> u8 {
    let reporter = Reporter::new(NATIVE, controller::PROGRAM.to_owned(), argv, surroundings);
    reporter.parse_and_run(controller::root(), controller::NAME, argv)
}

/// The command of a name, or of the words of commands below one another.
fn find(name: &str) -> Option<&'static CommandSpec> {
    #[cfg(feature = "cloud")]
    if let Some(spec) = controller::find(name) {
        return Some(spec);
    }
    commands::find(name)
}

/// The clap command of a dialect's name.
#[must_use]
pub fn dialect_command(name: &str) -> Option<Assembled> {
    let (dialect, command) = dialect::find(name)?;
    let spec = commands::find(command.command)?;
    Some(assemble(spec, Some((dialect, command))))
}

fn run_native(argv: &[OsString], surroundings: &Surroundings<'_>) -> u8 {
    let reporter = Reporter::new(NATIVE, "amikit".to_owned(), argv, surroundings);
    reporter.parse_and_run(root(), "", argv)
}

fn run_dialect(name: &str, argv: &[OsString], surroundings: &Surroundings<'_>) -> u8 {
    let (Some((dialect, command)), Some(assembled)) = (dialect::find(name), dialect_command(name))
    else {
        return run_native(argv, surroundings);
    };
    let mut reporter = Reporter::new(dialect.manner, name.to_owned(), argv, surroundings);
    if let Some(spec) = commands::find(command.command) {
        let own = assembled.clap.get_arguments();
        reporter.spelling = Some(Spelling::new(spec.name, &(spec.args)(), own));
    }
    // argv[0] may be a path; usage lines show the plain name.
    let words = std::iter::once(OsString::from(name)).chain(argv.iter().skip(1).cloned());
    match (
        assembled.clap.try_get_matches_from(words),
        commands::find(command.command),
    ) {
        (Ok(matches), Some(spec)) => {
            let values = Values::new(&matches, &assembled.sources);
            reporter.run(spec, values.spelled(&assembled.longs))
        }
        (Ok(_), None) => reporter.failure(&Failure::usage(format!("there is no {name}"))),
        (Err(error), _) => reporter.clap(&error),
    }
}

fn base_name(word: &OsStr) -> String {
    let name = Path::new(word).file_name().unwrap_or(word);
    name.to_string_lossy().into_owned()
}

/// Tells a run's end in its dialect.
struct Reporter<'a> {
    manner: Manner,
    program: String,
    surroundings: &'a Surroundings<'a>,
    colour: bool,
    json: bool,
    /// How a dialect spells what hints name.
    spelling: Option<Spelling>,
}

impl<'a> Reporter<'a> {
    /// Colour and format are looked for before parsing, since parsing itself may fail.
    fn new(
        manner: Manner,
        program: String,
        argv: &[OsString],
        surroundings: &'a Surroundings<'a>,
    ) -> Self {
        let native = manner.family == Family::Native;
        let value = |option: &str| native.then(|| value_in(argv, option)).flatten();
        let output = value("--output").or_else(|| {
            let text = (surroundings.env)("AMIKIT_OUTPUT")?.into_string().ok();
            text.filter(|_| native)
        });
        Self {
            manner,
            program,
            surroundings,
            colour: colour(value("--color").as_deref(), surroundings),
            json: output.as_deref() == Some("json"),
            spelling: None,
        }
    }

    /// Parses a native command line and runs its command. `above` stands before the names of the
    /// commands below `root`.
    fn parse_and_run(&self, root: Command, above: &str, argv: &[OsString]) -> u8 {
        let matches = match root.try_get_matches_from(argv) {
            Ok(matches) => matches,
            Err(error) => return self.clap(&error),
        };
        let (mut name, mut inner) = (above.to_owned(), &matches);
        while let Some((word, deeper)) = inner.subcommand() {
            if !name.is_empty() {
                name.push(' ');
            }
            name.push_str(word);
            inner = deeper;
        }
        match find(&name) {
            Some(spec) => self.run(spec, Values::new(inner, spec.sources)),
            None if name.is_empty() => self.failure(&Failure::usage("no command given")),
            None => self.failure(&Failure::usage(format!("there is no command {name}"))),
        }
    }

    /// The words that a user calls a command by.
    fn called(&self, spec: &CommandSpec) -> String {
        match spec.name.strip_prefix("cloud") {
            Some(rest) if self.program == "amikit-cloud" => format!("{}{rest}", self.program),
            _ => format!("amikit {}", spec.name),
        }
    }

    fn run(&self, spec: &CommandSpec, values: Values<'_>) -> u8 {
        let result = self.session(spec, values).and_then(|session| {
            let result = (spec.run)(&session);
            result.map_err(|failure| match session.signals.get() {
                Some(signals) => signals.explain(failure),
                None => failure,
            })
        });
        match result {
            Ok(Outcome::Done) => 0,
            Ok(Outcome::FaultsFound) => Exit::Integrity.code(self.manner.family, false),
            Err(mut failure) => {
                let native = self.manner.family == Family::Native;
                if native && failure.exit == Exit::Usage && failure.hint.is_none() {
                    let help = format!("{} --help tells what there is", self.called(spec));
                    failure.hint = Some(help);
                }
                if let Some(spelling) = &self.spelling {
                    failure.hint = failure.hint.map(|hint| spelling.hint(&hint));
                }
                self.failure(&failure)
            }
        }
    }

    fn session<'s>(
        &'s self,
        spec: &CommandSpec,
        values: Values<'s>,
    ) -> Result<Session<'s>, Failure> {
        let debug = if values.flag("debug") { 2 } else { 0 };
        let verbosity = Verbosity {
            quiet: values.flag("quiet"),
            level: values.count("verbose").saturating_add(debug),
        };
        let format = self.format(spec, &values)?;
        let progress = if values.flag("porcelain") {
            ProgressChoice::Porcelain
        } else if values.flag("progress") {
            ProgressChoice::Bars
        } else if values.flag("no-progress")
            || verbosity.quiet
            || format != OutputFormat::Table
            || !self.surroundings.err_is_terminal
        {
            ProgressChoice::Off
        } else {
            ProgressChoice::Bars
        };
        // A command with --log starts its own, when it knows how.
        if self.surroundings.owns_process && !values.has("log") {
            let form = (self.colour, format == OutputFormat::Json);
            logging::start(verbosity, form, self.surroundings.env);
        }
        let program = match self.manner.family {
            Family::Native => self.called(spec),
            Family::Euca | Family::Ec2 | Family::Ec2Api => self.program.clone(),
        };
        Ok(Session {
            surroundings: self.surroundings,
            manner: self.manner,
            program,
            values,
            format,
            verbosity,
            colour: self.colour,
            progress,
            warnings: RefCell::default(),
            configuration: OnceCell::new(),
            signals: OnceCell::new(),
        })
    }

    fn format(&self, spec: &CommandSpec, values: &Values<'_>) -> Result<OutputFormat, Failure> {
        if self.manner.family != Family::Native {
            return Ok(OutputFormat::Table);
        }
        let from_env = || {
            let text = (self.surroundings.env)("AMIKIT_OUTPUT")?;
            Some(text.to_string_lossy().into_owned()).filter(|text| !text.is_empty())
        };
        match values.given("output").or_else(from_env).as_deref() {
            None | Some("table") => Ok(OutputFormat::Table),
            Some("json") => Ok(OutputFormat::Json),
            Some("tsv") if spec.rows => Ok(OutputFormat::Tsv),
            Some("tsv") => Err(Failure::usage(format!(
                "--output: the result of {} is no list of rows: expected table or json",
                spec.name
            ))),
            Some(other) => Err(Failure::usage(format!(
                "--output: \"{other}\" is not a format: expected table, json or tsv"
            ))),
        }
    }

    fn failure(&self, failure: &Failure) -> u8 {
        let family = self.manner.family;
        if failure.exit != Exit::ClosedPipe {
            let text = if self.json {
                failure.to_json(family)
            } else {
                failure.render(family, &self.program, self.colour)
            };
            // Nobody is left to be told when stderr cannot be written.
            let _ = self
                .surroundings
                .err
                .borrow_mut()
                .write_all(text.as_bytes());
        }
        failure.code(family)
    }

    /// Help and version are results; everything else is a usage failure.
    fn clap(&self, error: &clap::Error) -> u8 {
        if matches!(
            error.kind(),
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
        ) {
            let mut out = self.surroundings.out.borrow_mut();
            return match out.write_all(error.render().to_string().as_bytes()) {
                Ok(()) => 0,
                Err(error) => self.failure(&Failure::output(&error)),
            };
        }
        self.failure(&super::usage::failure(error, self.manner.family))
    }
}

/// The value of an option on a command line that is not yet parsed.
fn value_in(argv: &[OsString], option: &str) -> Option<String> {
    let words: Vec<_> = argv.iter().filter_map(|word| word.to_str()).collect();
    words.iter().enumerate().find_map(|(at, word)| {
        let rest = word.strip_prefix(option)?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value.to_owned()),
            None if rest.is_empty() => words.get(at + 1).map(|word| (*word).to_owned()),
            None => None,
        }
    })
}

/// Whether stderr is coloured: the option, else `NO_COLOR`, `CLICOLOR_FORCE`, the terminal.
fn colour(choice: Option<&str>, surroundings: &Surroundings<'_>) -> bool {
    let set = |name: &str| (surroundings.env)(name).filter(|value| !value.is_empty());
    match choice {
        Some("always") => true,
        Some("never") => false,
        _ if set("NO_COLOR").is_some() => false,
        _ if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        _ => surroundings.err_is_terminal && set("TERM").is_none_or(|term| term != "dumb"),
    }
}
