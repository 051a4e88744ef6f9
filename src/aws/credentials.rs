//! Who signs a request.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::units::Timestamp;

/// An access key, its secret, and the token that temporary ones come with.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key's id, which is public.
    pub access_key_id: String,
    /// The secret that signs.
    pub secret_access_key: Zeroizing<String>,
    /// Sent along, and signed, with temporary credentials.
    pub session_token: Option<Zeroizing<String>>,
    /// When they end.
    pub expires: Option<Timestamp>,
}

/// Why there are no credentials.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// They ended.
    #[error("the credentials {access_key_id} expired at {expired}")]
    Expired {
        /// The access key's id.
        access_key_id: String,
        /// When.
        expired: Timestamp,
    },
    /// Nobody has any.
    #[error("there are no credentials")]
    None,
    /// A source that should have them failed.
    #[error("no credentials from {origin}: {why}")]
    Source {
        /// The source: a file, a program, a service.
        origin: String,
        /// What happened.
        why: String,
    },
}

/// Gives credentials for each request, so that temporary ones can be renewed in a long journey.
pub trait CredentialsProvider: Send + Sync + fmt::Debug {
    /// Credentials that are good at `now` and for some minutes.
    ///
    /// # Errors
    /// When there are none, or they ended and cannot be renewed.
    fn credentials(&self, now: Timestamp) -> Result<Arc<Credentials>, CredentialsError>;

    /// Credentials in the place of those that a service has just called expired. They are the
    /// same where there are no others.
    ///
    /// # Errors
    /// As [`CredentialsProvider::credentials`].
    fn renew(
        &self,
        _stale: &Credentials,
        now: Timestamp,
    ) -> Result<Arc<Credentials>, CredentialsError> {
        self.credentials(now)
    }
}

/// Credentials that do not change. They are refused when they have expired.
impl CredentialsProvider for Credentials {
    fn credentials(&self, now: Timestamp) -> Result<Arc<Credentials>, CredentialsError> {
        match self.expires {
            Some(expired) if expired <= now => Err(CredentialsError::Expired {
                access_key_id: self.access_key_id.clone(),
                expired,
            }),
            _ => Ok(Arc::new(self.clone())),
        }
    }
}

impl Credentials {
    /// Credentials from the JSON object in which programs and roles hand them out:
    /// `AccessKeyId`, `SecretAccessKey`, `SessionToken` or `Token`, `Expiration`.
    ///
    /// # Errors
    /// What is wrong with the object; its content is never repeated.
    pub fn from_json(document: &[u8]) -> Result<Self, String> {
        let parsed: Result<Document, _> = serde_json::from_slice(document);
        // The library's own words may repeat a value.
        let document = parsed.map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("it is no JSON object with credentials (line {line}, column {column})")
        })?;
        let text = |value: Option<String>| value.filter(|value| !value.is_empty());
        if let Some(code) = document.code.filter(|code| code != "Success") {
            let code: String = code.chars().take(64).collect();
            return Err(format!("its code is {code:?}, expected \"Success\""));
        }
        let secret = text(document.secret_access_key).map(Zeroizing::new);
        let token = text(document.session_token).or(text(document.token));
        let expires = match text(document.expiration) {
            Some(text) => match Timestamp::parse(&text) {
                Some(expires) => Some(expires),
                None => return Err("its Expiration is no time".to_owned()),
            },
            None => None,
        };
        Ok(Self {
            access_key_id: text(document.access_key_id).ok_or("it has no AccessKeyId")?,
            secret_access_key: secret.ok_or("it has no SecretAccessKey")?,
            session_token: token.map(Zeroizing::new),
            expires,
        })
    }
}

/// Credentials as programs and roles hand them out.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    code: Option<String>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    token: Option<String>,
    expiration: Option<String>,
}

/// Temporary credentials are renewed when they have no more than this many seconds left. The
/// services that hand them out have new ones by then.
const RENEW_BEFORE: i64 = 300;

/// Least seconds between two attempts to renew credentials that are good still.
const RENEW_PAUSE: i64 = 10;

/// Credentials that are fetched, and fetched again before they end.
///
/// ```text
/// fetched ──────────────► 5 minutes left ─► fetched again
///                             └─ that fails: the old ones, while they last
/// ```
pub struct Renewing<F> {
    fetch: F,
    held: Mutex<Option<Held>>,
}

struct Held {
    credentials: Arc<Credentials>,
    fetched: Timestamp,
}

impl<F> Renewing<F>
where
    F: Fn(Timestamp) -> Result<Credentials, CredentialsError> + Send + Sync,
{
    /// Credentials that `fetch` gets. It is called by one thread at a time.
    pub const fn new(fetch: F) -> Self {
        Self {
            fetch,
            held: Mutex::new(None),
        }
    }
}

impl<F> CredentialsProvider for Renewing<F>
where
    F: Fn(Timestamp) -> Result<Credentials, CredentialsError> + Send + Sync,
{
    fn credentials(&self, now: Timestamp) -> Result<Arc<Credentials>, CredentialsError> {
        let mut held = self.held();
        if let Some(held) = held.as_ref()
            && (held.is_fresh(now) || held.was_tried_lately(now))
            && held.credentials.seconds_left(now) > 0
        {
            return Ok(Arc::clone(&held.credentials));
        }
        self.fetch(&mut held, now)
    }

    /// Of many threads that find them stale, the first fetches.
    fn renew(
        &self,
        stale: &Credentials,
        now: Timestamp,
    ) -> Result<Arc<Credentials>, CredentialsError> {
        let mut held = self.held();
        if held
            .as_ref()
            .is_some_and(|held| *held.credentials == *stale)
        {
            return self.fetch(&mut held, now);
        }
        drop(held);
        self.credentials(now)
    }
}

impl<F> Renewing<F>
where
    F: Fn(Timestamp) -> Result<Credentials, CredentialsError> + Send + Sync,
{
    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        // What is held is whole also when a thread has panicked with it.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches others; those that are held stay if that fails, while they last.
    fn fetch(
        &self,
        held: &mut Option<Held>,
        now: Timestamp,
    ) -> Result<Arc<Credentials>, CredentialsError> {
        let fetched = (self.fetch)(now).and_then(|credentials| credentials.credentials(now));
        match (fetched, held.as_mut()) {
            (Ok(credentials), _) => {
                *held = Some(Held {
                    credentials: Arc::clone(&credentials),
                    fetched: now,
                });
                Ok(credentials)
            }
            (Err(error), Some(old)) if old.credentials.seconds_left(now) > 0 => {
                tracing::warn!(%error, "credentials not renewed; the old ones last a little");
                old.fetched = now;
                Ok(Arc::clone(&old.credentials))
            }
            (Err(error), _) => Err(error),
        }
    }
}

impl Held {
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.credentials.seconds_left(now) > RENEW_BEFORE
    }

    fn was_tried_lately(&self, now: Timestamp) -> bool {
        now.0.saturating_sub(self.fetched.0) < RENEW_PAUSE
    }
}

impl Credentials {
    /// Seconds that they last, a negative number if they have ended.
    #[must_use]
    pub fn seconds_left(&self, now: Timestamp) -> i64 {
        self.expires
            .map_or(i64::MAX, |expires| expires.0.saturating_sub(now.0))
    }
}

impl<F> fmt::Debug for Renewing<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewing").finish_non_exhaustive()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    fn lasting(id: &str, until: i64) -> Credentials {
        Credentials {
            access_key_id: id.to_owned(),
            secret_access_key: Zeroizing::new("hidden-secret".to_owned()),
            session_token: None,
            expires: Some(Timestamp(until)),
        }
    }

    #[test]
    fn temporary_credentials_are_renewed_five_minutes_before_they_end() {
        let fetched = AtomicI64::new(0);
        let provider = Renewing::new(|now: Timestamp| {
            let count = fetched.fetch_add(1, Ordering::Relaxed);
            Ok(lasting(&format!("KEY{count}"), now.0 + 3600))
        });
        let id = |now| {
            provider
                .credentials(Timestamp(now))
                .unwrap()
                .access_key_id
                .clone()
        };

        assert_eq!(id(0), "KEY0");
        assert_eq!(id(3299), "KEY0");
        assert_eq!(id(3300), "KEY1");
    }

    #[test]
    fn credentials_that_a_service_calls_stale_are_fetched_once_more_by_the_first_thread() {
        let fetched = AtomicI64::new(0);
        let provider = Renewing::new(|_| {
            let count = fetched.fetch_add(1, Ordering::Relaxed);
            Ok(lasting(&format!("KEY{count}"), 3600))
        });
        let stale = provider.credentials(Timestamp(0)).unwrap();

        for _ in 0..2 {
            let new = provider.renew(&stale, Timestamp(1)).unwrap();
            assert_eq!(new.access_key_id, "KEY1");
        }

        assert_eq!(fetched.load(Ordering::Relaxed), 2);
        // Those that do not change are what they are.
        assert_eq!(stale.renew(&stale, Timestamp(1)).unwrap(), stale);
    }

    #[test]
    fn credentials_that_cannot_be_renewed_serve_to_their_end() {
        let provider = Renewing::new(|now: Timestamp| match now.0 {
            0 => Ok(lasting("KEY", 1000)),
            _ => Err(CredentialsError::None),
        });
        let get = |now| provider.credentials(Timestamp(now));

        assert!(get(0).is_ok());
        assert!(get(900).is_ok());
        assert!(matches!(get(1000), Err(CredentialsError::None)));
    }

    #[test]
    fn expired_credentials_are_refused_wherever_they_come_from() {
        let provider = Renewing::new(|_| Ok(lasting("KEY", 10)));

        for result in [
            provider.credentials(Timestamp(10)),
            lasting("KEY", 10).credentials(Timestamp(10)),
        ] {
            assert!(matches!(result, Err(CredentialsError::Expired { .. })));
        }
    }

    #[test]
    fn a_document_is_read_and_never_repeated() {
        let good = br#"{"Code":"Success","AccessKeyId":"ASIA","SecretAccessKey":"hidden-secret",
            "Token":"t","Expiration":"2026-11-21T06:21:51Z"}"#;

        let credentials = Credentials::from_json(good).unwrap();

        assert_eq!(credentials.expires, Some(Timestamp(1_795_242_111)));
        assert_eq!(
            credentials.session_token.as_ref().map(|t| t.as_str()),
            Some("t")
        );
        assert!(!format!("{credentials:?}").contains("hidden"));
        for bad in [
            r#"{"AccessKeyId":7,"SecretAccessKey":"hidden-secret"}"#,
            r#"{"AccessKeyId":"A"}"#,
            r#"{"SecretAccessKey":"hidden-secret"}"#,
            r#"{"AccessKeyId":"A","SecretAccessKey":"hidden-secret","Expiration":"hidden"}"#,
            r#"{"Code":"AssumeRoleUnauthorizedAccess"}"#,
            r#""hidden-secret""#,
            "hidden-secret",
        ] {
            let error = Credentials::from_json(bad.as_bytes()).unwrap_err();
            assert!(!error.contains("hidden"), "{error}");
        }
    }
}
