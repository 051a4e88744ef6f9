//! Keys in environment variables.

use zeroize::Zeroizing;

use super::{Cloud, CloudError, Origin, Sourced};
use crate::aws::{Credentials, CredentialsError};
use crate::units::Timestamp;

/// Variables that belong together; keys and secrets of two families are never mixed.
struct Family {
    ids: &'static [&'static str],
    secrets: &'static [&'static str],
    tokens: &'static [&'static str],
    expiry: &'static [&'static str],
}

/// In order: the AWS tools' and euca2ools 3's, then those of euca2ools 1 and 2 and of `eucarc`.
const FAMILIES: [Family; 2] = [
    Family {
        ids: &["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"],
        secrets: &["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"],
        tokens: &["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"],
        expiry: &["AWS_CREDENTIAL_EXPIRATION"],
    },
    Family {
        ids: &["EC2_ACCESS_KEY"],
        secrets: &["EC2_SECRET_KEY"],
        tokens: &[],
        expiry: &[],
    },
];

impl Cloud<'_> {
    /// The keys in the environment.
    pub(super) fn environment_keys(
        &self,
        now: Timestamp,
    ) -> Result<Option<Sourced<Credentials>>, CloudError> {
        for family in FAMILIES {
            let id = self.first_variable(family.ids)?;
            let secret = self.first_variable(family.secrets)?;
            let half = |name: &str, has, lacks| CloudError::HalfPair {
                origin: Origin::Variable(name.to_owned()),
                has,
                lacks,
            };
            let (id, secret) = match (id, secret) {
                (None, None) => continue,
                (Some(id), Some(secret)) => (id, secret),
                (Some((name, _)), None) => {
                    return Err(half(name, "an access key id", "secret key"));
                }
                (None, Some((name, _))) => {
                    return Err(half(name, "a secret key", "access key id"));
                }
            };
            let token = self.first_variable(family.tokens)?;
            let expires = match self.first_variable(family.expiry)? {
                Some((name, text)) => Some(expiry(name, &text)?),
                None => None,
            };
            if let Some(expired) = expires.filter(|expires| *expires <= now) {
                return Err(CloudError::Credentials(CredentialsError::Expired {
                    access_key_id: id.1,
                    expired,
                }));
            }
            let mut names = format!("{}, {}", id.0, secret.0);
            if let Some((name, _)) = &token {
                names = format!("{names}, {name}");
            }
            let credentials = Credentials {
                access_key_id: id.1,
                secret_access_key: Zeroizing::new(secret.1),
                session_token: token.map(|(_, token)| Zeroizing::new(token)),
                expires,
            };
            return Ok(Some(Sourced::new(credentials, Origin::Variable(names))));
        }
        Ok(None)
    }
}

fn expiry(name: &str, text: &str) -> Result<Timestamp, CloudError> {
    Timestamp::parse(text).ok_or_else(|| CloudError::Value {
        origin: Origin::Variable(name.to_owned()),
        found: text.to_owned(),
        expected: "a time such as 2026-11-21T06:21:51Z",
    })
}
