//! As whom a cloud is asked: the first source that has credentials.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Cloud, CloudError, Origin, Sourced, process};
use crate::aws::{Credentials, CredentialsError, CredentialsProvider};
use crate::config::Setting;
use crate::units::Timestamp;

/// What asking for credentials needs of the machine.
#[derive(Clone)]
pub struct Asking {
    /// The time now.
    pub now: Timestamp,
    /// Whether the user wants to stop.
    pub interrupted: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asking")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// Credentials, where they came from, and how to get them again.
#[derive(Debug, Clone)]
pub struct Found {
    /// Gives them, renewed before they end.
    pub provider: Arc<dyn CredentialsProvider>,
    /// The credentials as they are now.
    pub now: Arc<Credentials>,
    /// The source.
    pub origin: Origin,
    /// The file that the secret stands in.
    pub secret_file: Option<PathBuf>,
}

impl Found {
    /// Credentials that do not change.
    fn fixed(credentials: Credentials, origin: Origin) -> Self {
        let now = Arc::new(credentials);
        let provider: Arc<dyn CredentialsProvider> = now.clone();
        let secret_file = match &origin {
            Origin::File { path, .. } => Some(path.clone()),
            _ => None,
        };
        Self {
            provider,
            now,
            origin,
            secret_file,
        }
    }

    /// Credentials that a provider renews.
    pub(super) fn renewed(
        provider: Arc<dyn CredentialsProvider>,
        origin: Origin,
        now: Timestamp,
    ) -> Result<Self, CloudError> {
        Ok(Self {
            now: provider.credentials(now)?,
            provider,
            origin,
            secret_file: None,
        })
    }
}

impl Cloud<'_> {
    /// The credentials of the first source that has any.
    ///
    /// # Errors
    /// When none has, or one that should have them is broken: no other is asked then, since
    /// work under somebody else's name is worse than none.
    pub fn credentials(&self, asking: &Asking) -> Result<Found, CloudError> {
        let found = self.first_credentials(asking)?;
        match unusable(&found.now) {
            None => Ok(found),
            Some(what) => Err(CloudError::Credentials(CredentialsError::Source {
                origin: found.origin.to_string(),
                why: format!("the {what} has a line break, or another control character"),
            })),
        }
    }

    fn first_credentials(&self, asking: &Asking) -> Result<Found, CloudError> {
        if let Some(keys) = &self.flags.keys {
            let origin = Origin::Flag("--access-key-id");
            return Ok(Found::fixed(keys.clone(), origin));
        }
        let fixed = |found: Sourced<Credentials>| Found::fixed(found.value, found.origin);
        if let Some(found) = self.environment_keys(asking.now)? {
            return Ok(fixed(found));
        }
        if let Some(found) = self.credential_file_keys()? {
            return Ok(fixed(found));
        }
        if let Some(found) = self.user_keys()? {
            return Ok(fixed(found));
        }
        if let Some(found) = self.profile_credentials(asking)? {
            return Ok(found);
        }
        self.role_credentials(asking)
    }

    /// The keys of the user's section in euca2ools' files.
    fn user_keys(&self) -> Result<Option<Sourced<Credentials>>, CloudError> {
        let id = self.config.locate(self.selection, Setting::KeyId)?;
        let secret = self.config.locate(self.selection, Setting::SecretKey)?;
        let half = |found, has, lacks| CloudError::HalfPair {
            origin: Origin::located(found),
            has,
            lacks,
        };
        match (id, secret) {
            (None, None) => Ok(None),
            (Some(id), Some(secret)) => {
                // The file of the secret: its permissions count.
                let origin = Origin::located(&secret);
                let credentials = Credentials {
                    access_key_id: id.value,
                    secret_access_key: Zeroizing::new(secret.value),
                    session_token: None,
                    expires: None,
                };
                Ok(Some(Sourced::new(credentials, origin)))
            }
            (Some(found), None) => Err(half(&found, "a key-id", "secret-key")),
            (None, Some(found)) => Err(half(&found, "a secret-key", "key-id")),
        }
    }

    /// The credentials of the profile of the AWS tools.
    fn profile_credentials(&self, asking: &Asking) -> Result<Option<Found>, CloudError> {
        const ID: &str = "aws_access_key_id";
        const SECRET: &str = "aws_secret_access_key";
        const ELSEWHERE: [&str; 5] = [
            "role_arn",
            "web_identity_token_file",
            "sso_session",
            "sso_start_url",
            "login_session",
        ];
        let profile = self.profile()?;
        for option in ELSEWHERE {
            // The AWS tools, too, ask these before they look at keys.
            if let Some(found) = profile.option(option) {
                return Err(CloudError::Unsupported {
                    origin: found.origin,
                    what: option.to_owned(),
                });
            }
        }
        if let Some(section) = profile.section_with(&[ID, SECRET]) {
            let half = |option, has, lacks| CloudError::HalfPair {
                origin: section.origin(option),
                has,
                lacks,
            };
            let (id, secret) = match (section.text(ID), section.text(SECRET)) {
                (Some(id), Some(secret)) => (id, secret),
                (Some(_), None) => return Err(half(ID, "an access key id", SECRET)),
                _ => return Err(half(SECRET, "a secret key", ID)),
            };
            let token = section.text("aws_session_token");
            let token = token.or_else(|| section.text("aws_security_token"));
            let credentials = Credentials {
                access_key_id: id.to_owned(),
                secret_access_key: Zeroizing::new(secret.to_owned()),
                session_token: token.map(|token| Zeroizing::new(token.to_owned())),
                expires: None,
            };
            return Ok(Some(Found::fixed(credentials, section.origin(ID))));
        }
        match profile.option("credential_process") {
            // It would be asked by itself, again and again.
            Some(command) if self.first_variable(&[process::MARK])?.is_some() => {
                Err(CloudError::Credentials(CredentialsError::Source {
                    origin: command.origin.to_string(),
                    why: "the program asks amikit, which would run the program".to_owned(),
                }))
            }
            Some(command) => process::credentials(&profile.name, &command, asking).map(Some),
            None => Ok(None),
        }
    }
}

/// What of credentials no header can carry: they come with line breaks from files that were read
/// as a whole.
fn unusable(credentials: &Credentials) -> Option<&'static str> {
    let token = credentials.session_token.as_ref();
    let all = [
        ("access key id", credentials.access_key_id.as_str()),
        ("secret key", credentials.secret_access_key.as_str()),
        ("session token", token.map_or("", |token| token.as_str())),
    ];
    let bad = all
        .iter()
        .find(|(_, text)| text.chars().any(char::is_control));
    bad.map(|(what, _)| *what)
}
