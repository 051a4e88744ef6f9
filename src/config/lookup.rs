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

use super::ini::Entry;
use super::{Config, ConfigError, Env, Located, MAX_REDIRECTS, Setting, files};

/// The user and the region whose sections count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Name of the user section.
    pub user: Option<String>,
    /// Name of the region section.
    pub region: Option<String>,
}

impl Selection {
    /// Chooses from `--region`, `EUCA_DEFAULT_REGION`, `AWS_REGION`, `AWS_DEFAULT_REGION` and
    /// the file's `default-region`, in this order. Each has the form `REGION`, `USER@` or
    /// `USER@REGION`, and each half is filled by the first that has it; a user nobody names is
    /// the region's.
    ///
    /// # Errors
    /// When the region's `user` option cannot be resolved.
    pub fn choose(flag: Option<&str>, env: Env<'_>, config: &Config) -> Result<Self, ConfigError> {
        let mut selection = Self::default();
        for (_, choice) in choices(flag, env, config)? {
            let (user, region) = halves(&choice);
            fill(&mut selection.user, user);
            fill(&mut selection.region, region);
        }
        if let (None, Some(region)) = (&selection.user, &selection.region) {
            let named = config.option("region", region, "user")?;
            selection.user = named.map(|located| located.value);
        }
        Ok(selection)
    }

    /// Which of the places that [`Selection::choose`] looks at named the region: `--region`, a
    /// variable, or `default-region`.
    ///
    /// # Errors
    /// As [`Selection::choose`].
    pub fn region_origin(
        flag: Option<&str>,
        env: Env<'_>,
        config: &Config,
    ) -> Result<Option<&'static str>, ConfigError> {
        let mut choices = choices(flag, env, config)?.into_iter();
        let found = choices.find(|(_, choice)| !halves(choice).1.is_empty());
        Ok(found.map(|(origin, _)| origin))
    }
}

/// What names a user or a region, with its place, in the order of precedence.
fn choices(
    flag: Option<&str>,
    env: Env<'_>,
    config: &Config,
) -> Result<Vec<(&'static str, String)>, ConfigError> {
    let text = |name| env(name).and_then(|value| value.into_string().ok());
    let variables = ["EUCA_DEFAULT_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"];
    let flag = flag.map(|text| ("--region", text.to_owned()));
    let in_env = variables.map(|name| text(name).map(|value| (name, value)));
    let in_file = config.global(DEFAULT_REGION)?;
    let in_file = in_file.map(|value| (DEFAULT_REGION, value));
    Ok(flag
        .into_iter()
        .chain(in_env.into_iter().flatten())
        .chain(in_file)
        .collect())
}

/// The option of `[global]` that names the region when nothing else does.
pub(super) const DEFAULT_REGION: &str = "default-region";

/// User and region of `USER@REGION`.
fn halves(choice: &str) -> (&str, &str) {
    choice.split_once('@').unwrap_or(("", choice))
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
        Ok(self.locate(selection, setting)?.map(|found| found.value))
    }

    /// The same, with the place of the value.
    ///
    /// # Errors
    /// As [`Config::get`].
    pub fn locate(
        &self,
        selection: &Selection,
        setting: Setting,
    ) -> Result<Option<Located>, ConfigError> {
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

    /// The regions that have a section of their own, sorted.
    #[must_use]
    pub fn regions(&self) -> Vec<String> {
        let names = self.sections.keys();
        names
            .filter_map(|section| section.strip_prefix("region "))
            .map(str::trim)
            .filter(|name| !name.contains('*'))
            .map(str::to_owned)
            .collect()
    }

    /// Whether a section answers for this region, the one for all regions excepted.
    ///
    /// # Errors
    /// When a short name is ambiguous.
    pub fn has_region(&self, name: &str) -> Result<bool, ConfigError> {
        let candidates = self.candidates("region", name)?;
        Ok(candidates.iter().any(|candidate| candidate != "*"))
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
            Some(entry) => self
                .interpolated("global", option, &entry.value, 0)
                .map(Some),
            None => Ok(None),
        }
    }

    fn option(&self, kind: &str, name: &str, option: &str) -> Result<Option<Located>, ConfigError> {
        let (mut name, mut option) = (name.to_owned(), option.to_owned());
        for step in 0..=MAX_REDIRECTS {
            let Some((section, entry)) = self.find(kind, &name, &option)? else {
                if step == 0 {
                    return Ok(None);
                }
                return Err(ConfigError::DeadReference {
                    section: format!("{kind} {name}"),
                    target: format!("{kind} {name}, {option}"),
                    option,
                });
            };
            let value = self.interpolated(&section, &option, &entry.value, 0)?;
            let words: Vec<&str> = value.split_whitespace().collect();
            match words.as_slice() {
                ["use", target] => (*target).clone_into(&mut name),
                ["use", target, other] => {
                    let redirected = ((*target).to_owned(), other.to_lowercase());
                    (name, option) = redirected;
                }
                _ if value.is_empty() => return Ok(None),
                _ => {
                    return Ok(Some(Located {
                        value,
                        section,
                        option,
                        path: entry.path.to_path_buf(),
                    }));
                }
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
    ) -> Result<Option<(String, &Entry)>, ConfigError> {
        for candidate in self.candidates(kind, name)? {
            let section = format!("{kind} {candidate}");
            if let Some(entry) = self.sections.get(&section).and_then(|s| s.get(option)) {
                return Ok(Some((section, entry)));
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
                out.push_str(&self.interpolated(section, option, &target.value, depth + 1)?);
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
