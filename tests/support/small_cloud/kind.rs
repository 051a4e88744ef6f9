//! What a small cloud is run with, and where it is spoken to.

use std::fmt;

/// Where the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file of the data directory.
    Sqlite,
    /// A database of `support::postgres`.
    Postgres,
}

/// Where the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// A folder of the data directory.
    Directory,
    /// A bucket of an `S3Server`.
    S3,
}

/// A database and a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind(pub Database, pub Store);

impl Kind {
    /// What a cloud has if nobody chooses.
    pub const DEFAULT: Self = Self(Database::Sqlite, Store::Directory);

    /// What a cloud of several machines has.
    pub const REMOTE: Self = Self(Database::Postgres, Store::S3);

    /// All four.
    pub const ALL: [Self; 4] = [
        Self::DEFAULT,
        Self(Database::Sqlite, Store::S3),
        Self(Database::Postgres, Store::Directory),
        Self::REMOTE,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(database, store) = self;
        write!(to, "{database:?} and {store:?}")
    }
}

/// An address of the S3 service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// The port of its own: `http://HOST:9000`.
    Root,
    /// `/services/Walrus` of the cloud's port.
    Walrus,
    /// `/services/objectstorage` of the cloud's port.
    ObjectStorage,
    /// `/services/Walrus` of the cloud's port for TLS.
    Tls,
    /// The cloud's port by the name `localhost`, whose subdomains are buckets.
    Domain,
}
