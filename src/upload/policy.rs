//! Policies that let somebody without a secret key post objects into a bucket.
//!
//! ```text
//! policy, JSON ─► base64 ─┬─► form field Policy
//!                         └─► HMAC-SHA1 with a secret key ─► base64 ─► form field Signature
//! ```
//!
//! The owner of a bucket signs what may be posted and for how long; whoever has policy and
//! signature can do that, and nothing else. Every byte of the JSON counts for the signature, so
//! it is never written anew.
//!
//! Source: docs/formats/signatures.md, section 3.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::aws::Credentials;
use crate::aws::s3::PostForm;
use crate::aws::sign::v2;

/// Longest policy in bytes; S3 takes forms whose fields have 20 000 bytes in all.
const LONGEST: usize = 20_000;

/// A policy with its signature.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedPolicy {
    policy: String,
    signature: String,
    access_key_id: String,
    security_token: Option<Zeroizing<String>>,
}

/// Why a text is no policy, or no signature of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// It is too long for a form.
    #[error("the upload policy has {found} bytes, S3 takes at most {LONGEST}")]
    TooLong {
        /// Its length.
        found: usize,
    },
    /// It is not JSON.
    #[error("the upload policy is not JSON: line {line}, column {column}")]
    NotJson {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// It is JSON of another kind.
    #[error("the upload policy is not {expected}")]
    NotAPolicy {
        /// What it should be.
        expected: &'static str,
    },
    /// The signature is not one of a policy.
    #[error("the signature of the upload policy is not the base64 text of 20 bytes")]
    Signature,
}

impl SignedPolicy {
    /// Signs a policy, given as its JSON text.
    ///
    /// # Errors
    /// When the text is no policy.
    pub fn sign(json: &str, credentials: &Credentials) -> Result<Self, PolicyError> {
        let policy = encoded(json)?;
        Ok(Self {
            signature: v2::sign_text(&credentials.secret_access_key, &policy),
            policy,
            access_key_id: credentials.access_key_id.clone(),
            security_token: credentials.session_token.clone(),
        })
    }

    /// A policy, given as its JSON text, that was signed by the owner of an access key.
    ///
    /// # Errors
    /// When the text is no policy, or the signature cannot be one.
    pub fn signed(
        json: &str,
        signature: &str,
        access_key_id: &str,
        security_token: Option<Zeroizing<String>>,
    ) -> Result<Self, PolicyError> {
        let signature = signature.trim();
        let mut bytes = [0; 20];
        match Base64::decode(signature, &mut bytes) {
            Ok(decoded) if decoded.len() == 20 => {}
            _ => return Err(PolicyError::Signature),
        }
        Ok(Self {
            policy: encoded(json)?,
            signature: signature.to_owned(),
            access_key_id: access_key_id.to_owned(),
            security_token,
        })
    }

    /// The form that posts objects with this canned ACL.
    #[must_use]
    pub fn form(&self, acl: &str) -> PostForm {
        PostForm {
            acl: acl.to_owned(),
            policy: self.policy.clone(),
            signature: self.signature.clone(),
            access_key_id: self.access_key_id.clone(),
            security_token: self.security_token.as_deref().cloned(),
        }
    }
}

/// Without policy and signature: together they let anybody post.
impl fmt::Debug for SignedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedPolicy")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The base64 of a policy that a service may understand.
fn encoded(json: &str) -> Result<String, PolicyError> {
    if json.len() > LONGEST {
        return Err(PolicyError::TooLong { found: json.len() });
    }
    let value: Value = serde_json::from_str(json).map_err(|error| PolicyError::NotJson {
        line: error.line(),
        column: error.column(),
    })?;
    // What its conditions may be is the service's to say.
    if !value.is_object() {
        return Err(PolicyError::NotAPolicy {
            expected: "a JSON object",
        });
    }
    Ok(Base64::encode_string(json.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str =
        "{\"conditions\": [{\"bucket\": \"b\"}],\n \"expiration\": \"2030-01-01T00:00:00Z\"}\n";

    fn credentials() -> Credentials {
        Credentials {
            access_key_id: "AKID".to_owned(),
            secret_access_key: Zeroizing::new("secret".to_owned()),
            session_token: None,
            expires: None,
        }
    }

    /// The signature is `openssl dgst -sha1 -hmac secret` of the base64 text.
    #[test]
    fn every_byte_of_the_text_is_signed() {
        let form = SignedPolicy::sign(POLICY, &credentials())
            .unwrap()
            .form("private");

        assert_eq!(Base64::decode_vec(&form.policy).unwrap(), POLICY.as_bytes());
        assert_eq!(form.signature, "jmoXooIvDmBR6bCixFGT1pCg1Bc=");
        assert_eq!(
            (form.acl.as_str(), form.access_key_id.as_str()),
            ("private", "AKID")
        );
    }

    #[test]
    fn a_given_signature_is_kept() {
        let ours = SignedPolicy::sign(POLICY, &credentials()).unwrap();

        let given = SignedPolicy::signed(POLICY, &ours.signature, "AKID", None).unwrap();

        assert_eq!(given, ours);
        for bad in ["", "no", "c2lnbmF0dXJl"] {
            let error = SignedPolicy::signed(POLICY, bad, "AKID", None).unwrap_err();
            assert_eq!(error, PolicyError::Signature, "{bad}");
        }
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        let long = format!("{{\"conditions\": [\"{}\"]}}", "x".repeat(LONGEST));
        for text in ["", "{", "[]", "1", "eyJ9", &long] {
            assert!(SignedPolicy::sign(text, &credentials()).is_err(), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_signature() {
        let policy = SignedPolicy::sign(POLICY, &credentials()).unwrap();

        assert_eq!(
            format!("{policy:?}"),
            "SignedPolicy { access_key_id: \"AKID\", .. }"
        );
    }
}
