//! The files of the AWS tools: `~/.aws/credentials` and `~/.aws/config`.
//!
//! ```text
//! credentials   [NAME]           aws_access_key_id, aws_secret_access_key, aws_session_token
//! config        [profile NAME]   region, endpoint_url, credential_process, services = S, …
//!               [services S]     s3 =
//!                                   endpoint_url = …        a block: indented lines
//! ```
//!
//! Values are taken as they stand: no comments within a line, no references, as the AWS CLI
//! reads them. Of an option that both files have, that of `credentials` counts.
//! Source: the AWS CLI's user guide, "Configuration and credential file settings".

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Cloud, CloudError, Origin, Sourced};
use crate::config::files;

/// An option's value and the lines of its block, if it is one.
#[derive(Clone, Default)]
struct Value {
    text: String,
    block: BTreeMap<String, String>,
}

type Section = BTreeMap<String, Value>;

/// One file, taken apart.
#[derive(Default)]
struct AwsFile {
    path: PathBuf,
    sections: BTreeMap<String, Section>,
}

/// One profile.
pub(super) struct Profile {
    /// Its name.
    pub name: String,
    /// Its sections: that of the credentials first.
    sections: Vec<Place>,
    /// The `services` section that it names.
    services: Option<Place>,
}

/// A section with its place.
pub(super) struct Place {
    path: PathBuf,
    header: String,
    options: Section,
}

impl Profile {
    /// The profile that the environment names, else `default`.
    pub(super) fn load(cloud: &Cloud<'_>) -> Result<Self, CloudError> {
        let named = cloud.first_variable(&["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])?;
        let is_named = named.is_some();
        let name = named.map_or_else(|| "default".to_owned(), |(_, name)| name);
        let mut credentials = AwsFile::find(cloud, "AWS_SHARED_CREDENTIALS_FILE", "credentials")?;
        let mut config = AwsFile::find(cloud, "AWS_CONFIG_FILE", "config")?;
        let in_config = config.take(&format!("profile {name}"));
        // Only the default profile may stand there without the word.
        let in_config = in_config.or_else(|| match name.as_str() {
            "default" => config.take(&name),
            _ => None,
        });
        let sections: Vec<Place> = credentials
            .take(&name)
            .into_iter()
            .chain(in_config)
            .collect();
        if is_named && sections.is_empty() {
            return Err(CloudError::NoProfile {
                name,
                credentials: credentials.path,
                config: config.path,
            });
        }
        let mut profile = Self {
            name,
            sections,
            services: None,
        };
        if let Some(services) = profile.option("services") {
            profile.services = config.take(&format!("services {}", services.value));
        }
        Ok(profile)
    }

    /// An option's value; empty ones count as none.
    pub(super) fn option(&self, option: &str) -> Option<Sourced<String>> {
        let mut sections = self.sections.iter();
        sections.find_map(|section| {
            let text = section.text(option)?;
            Some(Sourced::new(text.to_owned(), section.origin(option)))
        })
    }

    /// The first section that has one of these options: key and secret are not to be mixed
    /// with those of another.
    pub(super) fn section_with(&self, options: &[&str]) -> Option<&Place> {
        let mut sections = self.sections.iter();
        sections.find(|section| options.iter().any(|option| section.text(option).is_some()))
    }

    /// Where the service is: the profile's `services` section, then the profile itself.
    pub(super) fn endpoint_url(&self, block: &str) -> Option<Sourced<String>> {
        let in_services = self.services.as_ref().and_then(|services| {
            let url = services.options.get(block)?.block.get("endpoint_url")?;
            let origin = services.origin(&format!("{block} endpoint_url"));
            Some(Sourced::new(url.clone(), origin))
        });
        let in_services = in_services.filter(|url| !url.value.is_empty());
        in_services.or_else(|| self.option("endpoint_url"))
    }
}

impl Place {
    /// The text of an option; empty ones count as none.
    pub(super) fn text(&self, option: &str) -> Option<&str> {
        let value = self.options.get(option)?;
        Some(value.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The place of an option.
    pub(super) fn origin(&self, option: &str) -> Origin {
        Origin::File {
            path: self.path.clone(),
            place: format!("[{}] {option}", self.header),
        }
    }
}

impl AwsFile {
    /// Reads the file that a variable names, or that of this name in `~/.aws`. One that is not
    /// there is empty.
    fn find(cloud: &Cloud<'_>, variable: &str, name: &str) -> Result<Self, CloudError> {
        let set = |name: &str| (cloud.env)(name).filter(|value| !value.is_empty());
        let path = match (set(variable), set("HOME")) {
            (Some(path), _) => files::home_expanded(Path::new(&path), cloud.env),
            (None, Some(home)) => Path::new(&home).join(".aws").join(name),
            (None, None) => return Ok(Self::default()),
        };
        let text = files::read(&path)?.unwrap_or_default();
        Self::parse(&text, path)
    }

    /// Takes a section out of the file.
    fn take(&mut self, header: &str) -> Option<Place> {
        let options = self.sections.remove(header)?;
        Some(Place {
            path: self.path.clone(),
            header: header.to_owned(),
            options,
        })
    }

    fn parse(text: &str, path: PathBuf) -> Result<Self, CloudError> {
        let mut sections: BTreeMap<String, Section> = BTreeMap::new();
        let mut section: Option<&mut Section> = None;
        let mut option: Option<String> = None;
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let trimmed = line.trim();
            let error = || CloudError::Syntax {
                path: path.clone(),
                line: index + 1,
            };
            if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
                continue;
            }
            if let Some(header) = line.strip_prefix('[') {
                let (name, _) = header.split_once(']').ok_or_else(error)?;
                section = Some(sections.entry(header_name(name)).or_default());
                option = None;
                continue;
            }
            let options = section.as_deref_mut().ok_or_else(error)?;
            let pair = trimmed.split_once('=');
            let pair = pair.map(|(name, value)| (name.trim().to_lowercase(), value.trim()));
            let open = option.as_ref().and_then(|name| options.get_mut(name));
            match (line.starts_with(char::is_whitespace), open, pair) {
                (true, Some(open), Some((name, value))) => {
                    open.block.insert(name, value.to_owned());
                }
                // A line that goes on says nothing that is asked for here.
                (true, Some(_), None) => {}
                (_, _, Some((name, value))) if !name.is_empty() => {
                    let text = value.to_owned();
                    let block = BTreeMap::new();
                    options.insert(name.clone(), Value { text, block });
                    option = Some(name);
                }
                _ => return Err(error()),
            }
        }
        Ok(Self { path, sections })
    }
}

/// A section's name with single spaces and without quotes: `profile "a b"`.
fn header_name(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace(['"', '\''], "")
}
