//! Reads `Authorization` headers of strangers.
//!
//! ```text
//! AWS4-HMAC-SHA256 Credential=AKID/20130524/us-east-1/s3/aws4_request,
//!                  SignedHeaders=host;x-amz-date, Signature=64 hex digits
//! AWS AKID:base64 of 20 bytes
//! ```
//!
//! What is accepted is small: no header longer than [`LONGEST`], every field once, names of
//! signed headers sorted and in lower case. Work is proportional to the length.
//!
//! Source: docs/formats/signatures.md, sections 2 and 3.

use std::fmt;

use super::v4::{ALGORITHM, Scope};

/// The longest `Authorization` header, or parameter in its place, that is read, in bytes. S3
/// itself takes no more than 8 KiB of headers.
pub const LONGEST: usize = 8 * 1024;

/// What an `Authorization` header says.
#[derive(Clone, PartialEq, Eq)]
pub enum Authorization {
    /// Signature version 4.
    V4(V4Authorization),
    /// S3's version 2.
    V2 {
        /// Whose secret signed.
        access_key_id: String,
        /// Base64 of the HMAC-SHA1.
        signature: String,
    },
}

/// A claim of version 4, from a header or a URL.
#[derive(Clone, PartialEq, Eq)]
pub struct V4Authorization {
    /// Whose secret signed.
    pub access_key_id: String,
    /// What the key is good for.
    pub scope: Scope,
    /// Names of the signed headers: sorted, in lower case, each once.
    pub signed_headers: Vec<String>,
    /// 64 hex digits in lower case.
    pub signature: String,
}

/// Why an `Authorization` header cannot be read. It is not repeated: it may hold a secret that
/// somebody put there by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationError {
    /// It begins with neither `AWS4-HMAC-SHA256` nor `AWS`.
    #[error("the authorization is neither AWS4-HMAC-SHA256 nor AWS")]
    Scheme,
    /// A field is missing, repeated or not in its form.
    #[error("the authorization has no good {field}: expected {expected}")]
    Field {
        /// The field.
        field: &'static str,
        /// Its form.
        expected: &'static str,
    },
}

const fn bad(field: &'static str, expected: &'static str) -> AuthorizationError {
    AuthorizationError::Field { field, expected }
}

impl Authorization {
    /// Reads a header's value.
    ///
    /// # Errors
    /// When it is too long, of another scheme, or not in its scheme's form.
    pub fn parse(text: &str) -> Result<Self, AuthorizationError> {
        if text.len() > LONGEST {
            return Err(bad("length", "at most 8 KiB"));
        }
        let (scheme, rest) = text
            .trim()
            .split_once(' ')
            .ok_or(AuthorizationError::Scheme)?;
        match scheme {
            ALGORITHM => parse_v4(rest).map(Self::V4),
            "AWS" => parse_v2(rest),
            _ => Err(AuthorizationError::Scheme),
        }
    }
}

fn parse_v2(text: &str) -> Result<Authorization, AuthorizationError> {
    const FORM: &str = "access key id, colon, signature";
    let (id, signature) = text
        .trim()
        .rsplit_once(':')
        .ok_or(bad("credential", FORM))?;
    Ok(Authorization::V2 {
        access_key_id: access_key_id(id)?,
        signature: base64_signature(signature)?,
    })
}

fn parse_v4(text: &str) -> Result<V4Authorization, AuthorizationError> {
    let (mut credential, mut headers, mut signature) = (None, None, None);
    for field in text.split(',') {
        let (name, value) = field
            .trim()
            .split_once('=')
            .ok_or(bad("field", "name=value"))?;
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut headers,
            "Signature" => &mut signature,
            _ => return Err(bad("field", "Credential, SignedHeaders or Signature")),
        };
        if place.replace(value).is_some() {
            return Err(bad("field", "each field once"));
        }
    }
    V4Authorization::of(
        credential.unwrap_or_default(),
        headers.unwrap_or_default(),
        signature.unwrap_or_default(),
    )
}

impl V4Authorization {
    /// A claim from its three fields, as a header or a signed URL has them.
    ///
    /// # Errors
    /// When one of them is not in its form.
    pub fn of(
        credential: &str,
        signed_headers: &str,
        signature: &str,
    ) -> Result<Self, AuthorizationError> {
        const FORM: &str = "access-key-id/date/region/service/aws4_request";
        if credential.len() + signed_headers.len() + signature.len() > LONGEST {
            return Err(bad("length", "at most 8 KiB"));
        }
        // From the right: an access key's id may contain a slash.
        let mut fields = credential.rsplitn(5, '/');
        let mut field = || fields.next().ok_or(bad("Credential", FORM));
        let (end, service, region, date, id) = (field()?, field()?, field()?, field()?, field()?);
        let is_date = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
        if end != "aws4_request" || !is_date || !is_word(service) || !is_word(region) {
            return Err(bad("Credential", FORM));
        }
        Ok(Self {
            access_key_id: access_key_id(id)?,
            scope: Scope {
                date: date.to_owned(),
                region: region.to_owned(),
                service: service.to_owned(),
            },
            signed_headers: header_names(signed_headers)?,
            signature: hex_signature(signature)?,
        })
    }
}

/// Without the signature, which belongs in no log.
impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(claim) => fmt::Debug::fmt(claim, f),
            Self::V2 { access_key_id, .. } => f
                .debug_struct("V2")
                .field("access_key_id", access_key_id)
                .finish_non_exhaustive(),
        }
    }
}

impl fmt::Debug for V4Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("V4")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .field("signed_headers", &self.signed_headers)
            .finish_non_exhaustive()
    }
}

/// Printable ASCII without white space.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

pub(super) fn access_key_id(text: &str) -> Result<String, AuthorizationError> {
    // IAM allows 128 characters.
    if text.len() > 128 || !is_word(text) {
        return Err(bad("access key id", "1 to 128 printable characters"));
    }
    Ok(text.to_owned())
}

/// A base64 signature of 20 or 32 bytes; only its form is checked.
pub(super) fn base64_signature(text: &str) -> Result<String, AuthorizationError> {
    if !matches!(text.len(), 28 | 44) || !is_word(text) {
        return Err(bad("signature", "base64 of 20 or 32 bytes"));
    }
    Ok(text.to_owned())
}

fn hex_signature(text: &str) -> Result<String, AuthorizationError> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != 64 || !text.bytes().all(is_hex) {
        return Err(bad("Signature", "64 hex digits in lower case"));
    }
    Ok(text.to_owned())
}

fn header_names(text: &str) -> Result<Vec<String>, AuthorizationError> {
    const FORM: &str = "names in lower case, sorted, separated by semicolons";
    let names: Vec<_> = text.split(';').map(str::to_owned).collect();
    let is_name = |name: &String| is_word(name) && !name.bytes().any(|b| b.is_ascii_uppercase());
    if !names.iter().all(is_name) || !names.is_sorted_by(|one, next| one < next) {
        return Err(bad("SignedHeaders", FORM));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";

    #[test]
    fn fields_may_stand_close_and_in_any_order() {
        let text = format!(
            "AWS4-HMAC-SHA256 Signature={SIGNATURE},SignedHeaders=host;x-amz-date,\
             Credential=A/B/20130524/us-east-1/s3/aws4_request"
        );

        let Authorization::V4(claim) = Authorization::parse(&text).unwrap() else {
            panic!("it is of version 4");
        };

        assert_eq!(claim.access_key_id, "A/B");
        assert_eq!(
            claim.scope.to_string(),
            "20130524/us-east-1/s3/aws4_request"
        );
        assert_eq!(claim.signed_headers, ["host", "x-amz-date"]);
        assert_eq!(claim.signature, SIGNATURE);
    }

    #[test]
    fn what_is_not_in_form_is_refused() {
        let good = "A/20130524/us-east-1/s3/aws4_request";
        for (credential, headers, signature) in [
            ("A/20130524/us-east-1/s3", "host", SIGNATURE),
            ("/20130524/us-east-1/s3/aws4_request", "host", SIGNATURE),
            ("A/2013052é/us-east-1/s3/aws4_request", "host", SIGNATURE),
            ("A/20130524//s3/aws4_request", "host", SIGNATURE),
            (good, "", SIGNATURE),
            (good, "x;host", SIGNATURE),
            (good, "host;host", SIGNATURE),
            (good, "Host", SIGNATURE),
            (good, "host", ""),
            (good, "host", &SIGNATURE.to_uppercase()),
        ] {
            let text = format!(
                "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={headers}, \
                 Signature={signature}"
            );
            assert!(Authorization::parse(&text).is_err(), "{text}");
        }
        for text in [
            "",
            "AWS",
            "AWS ",
            "AWS a",
            "AWS a:b",
            "Basic eA==",
            "AWS4-HMAC-SHA256 ,",
        ] {
            assert!(Authorization::parse(text).is_err(), "{text}");
        }
        assert!(Authorization::parse(&"A".repeat(LONGEST + 1)).is_err());
    }
}
