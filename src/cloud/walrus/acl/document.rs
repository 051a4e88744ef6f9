//! Lists as documents.
//!
//! ```text
//! AccessControlPolicy
//! ├─ Owner              ID, DisplayName
//! └─ AccessControlList
//!    └─ Grant *         Grantee (xsi:type: CanonicalUser │ Group │ AmazonCustomerByEmail)
//!                       Permission
//! ```
//!
//! Source: Amazon S3 API reference, `AccessControlPolicy`.

use crate::cloud::walrus::xml::{self, Owner, excerpt, invalid_argument, malformed};
use crate::cloud::walrus::{Code, S3Error, S3Result};
use crate::xml::{Element, Writer};

use super::headers::too_many;
use super::{
    Acl, CLOUD_ID, CLOUD_NAME, Draft, Grant, Grantee, MAX_GRANTS, Name, Permission, Subject,
};

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

impl Acl {
    /// The list as clients read it. `name_of` gives the display name of an account.
    pub fn to_xml(&self, owner: &Owner, name_of: impl Fn(&str) -> Option<String>) -> Vec<u8> {
        xml::document("AccessControlPolicy", |writer| {
            owner.write(writer, "Owner");
            writer.element("AccessControlList", &[], |writer| {
                for grant in &self.grants {
                    write(writer, grant, &name_of);
                }
            });
        })
    }
}

fn write(writer: &mut Writer, grant: &Grant, name_of: &impl Fn(&str) -> Option<String>) {
    let kind = match grant.grantee.uri() {
        Some(_) => "Group",
        None => "CanonicalUser",
    };
    writer.element("Grant", &[], |writer| {
        let attributes = [("xmlns:xsi", XSI), ("xsi:type", kind)];
        writer.element("Grantee", &attributes, |writer| match &grant.grantee {
            Grantee::Account(id) => {
                writer.leaf("ID", id);
                if let Some(name) = name_of(id) {
                    writer.leaf("DisplayName", &name);
                }
            }
            Grantee::Cloud => {
                writer.leaf("ID", CLOUD_ID);
                writer.leaf("DisplayName", CLOUD_NAME);
            }
            group => writer.leaf("URI", group.uri().unwrap_or_default()),
        });
        writer.leaf("Permission", grant.permission.as_str());
    });
}

impl Draft {
    /// Reads a list of a thing whose owner has the canonical id `owner`.
    ///
    /// # Errors
    /// `MalformedACLError` when it is no such document or has more than 100 grants,
    /// `InvalidArgument` for an unknown group, `AccessDenied` when it names another owner.
    pub fn from_xml(body: &[u8], owner: &str) -> S3Result<Self> {
        read(body, owner).map_err(|mut error| {
            if error.code == Code::MalformedXML {
                error.code = Code::MalformedACLError;
            }
            error
        })
    }
}

fn read(body: &[u8], owner: &str) -> S3Result<Draft> {
    let policy = xml::read(body, "AccessControlPolicy", &xml::SETTING)?;
    xml::only(&policy, &["Owner", "AccessControlList"])?;
    if xml::text(xml::one(&policy, "Owner")?, "ID")? != owner {
        return Err(S3Error::new(
            Code::AccessDenied,
            "the list names another owner than the one there is; the owner cannot be changed",
        ));
    }
    let list = xml::one(&policy, "AccessControlList")?;
    xml::only(list, &["Grant"])?;
    if list.children.len() > MAX_GRANTS {
        return Err(too_many());
    }
    let grants = list.children.iter().map(|grant| {
        xml::only(grant, &["Grantee", "Permission"])?;
        let permission = xml::text(grant, "Permission")?;
        let permission = Permission::from_name(permission).ok_or_else(|| {
            let permission = excerpt(permission);
            let words = Permission::ALL.map(Permission::as_str).join(", ");
            malformed(format!(
                "\"{permission}\" is no permission, expected one of {words}"
            ))
        })?;
        Ok((subject(xml::one(grant, "Grantee")?)?, permission))
    });
    Ok(Draft {
        grants: grants.collect::<S3Result<_>>()?,
    })
}

fn subject(grantee: &Element<'_>) -> S3Result<Subject> {
    match grantee.attribute("type") {
        Some("CanonicalUser") => Ok(Subject::of_id(xml::text(grantee, "ID")?)),
        Some("AmazonCustomerByEmail") => {
            let address = xml::text(grantee, "EmailAddress")?;
            Ok(Subject::Named(Name::Email(address.to_owned())))
        }
        Some("Group") => {
            let uri = xml::text(grantee, "URI")?;
            let group = Grantee::of_group(uri);
            let group = group.ok_or_else(|| invalid_argument("URI", uri, "Invalid group uri"))?;
            Ok(Subject::Known(group))
        }
        other => Err(malformed(format!(
            "a <Grantee> has the xsi:type \"{}\", \
             expected CanonicalUser, Group or AmazonCustomerByEmail",
            excerpt(other.unwrap_or_default())
        ))),
    }
}

/// The answer of `GetBucketPolicyStatus`.
#[must_use]
pub fn policy_status(is_public: bool) -> Vec<u8> {
    xml::document("PolicyStatus", |writer| {
        writer.leaf("IsPublic", if is_public { "true" } else { "false" });
    })
}
