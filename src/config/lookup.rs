//! Which section answers for a user or a region.
//!
//! ```text
//! a:b   →  [region a:b], [region a:*], [region *:b], [region *:*],
//!          the one longer section that ends in ":a:b", [region *]
//! ```
//!
//! The first of them that has the option answers. A value `use SECTION [OPTION]` sends the
//! question on to another section of the same kind.

use std::path::{Path, PathBuf};

use super::{Config, ConfigError, Env, MAX_REDIRECTS, files};

/// What the configuration can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The user's private key: `private-key` of the user.
    PrivateKey,
    /// The user's certificate: `certificate` of the user.
    UserCertificate,
    /// The account: `account-id` of the user.
    AccountId,
    /// The cloud's certificate: `certificate` of the region.
    CloudCertificate,
    /// Where the cloud hands out its certificate: `bootstrap-url` of the region.
    BootstrapUrl,
}

impl Setting {
    /// The kind of section, and the option in it.
    #[must_use]
    pub const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::PrivateKey => ("user", "private-key"),
            Self::UserCertificate => ("user", "certificate"),
            Self::AccountId => ("user", "account-id"),
            Self::CloudCertificate => ("region", "certificate"),
            Self::BootstrapUrl => ("region", "bootstrap-url"),
        }
    }
}

/// The user and the region whose sections count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Name of the user section.
    pub user: Option<String>,
    /// Name of the region section.
    pub region: Option<String>,
}

impl Selection {
    /// Chooses from `--region`, `EUCA_DEFAULT_REGION`, `AWS_DEFAULT_REGION` and the file's
    /// `default-region`, in this order. Each has the form `REGION`, `USER@` or `USER@REGION`,
    /// and each half is filled by the first that has it; a user nobody names is the region's.
    ///
    /// # Errors
    /// When the region's `user` option cannot be resolved.
    pub fn choose(flag: Option<&str>, env: Env<'_>, config: &Config) -> Result<Self, ConfigError> {
        let text = |name| env(name).and_then(|value| value.into_string().ok());
        let choices = [
            flag.map(str::to_owned),
            text("EUCA_DEFAULT_REGION"),
            text("AWS_DEFAULT_REGION"),
            config.global("default-region")?,
        ];
        let mut selection = Self::default();
        for choice in choices.into_iter().flatten() {
            let (user, region) = match choice.split_once('@') {
                Some((user, region)) => (user, region),
                None => ("", choice.as_str()),
            };
            fill(&mut selection.user, user);
            fill(&mut selection.region, region);
        }
        if let (None, Some(region)) = (&selection.user, &selection.region) {
            selection.user = config.option("region", region, "user")?;
        }
        Ok(selection)
    }
}

fn fill(place: &mut Option<String>, value: &str) {
    if place.is_none() && !value.is_empty() {
        *place = Some(value.to_owned());
    }
}

impl Config {
    /// The value of a setting for the chosen user and region; none when neither is chosen.
    ///
    /// # Errors
    /// When a short name is ambiguous or a reference leads nowhere.
    pub fn get(
        &self,
        selection: &Selection,
        setting: Setting,
    ) -> Result<Option<String>, ConfigError> {
        let (kind, option) = setting.place();
        let name = if kind == "user" {
            &selection.user
        } else {
            &selection.region
        };
        match name {
            Some(name) => self.option(kind, name, option),
            None => Ok(None),
        }
    }

    /// A setting that is a path; a leading `~/` is the home directory.
    ///
    /// # Errors
    /// As [`Config::get`].
    pub fn path(
        &self,
        selection: &Selection,
        setting: Setting,
        env: Env<'_>,
    ) -> Result<Option<PathBuf>, ConfigError> {
        let value = self.get(selection, setting)?;
        Ok(value.map(|path| files::home_expanded(Path::new(&path), env)))
    }

    fn global(&self, option: &str) -> Result<Option<String>, ConfigError> {
        match self.sections.get("global").and_then(|s| s.get(option)) {
            Some(value) => self.interpolated("global", option, value, 0).map(Some),
            None => Ok(None),
        }
    }

    fn option(&self, kind: &str, name: &str, option: &str) -> Result<Option<String>, ConfigError> {
        let (mut name, mut option) = (name.to_owned(), option.to_owned());
        for step in 0..=MAX_REDIRECTS {
            let Some((section, raw)) = self.find(kind, &name, &option)? else {
                if step == 0 {
                    return Ok(None);
                }
                return Err(ConfigError::DeadReference {
                    section: format!("{kind} {name}"),
                    target: format!("{kind} {name}, {option}"),
                    option,
                });
            };
            let value = self.interpolated(&section, &option, raw, 0)?;
            let words: Vec<&str> = value.split_whitespace().collect();
            match words.as_slice() {
                ["use", target] => (*target).clone_into(&mut name),
                ["use", target, other] => {
                    let redirected = ((*target).to_owned(), other.to_lowercase());
                    (name, option) = redirected;
                }
                _ => return Ok(Some(value).filter(|value| !value.is_empty())),
            }
        }
        Err(ConfigError::Loop {
            section: format!("{kind} {name}"),
            option,
        })
    }

    /// The first section that answers for `name` and has the option.
    fn find(
        &self,
        kind: &str,
        name: &str,
        option: &str,
    ) -> Result<Option<(String, &str)>, ConfigError> {
        for candidate in self.candidates(kind, name)? {
            let section = format!("{kind} {candidate}");
            if let Some(value) = self.sections.get(&section).and_then(|s| s.get(option)) {
                return Ok(Some((section, value)));
            }
        }
        Ok(None)
    }

    fn candidates(&self, kind: &str, name: &str) -> Result<Vec<String>, ConfigError> {
        let names: Vec<&str> = self
            .sections
            .keys()
            .filter_map(|section| section.strip_prefix(kind)?.strip_prefix(' '))
            .map(str::trim)
            .collect();
        let mut fitting: Vec<(Vec<bool>, &str)> = names
            .iter()
            .filter_map(|candidate| Some((wildcards(candidate, name)?, *candidate)))
            .collect();
        fitting.sort();
        let mut found: Vec<String> = fitting.into_iter().map(|(_, n)| n.to_owned()).collect();
        if !names.contains(&name) {
            let ending = format!(":{name}");
            let longer: Vec<String> = names
                .iter()
                .filter(|candidate| candidate.ends_with(&ending) && !candidate.contains('*'))
                .map(|candidate| (*candidate).to_owned())
                .collect();
            if longer.len() > 1 {
                return Err(ConfigError::Ambiguous {
                    name: name.to_owned(),
                    candidates: longer,
                });
            }
            // A plain "*" fits every one-word name; it answers after the longer section.
            let last = found.iter().position(|candidate| candidate == "*");
            found.splice(
                last.unwrap_or(found.len())..last.unwrap_or(found.len()),
                longer,
            );
        }
        if names.contains(&"*") && !found.iter().any(|candidate| candidate == "*") {
            found.push("*".to_owned());
        }
        Ok(found)
    }

    /// Replaces `%%` and `%(option)s`, the latter from the same section.
    fn interpolated(
        &self,
        section: &str,
        option: &str,
        value: &str,
        depth: usize,
    ) -> Result<String, ConfigError> {
        if depth > MAX_REDIRECTS || value.len() > 64 << 10 {
            return Err(ConfigError::Loop {
                section: section.to_owned(),
                option: option.to_owned(),
            });
        }
        let mut out = String::new();
        let mut rest = value;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                out.push('%');
                rest = after;
            } else if let Some((name, after)) =
                rest.strip_prefix('(').and_then(|r| r.split_once(")s"))
            {
                let target = self
                    .sections
                    .get(section)
                    .and_then(|s| s.get(&name.to_lowercase()));
                let Some(target) = target else {
                    return Err(ConfigError::DeadReference {
                        section: section.to_owned(),
                        option: option.to_owned(),
                        target: name.to_owned(),
                    });
                };
                out.push_str(&self.interpolated(section, option, target, depth + 1)?);
                rest = after;
            } else {
                out.push('%');
            }
            if out.len() > 64 << 10 {
                return self.interpolated(section, option, &out, MAX_REDIRECTS + 1);
            }
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// Which colon-separated words of `candidate` are wildcards, if it fits `name` at all.
fn wildcards(candidate: &str, name: &str) -> Option<Vec<bool>> {
    let (pattern, words): (Vec<_>, Vec<_>) =
        (candidate.split(':').collect(), name.split(':').collect());
    if pattern.len() != words.len() {
        return None;
    }
    pattern
        .iter()
        .zip(words)
        .map(|(part, word)| match *part {
            part if part == word => Some(false),
            "*" => Some(true),
            _ => None,
        })
        .collect()
}
