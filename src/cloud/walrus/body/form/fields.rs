//! The fields of a form: what headers say of other uploads.

use std::fmt;

use super::malformed;
use super::policy::SizeRange;
use crate::aws::sign::SignatureError;
use crate::aws::sign::verify::PolicyClaim;
use crate::cloud::walrus::body::checksum::{Algorithm, Checksum};
use crate::cloud::walrus::body::expectation::{Expectation, Purpose};
use crate::cloud::walrus::error::{Code, S3Error, S3Result};

/// What stands for the file's name in a key.
const FILENAME: &str = "${filename}";

/// The fields before the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Fields {
    /// Names in lower case, each once.
    pairs: Vec<(String, String)>,
    /// With the file's name in its place.
    key: String,
}

/// What is answered to a form that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Success {
    /// `303 See Other`: this address, with bucket, key and `ETag` as parameters.
    Redirect(String),
    /// 200, 201 (with a `PostResponse` document) or 204.
    Status(u16),
}

impl Fields {
    pub(super) fn of(pairs: Vec<(String, String)>, filename: Option<String>) -> S3Result<Self> {
        let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
        let pairs: Vec<_> = pairs.into_iter().map(lower).collect();
        let mut names: Vec<_> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if let Some([twice, _]) = names.array_windows().find(|[one, next]| one == next) {
            return Err(malformed(&format!("the form has the field {twice} twice")));
        }
        let mut fields = Self {
            pairs,
            key: String::new(),
        };
        let key = fields.required("key")?;
        // Some browsers give the whole path of the user's file.
        let filename = filename.unwrap_or_default();
        let name = filename.rsplit(['/', '\\']).next().unwrap_or_default();
        fields.key = key.replace(FILENAME, name);
        if fields.key.is_empty() {
            return Err(argument("key", "is empty"));
        }
        Ok(fields)
    }

    /// The value of a field, its name in lower case; the key with the file's name in its place.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        if name == "key" {
            return Some(&self.key);
        }
        let mut pairs = self.pairs.iter();
        let found = pairs.find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The names of all fields, in lower case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(name, _)| name.as_str())
    }

    /// The object's key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The fields that say of the object what headers do in other uploads: `Content-Type` and its
    /// like, `x-amz-…` without what signs, and `acl` as `x-amz-acl`. Names in lower case.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, String)> {
        const PLAIN: [&str; 6] = [
            "cache-control",
            "content-disposition",
            "content-encoding",
            "content-language",
            "content-type",
            "expires",
        ];
        const SIGNING: [&str; 5] = [
            "x-amz-algorithm",
            "x-amz-credential",
            "x-amz-date",
            "x-amz-security-token",
            "x-amz-signature",
        ];
        let header = |(name, value): &(String, String)| match name.as_str() {
            "acl" => Some(("x-amz-acl".to_owned(), value.clone())),
            name if SIGNING.contains(&name) => None,
            name if PLAIN.contains(&name) || name.starts_with("x-amz-") => {
                Some((name.to_owned(), value.clone()))
            }
            _ => None,
        };
        self.pairs.iter().filter_map(header).collect()
    }

    /// The tags, an XML document as `PutObjectTagging` takes it.
    #[must_use]
    pub fn tagging(&self) -> Option<&str> {
        self.get("tagging")
    }

    /// What is to be answered when the object is there; 204 unless the form asks for something
    /// else that S3 knows.
    #[must_use]
    pub fn success(&self) -> Success {
        let redirect = self
            .get("success_action_redirect")
            .or_else(|| self.get("redirect"));
        match (redirect, self.get("success_action_status")) {
            (Some(address), _) if !address.is_empty() => Success::Redirect(address.to_owned()),
            (_, Some("200")) => Success::Status(200),
            (_, Some("201")) => Success::Status(201),
            _ => Success::Status(204),
        }
    }

    /// The policy's base64 text.
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        self.get("policy")
    }

    /// The token of temporary credentials; the caller has to know it as that key's.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.get("x-amz-security-token")
    }

    /// Who is said to have signed the policy; none if the form has neither policy nor signature.
    ///
    /// # Errors
    /// When fields of a signature are missing or not in their form.
    pub fn claim(&self) -> S3Result<Option<PolicyClaim>> {
        let has = |name| self.get(name).is_some();
        let claim = if has("x-amz-signature") || has("x-amz-algorithm") {
            PolicyClaim::v4(
                self.required("x-amz-algorithm")?,
                self.required("x-amz-credential")?,
                self.required("x-amz-date")?,
                self.required("x-amz-signature")?,
            )
        } else if has("signature") || has("awsaccesskeyid") || has("policy") {
            PolicyClaim::v2(
                self.required("awsaccesskeyid")?,
                self.required("signature")?,
            )
        } else {
            return Ok(None);
        };
        self.required("policy")?;
        claim.map(Some).map_err(|error| refused(&error))
    }

    /// Checks the policy's signature with the secret of the one who is said to have signed it.
    ///
    /// # Errors
    /// When it was made by another secret, or of another policy.
    pub fn verify(&self, claim: &PolicyClaim, secret: &str) -> S3Result<()> {
        let result = claim.verify(secret, self.required("policy")?);
        result.map_err(|error| refused(&error))
    }

    /// What the file has to be: its size as the policy allows, and a checksum if the form has one.
    ///
    /// # Errors
    /// When there are several checksums, or one is not in its form.
    pub fn expectation(&self, purpose: Purpose, sizes: SizeRange) -> S3Result<Expectation> {
        let expectation = Expectation::of_any(purpose).within(sizes.least, sizes.most);
        let mut found = self.pairs.iter().filter_map(|(name, value)| {
            Algorithm::from_header(name).map(|algorithm| (algorithm, value))
        });
        let Some((algorithm, value)) = found.next() else {
            return Ok(expectation);
        };
        if found.next().is_some() {
            return Err(argument(algorithm.header(), "is not the only checksum"));
        }
        let checksum = Checksum::parse(algorithm, value.trim())
            .map_err(|error| argument(algorithm.header(), &format!("is none: {error}")))?;
        Ok(expectation.with_checksum(checksum))
    }

    fn required(&self, name: &str) -> S3Result<&str> {
        let mut pairs = self.pairs.iter();
        let found = pairs.find(|(found, _)| found == name);
        let value = found.map(|(_, value)| value.as_str());
        value.ok_or_else(|| argument(name, "is missing before the file"))
    }
}

fn argument(name: &str, why: &str) -> S3Error {
    let message = format!("the form's field {name} {why}");
    S3Error::new(Code::InvalidArgument, message).with("ArgumentName", name)
}

fn refused(error: &SignatureError) -> S3Error {
    let code = Code::from_name(error.code()).unwrap_or(Code::AccessDenied);
    S3Error::new(code, error.to_string())
}

/// Without values: policy, signature and token let somebody in.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names().collect();
        f.debug_struct("Fields")
            .field("key", &self.key)
            .field("names", &names)
            .finish_non_exhaustive()
    }
}
