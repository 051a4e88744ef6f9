//! What the image is to be called, described as, and shared with: read before any work is done.

use crate::aws::ec2::{LaunchPermission, RegisterImage, Tag};
use crate::cli::commands::images::registration::registration;
use crate::cli::commands::share_image::permissions::{Sharing, grantees};
use crate::cli::ec2::{tags, wait_limit};
use crate::cli::failure::Failure;
use crate::cli::session::Session;

/// What Amazon and Eucalyptus take as the name of an image: so many characters …
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 3..=128;

/// … letters, digits, and these.
const NAME_MARKS: &str = "()[] ./-'@_";

/// Longest description, in characters.
const LONGEST_DESCRIPTION: usize = 255;

/// Most tags that a resource has.
const MOST_TAGS: usize = 50;

/// The wishes.
#[derive(Debug)]
pub(super) struct Wishes {
    /// The image's name.
    pub name: String,
    /// What is registered, but for the location or the mappings.
    pub request: RegisterImage,
    /// Tags of the image, and of the snapshot if there is one.
    pub tags: Vec<Tag>,
    /// Who is to be able to run it.
    pub sharing: Sharing,
}

impl Wishes {
    /// Reads them.
    ///
    /// # Errors
    /// When one of them cannot be fulfilled anywhere.
    pub(super) fn read(session: &Session<'_>) -> Result<Self, Failure> {
        let name = session.text("name")?.unwrap_or_default();
        if let Some(why) = name_problem(&name) {
            return Err(session.invalid("name", &name, &why));
        }
        let description = session.text("description")?.filter(|text| !text.is_empty());
        if let Some(text) = &description
            && text.chars().count() > LONGEST_DESCRIPTION
        {
            let why = format!("a description has at most {LONGEST_DESCRIPTION} characters");
            return Err(session.invalid("description", text, &why));
        }
        let tags = tags(session, "tag")?;
        if tags.len() > MOST_TAGS {
            let why = format!("{} tags are given, there can be {MOST_TAGS}", tags.len());
            return Err(session.invalid("tag", "", &why));
        }
        wait_limit(session)?;
        let mut add = grantees(session, "share", false)?;
        if session.values.flag("public") {
            add.push(LaunchPermission::all());
        }
        Ok(Self {
            request: RegisterImage {
                name: Some(name.clone()),
                description,
                architecture: session.text("arch")?,
                ..registration(session)?
            },
            name,
            tags,
            sharing: Sharing {
                add,
                remove: Vec::new(),
            },
        })
    }

    /// Whether anybody else gets the image.
    pub(super) fn shares(&self) -> bool {
        !self.sharing.add.is_empty()
    }

    /// Whether everyone gets it.
    pub(super) fn is_public(&self) -> bool {
        self.sharing.add.contains(&LaunchPermission::all())
    }
}

/// Why no cloud would take this name: not to be found out when everything is uploaded.
fn name_problem(name: &str) -> Option<String> {
    let length = name.chars().count();
    if !NAME_LENGTH.contains(&length) {
        let (least, most) = (NAME_LENGTH.start(), NAME_LENGTH.end());
        return Some(format!(
            "the name has {length} characters, expected {least} to {most}"
        ));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || NAME_MARKS.contains(c);
    let wrong = name.chars().find(|c| !plain(*c))?;
    Some(format!(
        "the name has {wrong:?}, expected letters, digits, spaces and any of ()[]./-'@_"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_clouds_take() {
        for good in [
            "web",
            "debian 13 (2026-11-21)",
            "a/b@c_[d].e'f",
            &"n".repeat(128),
        ] {
            assert_eq!(name_problem(good), None, "{good}");
        }
        for (bad, fact) in [
            ("", "0 characters"),
            ("ab", "2 characters"),
            (&"n".repeat(129)[..], "129 characters"),
            ("web:1", "':'"),
            ("wéb", "'é'"),
            ("web\n1", "'\\n'"),
        ] {
            let why = name_problem(bad).unwrap_or_default();
            assert!(why.contains(fact), "{bad}: {why}");
        }
    }
}
