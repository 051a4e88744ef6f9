//! A list as a request gives it, before its accounts are looked up.

use crate::cloud::walrus::xml::{excerpt, invalid_argument};
use crate::cloud::walrus::{Code, S3Error, S3Result};

use super::{Acl, Grantee, Permission};

/// An account as a request names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Name {
    /// By canonical id.
    Id(String),
    /// By e-mail address.
    Email(String),
}

/// Whom a draft grants something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Nothing is to be looked up.
    Known(Grantee),
    /// An account that may or may not be there.
    Named(Name),
}

impl Subject {
    /// Whoever has this canonical id. The cloud needs no looking up.
    #[must_use]
    pub fn of_id(id: &str) -> Self {
        match Grantee::of_id(id) {
            Grantee::Account(id) => Self::Named(Name::Id(id)),
            known => Self::Known(known),
        }
    }
}

/// A list whose accounts are not looked up yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The grants in order, at most [`MAX_GRANTS`](super::MAX_GRANTS).
    pub grants: Vec<(Subject, Permission)>,
}

impl From<Acl> for Draft {
    fn from(acl: Acl) -> Self {
        let known = |grant: super::Grant| (Subject::Known(grant.grantee), grant.permission);
        Self {
            grants: acl.grants.into_iter().map(known).collect(),
        }
    }
}

impl Draft {
    /// The accounts to look up, in order; one may come more than once.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.grants.iter().filter_map(|(subject, _)| match subject {
            Subject::Named(name) => Some(name),
            Subject::Known(_) => None,
        })
    }

    /// The list, with accounts by their canonical ids as `find` knows them.
    ///
    /// # Errors
    /// Where `find` knows nobody: `InvalidArgument` for an id,
    /// `UnresolvableGrantByEmailAddress` for an e-mail address.
    pub fn resolve(self, mut find: impl FnMut(&Name) -> Option<String>) -> S3Result<Acl> {
        let mut acl = Acl::default();
        for (subject, permission) in self.grants {
            let grantee = match subject {
                Subject::Known(grantee) => grantee,
                Subject::Named(name) => match find(&name) {
                    Some(id) => Grantee::of_id(&id),
                    None => return Err(unknown(&name)),
                },
            };
            acl.add(grantee, permission);
        }
        Ok(acl)
    }
}

fn unknown(name: &Name) -> S3Error {
    match name {
        Name::Id(id) => invalid_argument(
            "CanonicalUser/ID",
            id,
            "Invalid id: no account has this canonical id",
        ),
        Name::Email(address) => S3Error::new(
            Code::UnresolvableGrantByEmailAddress,
            "no account has this e-mail address",
        )
        .with("EmailAddress", excerpt(address)),
    }
}
