//! Entries as the documents of lists have them.

use std::collections::BTreeMap;

use sqlx::AnyConnection;

use super::{Ask, Entry, Page};
use crate::cloud::state::accounts;
use crate::cloud::state::versions::Listed;
use crate::cloud::walrus::error::S3Result;
use crate::cloud::walrus::iso_ms;
use crate::cloud::walrus::xml::{KeyEncoding, Owner};
use crate::xml::Writer;

/// Who owns what a page shows, by account.
#[derive(Debug, Default)]
pub(in crate::cloud::walrus) struct Owners(BTreeMap<String, Owner>);

impl Owners {
    /// Looks up the owners of a page; most pages have one.
    ///
    /// # Errors
    /// When the database fails.
    pub(in crate::cloud::walrus) async fn of(
        db: &mut AnyConnection,
        page: &Page,
    ) -> S3Result<Self> {
        let mut owners = BTreeMap::new();
        for version in page.versions() {
            let id = &version.account_id;
            if owners.contains_key(id) {
                continue;
            }
            let account = accounts::by_id(db, id).await?;
            let owner = account.map_or_else(
                || Owner {
                    id: id.clone(),
                    display_name: String::new(),
                },
                |account| Owner {
                    id: account.canonical_id,
                    display_name: account.name,
                },
            );
            owners.insert(id.clone(), owner);
        }
        Ok(Self(owners))
    }

    fn write(&self, writer: &mut Writer, version: &Listed) {
        if let Some(owner) = self.0.get(&version.account_id) {
            owner.write(writer, "Owner");
        }
    }
}

/// Writes what every list says about itself, behind its markers.
pub(in crate::cloud::walrus) fn write_head(
    writer: &mut Writer,
    ask: &Ask<'_>,
    page: &Page,
    encoding: KeyEncoding,
) {
    writer.leaf("MaxKeys", &ask.most.to_string());
    if let Some(delimiter) = ask.delimiter {
        writer.leaf("Delimiter", &encoding.write(delimiter));
    }
    if encoding == KeyEncoding::Url {
        writer.leaf("EncodingType", "url");
    }
    let is_truncated = if page.is_truncated { "true" } else { "false" };
    writer.leaf("IsTruncated", is_truncated);
}

/// Writes a version as `Contents`, `Version` or `DeleteMarker`. Without owners, none is shown.
pub(in crate::cloud::walrus) fn write_version(
    writer: &mut Writer,
    element: &str,
    version: &Listed,
    owners: Option<&Owners>,
    encoding: KeyEncoding,
) {
    writer.element(element, &[], |writer| {
        writer.leaf("Key", &encoding.write(&version.key));
        if element != "Contents" {
            writer.leaf("VersionId", &version.version_id);
            writer.leaf("IsLatest", if version.is_latest { "true" } else { "false" });
        }
        writer.leaf("LastModified", &iso_ms(version.modified_ms));
        if !version.is_marker {
            writer.leaf("ETag", &format!("\"{}\"", version.etag));
            let checksum = version.checksum.as_deref().unwrap_or_default();
            let mut words = checksum.split(' ').filter(|word| !word.is_empty());
            // Of ALGORITHM TYPE VALUE, lists tell the first two.
            for name in ["ChecksumAlgorithm", "ChecksumType"] {
                if let Some(word) = words.next() {
                    writer.leaf(name, word);
                }
            }
            writer.leaf("Size", &version.size.to_string());
        }
        if let Some(owners) = owners {
            owners.write(writer, version);
        }
        if !version.is_marker {
            writer.leaf("StorageClass", "STANDARD");
        }
    });
}

/// Writes the common prefixes of a page.
pub(in crate::cloud::walrus) fn write_prefixes(
    writer: &mut Writer,
    page: &Page,
    encoding: KeyEncoding,
) {
    for entry in &page.entries {
        if let Entry::Prefix(common) = entry {
            writer.element("CommonPrefixes", &[], |writer| {
                writer.leaf("Prefix", &encoding.write(common));
            });
        }
    }
}
