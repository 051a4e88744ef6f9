//! What the owner of a bucket lets others post.
//!
//! ```json
//! { "expiration": "2030-01-01T00:00:00Z",
//!   "conditions": [ {"bucket": "b"},
//!                   ["eq", "$acl", "ec2-bundle-read"],
//!                   ["starts-with", "$key", "image/"],
//!                   ["content-length-range", 1, 10485760] ] }
//! ```
//!
//! Every field of the form has to be named by a condition, save those that carry the policy
//! itself: whoever has the signed policy can do what it says, and nothing else.
//!
//! Source: Amazon S3's API reference, "Creating a POST policy".

#[cfg(test)]
mod tests;

use base64ct::{Base64, Encoding as _};
use serde_json::Value;

use super::fields::Fields;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::units::Timestamp;

/// Fields that need no condition, names in lower case.
const EXEMPT: [&str; 5] = [
    "awsaccesskeyid",
    "file",
    "policy",
    "signature",
    "x-amz-signature",
];

/// Prefix of fields that nobody looks at.
const IGNORED: &str = "x-ignore-";

/// A policy that was read; who signed it is [`Fields::verify`]'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    expiration: Timestamp,
    conditions: Vec<Condition>,
    sizes: SizeRange,
}

/// How many bytes the file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeRange {
    /// The fewest.
    pub least: u64,
    /// The most.
    pub most: u64,
}

impl SizeRange {
    /// Any number.
    pub const ANY: Self = Self {
        least: 0,
        most: u64::MAX,
    };
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    /// In lower case.
    field: String,
    matching: Matching,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Matching {
    Equal(String),
    StartsWith(String),
}

impl Policy {
    /// Reads a policy from its base64 text.
    ///
    /// # Errors
    /// When it is not the base64 of a policy.
    pub fn parse(text: &str) -> S3Result<Self> {
        let text: String = text.split_ascii_whitespace().collect();
        let json = Base64::decode_vec(&text).map_err(|_| invalid("it is not base64"))?;
        let policy: Value = serde_json::from_slice(&json).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            invalid(&format!("it is not JSON at line {line}, column {column}"))
        })?;
        let expiration = policy
            .get("expiration")
            .and_then(Value::as_str)
            .and_then(Timestamp::parse)
            .ok_or_else(|| invalid("it has no expiration as 2030-01-01T00:00:00Z"))?;
        let conditions = policy
            .get("conditions")
            .and_then(Value::as_array)
            .ok_or_else(|| invalid("it has no list of conditions"))?;
        let mut read = Self {
            expiration,
            conditions: Vec::new(),
            sizes: SizeRange::ANY,
        };
        for condition in conditions {
            read.add(condition)?;
        }
        Ok(read)
    }

    fn add(&mut self, condition: &Value) -> S3Result<()> {
        const FORMS: &str = "a condition is neither {\"field\": \"value\"}, [\"eq\", \"$field\", \
             \"value\"], [\"starts-with\", \"$field\", \"value\"] nor \
             [\"content-length-range\", least, most]";
        let (field, matching) = match condition {
            Value::Object(object) => match object.iter().next() {
                Some((field, Value::String(value))) if object.len() == 1 => {
                    (field.as_str(), Matching::Equal(value.clone()))
                }
                _ => return Err(invalid(FORMS)),
            },
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(word), least, most] if is(word, "content-length-range") => {
                    let (Some(least), Some(most)) = (size(least), size(most)) else {
                        return Err(invalid(FORMS));
                    };
                    self.sizes.least = self.sizes.least.max(least);
                    self.sizes.most = self.sizes.most.min(most);
                    return Ok(());
                }
                [
                    Value::String(word),
                    Value::String(field),
                    Value::String(value),
                ] => {
                    let matching = match word.as_str() {
                        word if is(word, "eq") => Matching::Equal(value.clone()),
                        word if is(word, "starts-with") => Matching::StartsWith(value.clone()),
                        _ => return Err(invalid(FORMS)),
                    };
                    let field = field.strip_prefix('$').ok_or_else(|| invalid(FORMS))?;
                    (field, matching)
                }
                _ => return Err(invalid(FORMS)),
            },
            _ => return Err(invalid(FORMS)),
        };
        self.conditions.push(Condition {
            field: field.to_ascii_lowercase(),
            matching,
        });
        Ok(())
    }

    /// Whether a form may be posted to a bucket now; how many bytes its file may have.
    ///
    /// # Errors
    /// When the policy has expired, a condition does not hold, or a field has none.
    pub fn allows(&self, fields: &Fields, bucket: &str, now: Timestamp) -> S3Result<SizeRange> {
        if now > self.expiration {
            let end = self.expiration;
            return Err(denied(&format!("it expired at {end}, it is {now} here")));
        }
        for condition in &self.conditions {
            let value = match condition.field.as_str() {
                "bucket" => bucket,
                field => fields.get(field).unwrap_or_default(),
            };
            if !condition.holds(value) {
                let field = &condition.field;
                return Err(denied(&format!(
                    "the condition of the field {field} does not hold"
                )));
            }
        }
        let is_free = |name: &&str| {
            let named = self
                .conditions
                .iter()
                .any(|condition| condition.field == *name);
            !named && !EXEMPT.contains(name) && !name.starts_with(IGNORED)
        };
        if let Some(name) = fields.names().find(is_free) {
            return Err(denied(&format!("it says nothing of the field {name}")));
        }
        if fields.get("bucket").is_some_and(|named| named != bucket) {
            return Err(denied("the form names another bucket than its address"));
        }
        Ok(self.sizes)
    }
}

impl Condition {
    fn holds(&self, value: &str) -> bool {
        match &self.matching {
            Matching::Equal(wanted) => value == wanted,
            // A list of types begins so in each of them.
            Matching::StartsWith(prefix) if self.field == "content-type" => value
                .split(',')
                .all(|kind| kind.trim_start().starts_with(prefix)),
            Matching::StartsWith(prefix) => value.starts_with(prefix),
        }
    }
}

fn is(word: &str, known: &str) -> bool {
    word.eq_ignore_ascii_case(known)
}

/// A number of bytes; some programs write it as text.
fn size(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        _ => value.as_u64(),
    }
}

fn invalid(why: &str) -> S3Error {
    let message = format!("the policy cannot be read: {why}");
    S3Error::new(Code::InvalidPolicyDocument, message)
}

fn denied(why: &str) -> S3Error {
    S3Error::new(
        Code::AccessDenied,
        format!("Invalid according to Policy: {why}"),
    )
}
