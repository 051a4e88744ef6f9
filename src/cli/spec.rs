//! What a command is: a name, its options, where their values come from, and what it does.

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, Command};

use super::dialect::{self, Dialect, DialectCommand, Family};
use super::failure::{Failure, Spelling};
use super::session::Session;
use crate::config::Setting;

/// One command. The table of all is [`GROUPS`](super::commands::GROUPS).
#[derive(Debug)]
pub struct CommandSpec {
    /// The native name.
    pub name: &'static str,
    /// One line for the list of commands.
    pub about: &'static str,
    /// What follows the first line in the long help and the manual.
    pub details: &'static str,
    /// Examples, one a line.
    pub examples: &'static [&'static str],
    /// The options. Their values are plain text or paths; [`Values`](super::values::Values)
    /// checks them, so that a value from a variable is checked as well.
    pub args: fn() -> Vec<Arg>,
    /// What stands in for an option that is not given.
    pub sources: &'static [Source],
    /// Whether the result is a list of rows, which has a TSV form, too.
    pub rows: bool,
    /// Does it.
    pub run: fn(&Session<'_>) -> Result<Outcome, Failure>,
}

/// What stands in for the user's private key.
pub const PRIVATE_KEY: Source = Source {
    option: "privatekey",
    env: &["EC2_PRIVATE_KEY", "EUCA_PRIVATE_KEY"],
    setting: Some(Setting::PrivateKey),
};

/// What stands in for the user's certificate.
pub const USER_CERTIFICATE: Source = Source {
    option: "cert",
    env: &["EC2_CERT", "EUCA_CERT"],
    setting: Some(Setting::UserCertificate),
};

/// What stands in for the cloud's certificate.
pub const CLOUD_CERTIFICATE: Source = Source {
    option: "ec2cert",
    env: &["EUCALYPTUS_CERT"],
    setting: Some(Setting::CloudCertificate),
};

/// What stands in for the URL of the service that hands the cloud's certificate out.
pub const BOOTSTRAP_URL: Source = Source {
    option: "bootstrap-url",
    env: &["EUCA_BOOTSTRAP_URL"],
    setting: Some(Setting::BootstrapUrl),
};

/// What stands in for the account's number.
pub const ACCOUNT: Source = Source {
    option: "user",
    env: &["EC2_USER_ID"],
    setting: Some(Setting::AccountId),
};

/// What stands in for a key on the command line, which other users of the machine can see.
pub const ENC_KEY: Source = Source {
    option: "enc-key",
    env: &["AMIKIT_ENC_KEY"],
    setting: None,
};

/// The same for an initialisation vector.
pub const ENC_IV: Source = Source {
    option: "enc-iv",
    env: &["AMIKIT_ENC_IV"],
    setting: None,
};

/// What stands in for an option that is not given: the first variable that is set and not
/// empty, then a setting of the configuration file.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// The option.
    pub option: &'static str,
    /// Environment variables, in order.
    pub env: &'static [&'static str],
    /// Setting of the configuration file.
    pub setting: Option<Setting>,
}

/// How a command that did its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Done,
    /// It looked for faults and found some, which it has told.
    FaultsFound,
}

/// A command ready to be parsed, with what stands in for its options.
#[derive(Debug)]
pub struct Assembled {
    /// The clap command.
    pub clap: Command,
    /// What stands in for its options.
    pub sources: Vec<Source>,
    /// Options that a dialect spells otherwise: the native name and the dialect's.
    pub longs: Vec<(String, String)>,
}

/// Options that `-h` leaves to `--help`, so that it fits a screen.
const SELDOM: [&str; 19] = [
    "bootstrap-url",
    "upload-policy",
    "upload-policy-file",
    "upload-policy-signature",
    "part",
    "skipmanifest",
    "location",
    "ramdisk",
    "block-device-mappings",
    "block-device-mapping",
    "productcodes",
    "image-type",
    "ancestor",
    "enc-key",
    "enc-iv",
    "no-sparse",
    "part-size",
    "max-pending-parts",
    "upload-jobs",
];

/// These arguments, some of which `-h` leaves to `--help` too.
#[must_use]
pub fn leave_to_help(args: Vec<Arg>, seldom: &[&str]) -> Vec<Arg> {
    let args = args.into_iter().map(|arg| {
        let hidden = arg.is_hide_short_help_set() || seldom.contains(&arg.get_id().as_str());
        arg.hide_short_help(hidden)
    });
    args.collect()
}

/// Builds the clap command of a native command or of one of its dialects.
#[must_use]
pub fn assemble(
    spec: &'static CommandSpec,
    dialect: Option<(&'static Dialect, &'static DialectCommand)>,
) -> Assembled {
    let (args, sources) = dialect::options(spec, dialect);
    let longs = args.iter().filter_map(|arg| {
        let (id, long) = (arg.get_id().as_str(), arg.get_long()?);
        (id != long).then(|| (id.to_owned(), long.to_owned()))
    });
    let longs = longs.collect();
    let details = match dialect {
        Some(_) => Spelling::new(spec.name, &(spec.args)(), args.iter()).details(spec.details),
        None => spec.details.to_owned(),
    };
    let args = leave_to_help(args, &SELDOM);
    let args = args.into_iter().map(|arg| with_sources(arg, &sources));
    let (name, examples) = match dialect {
        Some((_, command)) => (command.name, std::slice::from_ref(&command.example)),
        None => (spec.name, spec.examples),
    };
    let mut clap = Command::new(name)
        .about(spec.about)
        .args(args)
        .max_term_width(100);
    if !details.is_empty() {
        clap = clap.long_about(format!("{}\n\n{details}", spec.about));
    }
    if !examples.is_empty() {
        clap = clap.after_help(format!("Examples:\n  {}", examples.join("\n  ")));
    }
    if let Some((dialect, _)) = dialect {
        clap = clap.version(dialect.version).infer_long_args(true);
        if matches!(dialect.manner.family, Family::Ec2 | Family::Ec2Api) {
            clap = clap.disable_version_flag(true).arg(
                Arg::new("version")
                    .long("version")
                    .action(ArgAction::Version)
                    .help("Print the version"),
            );
        }
    }
    Assembled {
        clap,
        sources,
        longs,
    }
}

/// Tells in an option's help what stands in for it.
fn with_sources(arg: Arg, sources: &[Source]) -> Arg {
    let Some(source) = sources.iter().find(|source| arg.get_id() == source.option) else {
        return arg;
    };
    let mut notes = Vec::new();
    if !source.env.is_empty() {
        notes.push(format!("env: {}", source.env.join(", ")));
    }
    if let Some(setting) = source.setting {
        let (section, option) = setting.place();
        notes.push(format!("config: {section} {option}"));
    }
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    arg.help(format!("{help} [{}]", notes.join("; ")))
}

/// An option with a value; the long name is its id.
#[must_use]
pub fn option(id: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    Arg::new(id).long(id).value_name(value_name).help(help)
}

/// An option whose value is a path.
#[must_use]
pub fn path(id: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    option(id, value_name, help).value_parser(ValueParser::path_buf())
}

/// An option without a value.
#[must_use]
pub fn flag(id: &'static str, help: &'static str) -> Arg {
    Arg::new(id).long(id).action(ArgAction::SetTrue).help(help)
}

/// An option that may be given several times.
#[must_use]
pub fn list(id: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    option(id, value_name, help).action(ArgAction::Append)
}

/// `--region`, which chooses the sections of the configuration file.
#[must_use]
pub fn region() -> Arg {
    option(
        "region",
        "USER@REGION",
        "User and region of the configuration file",
    )
}

/// `--jobs`.
#[must_use]
pub fn jobs() -> Arg {
    option(
        "jobs",
        "N",
        "Threads to work with (default: one per processor)",
    )
    .short('j')
}
