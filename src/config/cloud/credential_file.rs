//! `AWS_CREDENTIAL_FILE`, as `iam` tools and euca2ools read it.
//!
//! ```text
//! AWSAccessKeyId=AKIA…
//! AWSSecretKey=…
//! ```

use std::path::Path;

use zeroize::Zeroizing;

use super::transport::read_named;
use super::{Cloud, CloudError, Origin, Sourced};
use crate::aws::Credentials;
use crate::config::{MAX_FILE_BYTES, files};

const VARIABLE: &str = "AWS_CREDENTIAL_FILE";

impl Cloud<'_> {
    /// The keys in the file that the environment names.
    pub(super) fn credential_file_keys(&self) -> Result<Option<Sourced<Credentials>>, CloudError> {
        let Some(path) = (self.env)(VARIABLE).filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        let path = files::home_expanded(Path::new(&path), self.env);
        let bytes = Zeroizing::new(read_named(&path, VARIABLE, MAX_FILE_BYTES)?);
        let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        let (mut id, mut secret) = (None, None);
        for line in text.lines() {
            match line
                .split_once('=')
                .map(|(name, value)| (name.trim(), value.trim()))
            {
                Some((_, "")) | None => {}
                Some(("AWSAccessKeyId", value)) => id = Some(value.to_owned()),
                Some(("AWSSecretKey", value)) => secret = Some(Zeroizing::new(value.to_owned())),
                Some(_) => {}
            }
        }
        let origin = Origin::File {
            path,
            place: String::new(),
        };
        let half = |has, lacks| CloudError::HalfPair {
            origin: origin.clone(),
            has,
            lacks,
        };
        match (id, secret) {
            (Some(access_key_id), Some(secret_access_key)) => {
                let credentials = Credentials {
                    access_key_id,
                    secret_access_key,
                    session_token: None,
                    expires: None,
                };
                Ok(Some(Sourced::new(credentials, origin)))
            }
            (Some(_), None) => Err(half("a line AWSAccessKeyId=", "line AWSSecretKey=")),
            (None, Some(_)) => Err(half("a line AWSSecretKey=", "line AWSAccessKeyId=")),
            (None, None) => Err(half("no line AWSAccessKeyId=", "line AWSSecretKey=")),
        }
    }
}
