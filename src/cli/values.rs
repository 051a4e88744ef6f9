//! The values of a command's options, wherever they come from.
//!
//! ```text
//! command line  >  environment, in the source's order  >  configuration file  >  default
//! ```
//!
//! Values are checked here and not by clap, so that one from a variable gets the same check
//! and the same words, and secrets are never repeated.

use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use clap::ArgMatches;
use clap::parser::ValueSource;
use zeroize::Zeroizing;

use super::dialect::Family;
use super::failure::Failure;
use super::session::Session;
use super::spec::Source;
use crate::config::{Config, Selection, Setting};

/// What was given on the command line, and what stands in for the rest.
#[derive(Debug)]
pub struct Values<'a> {
    matches: &'a ArgMatches,
    sources: &'a [Source],
    longs: &'a [(String, String)],
}

impl<'a> Values<'a> {
    /// The values of a parsed command line.
    #[must_use]
    pub fn new(matches: &'a ArgMatches, sources: &'a [Source]) -> Self {
        Self {
            matches,
            sources,
            longs: &[],
        }
    }

    /// The same, where options are spelled otherwise than natively: pairs of the native name and
    /// the dialect's.
    #[must_use]
    pub fn spelled(self, longs: &'a [(String, String)]) -> Self {
        Self { longs, ..self }
    }

    /// An option as the user writes it, without its dashes.
    #[must_use]
    pub fn long<'i>(&'i self, id: &'i str) -> &'i str {
        let found = self.longs.iter().find(|(native, _)| native == id);
        found.map_or(id, |(_, long)| long)
    }

    /// Whether the command has the option.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.matches.try_contains_id(id).is_ok()
    }

    /// Every value of an option as it is, commas and all.
    #[must_use]
    pub fn each(&self, id: &str) -> Vec<String> {
        let given = self.matches.try_get_many::<String>(id).ok().flatten();
        given.into_iter().flatten().cloned().collect()
    }

    /// Whether a flag was given. An option that the dialect lacks was not.
    #[must_use]
    pub fn flag(&self, id: &str) -> bool {
        matches!(self.matches.try_get_one::<bool>(id), Ok(Some(true)))
    }

    /// How often a counted flag was given.
    #[must_use]
    pub fn count(&self, id: &str) -> u8 {
        match self.matches.try_get_one::<u8>(id) {
            Ok(Some(count)) => *count,
            _ => 0,
        }
    }

    /// All values of an option, comma lists taken apart and empty ones dropped.
    #[must_use]
    pub fn list(&self, id: &str) -> Vec<String> {
        let given = self.matches.try_get_many::<String>(id).ok().flatten();
        given
            .into_iter()
            .flatten()
            .flat_map(|values| values.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// The text as clap has it: from the command line or a default.
    #[must_use]
    pub fn given(&self, id: &str) -> Option<String> {
        self.matches
            .try_get_one::<String>(id)
            .ok()
            .flatten()
            .cloned()
    }

    fn given_path(&self, id: &str) -> Option<PathBuf> {
        self.matches
            .try_get_one::<PathBuf>(id)
            .ok()
            .flatten()
            .cloned()
    }

    /// Whether the option stands on the command line.
    #[must_use]
    pub fn is_on_command_line(&self, id: &str) -> bool {
        self.matches.try_contains_id(id).is_ok()
            && self.matches.value_source(id) == Some(ValueSource::CommandLine)
    }

    fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.option == id)
    }
}

impl Session<'_> {
    /// The text of an option.
    ///
    /// # Errors
    /// When it comes from a variable that is not UTF-8, or the configuration is of no use.
    pub fn text(&self, id: &str) -> Result<Option<String>, Failure> {
        if self.values.is_on_command_line(id) {
            return Ok(self.values.given(id));
        }
        if let Some((name, value)) = self.variable(id) {
            let text = value.into_string();
            return text.map(Some).map_err(|_| {
                Failure::usage(format!("environment variable {name} is not valid UTF-8"))
            });
        }
        if let Some(setting) = self.values.source(id).and_then(|source| source.setting) {
            let (config, selection) = self.configuration()?;
            if let Some(text) = config.get(selection, setting)? {
                return Ok(Some(text));
            }
        }
        Ok(self.values.given(id))
    }

    /// The path of an option.
    ///
    /// # Errors
    /// When the configuration is of no use.
    pub fn path(&self, id: &str) -> Result<Option<PathBuf>, Failure> {
        if self.values.is_on_command_line(id) {
            return Ok(self.values.given_path(id));
        }
        if let Some((_, value)) = self.variable(id) {
            return Ok(Some(PathBuf::from(value)));
        }
        if let Some(setting) = self.values.source(id).and_then(|source| source.setting)
            && let Some(path) = self.configured_path(setting)?
        {
            return Ok(Some(path));
        }
        Ok(self.values.given_path(id))
    }

    /// The path of an option that clap has made mandatory.
    ///
    /// # Errors
    /// When it is missing all the same, or the configuration is of no use.
    pub fn required_path(&self, id: &str) -> Result<PathBuf, Failure> {
        self.path(id)?.ok_or_else(|| self.missing(id))
    }

    /// The text of an option or argument that clap has made mandatory.
    ///
    /// # Errors
    /// When it is missing all the same, or comes from a variable that is not UTF-8.
    pub fn required_text(&self, id: &str) -> Result<String, Failure> {
        self.text(id)?.ok_or_else(|| self.missing(id))
    }

    /// The checked value of an option.
    ///
    /// # Errors
    /// When the text is not such a value.
    pub fn parsed<T>(&self, id: &str) -> Result<Option<T>, Failure>
    where
        T: FromStr<Err: Display>,
    {
        let Some(text) = self.text(id)? else {
            return Ok(None);
        };
        let value = text
            .parse()
            .map_err(|error: T::Err| self.invalid(id, &text, &error));
        value.map(Some)
    }

    /// The text of an option that is a secret: wiped when dropped.
    ///
    /// # Errors
    /// When it comes from a variable that is not UTF-8.
    pub fn secret(&self, id: &str) -> Result<Option<Zeroizing<String>>, Failure> {
        Ok(self.text(id)?.map(Zeroizing::new))
    }

    /// The failure of a value that makes no sense, in the dialect's words.
    #[must_use]
    pub fn invalid(&self, id: &str, text: &str, why: &dyn Display) -> Failure {
        let id = self.values.long(id);
        match self.manner.family {
            Family::Ec2 => Failure::usage(format!("--{id} has invalid value '{text}': {why}")),
            Family::Euca | Family::Ec2Api => Failure::usage(format!("--{id}: {why}")),
            Family::Native => Failure::usage(format!("--{id}: {why}"))
                .hint(format!("{} --help tells what there is", self.program)),
        }
    }

    /// The failure of an option that is neither given nor stood in for.
    #[must_use]
    pub fn missing(&self, id: &str) -> Failure {
        if self.manner.family == Family::Ec2 {
            let long = self.values.long(id);
            return Failure::usage(format!("missing mandatory parameter: --{long}"));
        }
        let failure = Failure::usage(format!("--{id} is needed"));
        match self.values.source(id) {
            Some(source) => {
                let mut ways = vec![format!("pass --{id}")];
                ways.extend(source.env.iter().map(|name| format!("set {name}")));
                if let Some(setting) = source.setting {
                    let (section, option) = setting.place();
                    ways.push(format!(
                        "set {option} in section [{section}] of euca2ools.ini"
                    ));
                }
                failure.hint(ways.join(", or "))
            }
            None => failure,
        }
    }

    /// The first variable for an option that is set and not empty.
    fn variable(&self, id: &str) -> Option<(&'static str, OsString)> {
        let source = self.values.source(id)?;
        let found = source
            .env
            .iter()
            .find_map(|name| Some((*name, self.env(name)?)));
        if let Some((name, _)) = &found {
            // The name alone: the value may be a secret.
            tracing::info!(option = id, variable = name, "taken from the environment");
        }
        found
    }

    fn configured_path(&self, setting: Setting) -> Result<Option<PathBuf>, Failure> {
        let (config, selection) = self.configuration()?;
        Ok(config.path(selection, setting, self.surroundings.env)?)
    }

    /// The region on the command line: `--region`, or the one that `--location` means to Amazon's
    /// tools, where neither that nor a URL is given.
    pub(super) fn region_given(&self) -> Option<String> {
        let values = &self.values;
        let given = values.given("region");
        let elsewhere = given.is_some() || values.is_on_command_line("url");
        if elsewhere || self.manner.family != Family::Ec2 {
            return given;
        }
        match values.given("location")?.as_str() {
            "" => None,
            "US" => Some("us-east-1".to_owned()),
            "EU" => Some("eu-west-1".to_owned()),
            location => Some(location.to_owned()),
        }
    }

    /// The configuration, read when it is first needed.
    ///
    /// # Errors
    /// When it is of no use.
    pub(super) fn configuration(&self) -> Result<&(Config, Selection), Failure> {
        if let Some(loaded) = self.configuration.get() {
            return Ok(loaded);
        }
        let config = Config::load(self.surroundings.env)?;
        let region = self.region_given();
        let selection = Selection::choose(region.as_deref(), self.surroundings.env, &config)?;
        Ok(self.configuration.get_or_init(|| (config, selection)))
    }
}
