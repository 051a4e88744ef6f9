//! Checks the signatures of form uploads: both versions sign the policy's base64 text.
//!
//! Source: docs/formats/signatures.md, section 3; Amazon S3's API reference, "Browser-based
//! uploads using POST", calculating a signature.

use std::fmt;

use super::SignatureError;
use crate::aws::sign::authorization::{V4Authorization, access_key_id, base64_signature};
use crate::aws::sign::mac::same;
use crate::aws::sign::v2;
use crate::aws::sign::v4::{ALGORITHM, SigningKey};
use crate::units::Timestamp;

/// What a form says about who signed its policy; nothing of it is true before
/// [`PolicyClaim::verify`].
#[derive(Clone, PartialEq, Eq)]
pub struct PolicyClaim(Proof);

#[derive(Clone, PartialEq, Eq)]
enum Proof {
    V2 {
        access_key_id: String,
        signature: String,
    },
    V4(V4Authorization),
}

impl PolicyClaim {
    /// Of the fields `AWSAccessKeyId` and `signature`.
    ///
    /// # Errors
    /// When one of them is not in its form.
    pub fn v2(id: &str, signature: &str) -> Result<Self, SignatureError> {
        Ok(Self(Proof::V2 {
            access_key_id: access_key_id(id).map_err(SignatureError::Query)?,
            signature: base64_signature(signature).map_err(SignatureError::Query)?,
        }))
    }

    /// Of the fields `x-amz-algorithm`, `x-amz-credential`, `x-amz-date` and `x-amz-signature`.
    ///
    /// # Errors
    /// When one of them is not in its form, or the credential is of another day or service.
    pub fn v4(
        algorithm: &str,
        credential: &str,
        date: &str,
        signature: &str,
    ) -> Result<Self, SignatureError> {
        let parameter = |name, expected| SignatureError::Parameter { name, expected };
        if algorithm != ALGORITHM {
            return Err(parameter("x-amz-algorithm", ALGORITHM));
        }
        // Nothing but the policy is signed; what signs a request has at least the host.
        let claim = V4Authorization::of(credential, "host", signature);
        let claim = claim.map_err(SignatureError::Query)?;
        let time =
            Timestamp::parse(date).ok_or(parameter("x-amz-date", "a time as 20130524T000000Z"))?;
        super::v4::is_for("date", &claim.scope.date, &time.date())?;
        super::v4::is_for("service", &claim.scope.service, "s3")?;
        Ok(Self(Proof::V4(claim)))
    }

    /// Whose secret is said to have signed.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        match &self.0 {
            Proof::V2 { access_key_id, .. } => access_key_id,
            Proof::V4(claim) => &claim.access_key_id,
        }
    }

    /// Checks the signature of a policy, given as its base64 text, against the secret of
    /// [`PolicyClaim::access_key_id`]. Time and conditions of the policy are the caller's to
    /// check.
    ///
    /// # Errors
    /// When it was made by another secret, or of another policy.
    pub fn verify(&self, secret: &str, policy: &str) -> Result<(), SignatureError> {
        let (ours, theirs) = match &self.0 {
            Proof::V2 { signature, .. } => (v2::sign_text(secret, policy), signature),
            Proof::V4(claim) => {
                let key = SigningKey::derive(secret, &claim.scope);
                (key.sign(policy), &claim.signature)
            }
        };
        if same(&ours, theirs) {
            Ok(())
        } else {
            Err(SignatureError::Mismatch)
        }
    }
}

/// Without the signature, which belongs in no log.
impl fmt::Debug for PolicyClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyClaim")
            .field("access_key_id", &self.access_key_id())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    const CREDENTIAL: &str = "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request";

    /// The policy of "Example: Browser-based upload using HTTP POST (using AWS Signature Version
    /// 4)" of the API reference, and its signature.
    const PUBLISHED: (&str, &str) = (
        "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAg\
         ICB7ImJ1Y2tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAi\
         dXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25f\
         cmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxf\
         dXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQog\
         ICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRl\
         LWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAi\
         Il0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMt\
         ZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEy\
         NTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9",
        "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e",
    );

    fn v4(signature: &str) -> Result<PolicyClaim, SignatureError> {
        PolicyClaim::v4(ALGORITHM, CREDENTIAL, "20151229T000000Z", signature)
    }

    #[test]
    fn the_published_policy_is_signed() {
        let claim = v4(PUBLISHED.1).unwrap();

        assert_eq!(claim.access_key_id(), "AKIAIOSFODNN7EXAMPLE");
        assert_eq!(claim.verify(SECRET, PUBLISHED.0), Ok(()));
        let other = claim.verify("other", PUBLISHED.0);
        assert_eq!(other, Err(SignatureError::Mismatch));
        let changed = claim.verify(SECRET, &PUBLISHED.0.replace("eyAi", "eyBi"));
        assert_eq!(changed, Err(SignatureError::Mismatch));
    }

    #[test]
    fn version_2_signs_with_sha_1() {
        let policy = "eyJhIjoxfQ==";
        let signature = v2::sign_text(SECRET, policy);

        let claim = PolicyClaim::v2("AKID", &signature).unwrap();

        assert_eq!(claim.verify(SECRET, policy), Ok(()));
        assert!(claim.verify(SECRET, "eyJhIjoyfQ==").is_err());
        assert!(claim.verify("other", policy).is_err());
        assert!(!format!("{claim:?}").contains(&signature));
    }

    #[test]
    fn fields_that_are_not_in_form_are_refused() {
        let signature = PUBLISHED.1;
        let date = "20151229T000000Z";

        assert!(PolicyClaim::v4("AWS4", CREDENTIAL, date, signature).is_err());
        assert!(PolicyClaim::v4(ALGORITHM, "AKID", date, signature).is_err());
        assert!(PolicyClaim::v4(ALGORITHM, CREDENTIAL, "now", signature).is_err());
        assert!(PolicyClaim::v4(ALGORITHM, CREDENTIAL, "20151230T000000Z", signature).is_err());
        let ec2 = CREDENTIAL.replace("/s3/", "/ec2/");
        assert!(PolicyClaim::v4(ALGORITHM, &ec2, date, signature).is_err());
        assert!(v4("00").is_err());
        assert!(PolicyClaim::v2("", "jmoXooIvDmBR6bCixFGT1pCg1Bc=").is_err());
        assert!(PolicyClaim::v2("AKID", "short").is_err());
    }
}
