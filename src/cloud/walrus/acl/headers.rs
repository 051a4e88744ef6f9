//! Lists in headers.
//!
//! ```text
//! x-amz-acl: public-read
//! x-amz-grant-read: id="75aa…", emailAddress="a@example.com", uri=http://acs.amazonaws.com/…
//! ```
//!
//! Quotes may be left out. A comma inside quotes does not separate.
//!
//! Source: Amazon S3 API reference, `PutObjectAcl`, request headers.

use crate::cloud::walrus::xml::invalid_argument;
use crate::cloud::walrus::{Code, S3Error, S3Result};

use super::{Canned, Draft, Grantee, MAX_GRANTS, Name, Permission, Subject, both_ways};

/// The headers that grant, in the order their grants are listed.
const GRANTING: [(&str, Permission); 5] = [
    ("x-amz-grant-full-control", Permission::FullControl),
    ("x-amz-grant-read", Permission::Read),
    ("x-amz-grant-write", Permission::Write),
    ("x-amz-grant-read-acp", Permission::ReadAcp),
    ("x-amz-grant-write-acp", Permission::WriteAcp),
];

impl Draft {
    /// The list that headers ask for; none when they have nothing about it. `header` gives a
    /// header's value by its name in lower case, repeats joined by commas. `bucket_owner` is
    /// none for a bucket's own list.
    ///
    /// # Errors
    /// `InvalidRequest` when a canned ACL and grants come together, `InvalidArgument` when one of
    /// them cannot be read, `MalformedACLError` when there are more than 100 grants.
    pub fn from_headers<'h>(
        header: impl Fn(&str) -> Option<&'h str>,
        owner: &str,
        bucket_owner: Option<&str>,
    ) -> S3Result<Option<Self>> {
        let mut draft = Self::default();
        let mut granting = false;
        for (name, permission) in GRANTING {
            if let Some(value) = header(name) {
                granting = true;
                draft.add(name, value, permission)?;
            }
        }
        match (header("x-amz-acl"), granting) {
            (None, false) => Ok(None),
            (None, true) => Ok(Some(draft)),
            (Some(_), true) => Err(both_ways()),
            (Some(name), false) => {
                let acl = Canned::from_name(name.trim())?.list(owner, bucket_owner);
                Ok(Some(acl.into()))
            }
        }
    }

    /// The list that `PutBucketAcl` and `PutObjectAcl` ask for, in headers or in the body.
    ///
    /// # Errors
    /// Those of [`from_headers`](Self::from_headers) and [`from_xml`](Self::from_xml);
    /// `UnexpectedContent` when there are both, `MissingSecurityHeader` when there is neither.
    pub fn from_request<'h>(
        header: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        owner: &str,
        bucket_owner: Option<&str>,
    ) -> S3Result<Self> {
        match Self::from_headers(header, owner, bucket_owner)? {
            Some(draft) if body.is_empty() => Ok(draft),
            Some(_) => Err(S3Error::new(
                Code::UnexpectedContent,
                "the request has an ACL in its headers and a body, expected one of both",
            )),
            None if body.is_empty() => Err(S3Error::new(
                Code::MissingSecurityHeader,
                "the request has no ACL: expected x-amz-acl, x-amz-grant-… or a document",
            )
            .with("MissingHeaderName", "x-amz-acl")),
            None => Self::from_xml(body, owner),
        }
    }

    /// Adds the grants of one header.
    fn add(&mut self, header: &str, value: &str, permission: Permission) -> S3Result<()> {
        let wrong = |why| invalid_argument(header, value, why);
        for part in split(value).ok_or_else(|| wrong("a quotation mark is not closed"))? {
            let (kind, who) = part
                .split_once('=')
                .ok_or_else(|| wrong("a grantee without =, expected id=, emailAddress= or uri="))?;
            let who = unquoted(who).ok_or_else(|| wrong("a grantee is not quoted as a whole"))?;
            if who.is_empty() {
                return Err(wrong("a grantee is empty"));
            }
            let subject = match kind.trim().to_ascii_lowercase().as_str() {
                "id" => Subject::of_id(who),
                "emailaddress" => Subject::Named(Name::Email(who.to_owned())),
                "uri" => Subject::Known(
                    Grantee::of_group(who)
                        .ok_or_else(|| invalid_argument("uri", who, "Invalid group uri"))?,
                ),
                _ => return Err(wrong("expected a grantee as id=, emailAddress= or uri=")),
            };
            if self.grants.len() == MAX_GRANTS {
                return Err(too_many());
            }
            self.grants.push((subject, permission));
        }
        Ok(())
    }
}

/// `MalformedACLError` for more than 100 grants.
pub(super) fn too_many() -> S3Error {
    S3Error::new(
        Code::MalformedACLError,
        format!("the list has more than {MAX_GRANTS} grants"),
    )
}

/// The parts between commas that are not quoted; none when a quotation mark is not closed.
fn split(value: &str) -> Option<impl Iterator<Item = &str>> {
    let mut quoted = false;
    let marks = value.bytes().filter(|byte| *byte == b'"').count();
    let parts = value.split(move |c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    (marks % 2 == 0).then_some(parts)
}

/// A value without the quotes around it; none when there are others.
fn unquoted(value: &str) -> Option<&str> {
    let value = value.trim();
    let inside = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(value);
    (!inside.contains('"')).then_some(inside)
}
