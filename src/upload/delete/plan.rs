//! Which keys belong to a bundle.

use crate::aws::s3::S3;
use crate::manifest::read::MAX_PARTS;
use crate::upload::select::{
    BundleAddress, BundleSelector, FoundManifest, MANIFEST_SUFFIX, SelectError, file_name,
};

use super::DeleteError;

/// What stands between a bundle's prefix and the number of a part.
const PART_INFIX: &str = ".part.";

/// The other name that a manifest had in the first tools.
const OLD_MANIFEST_SUFFIX: &str = ".manifest";

/// Most keys of a bundle: as many parts as a manifest may have, and its manifests.
const MOST_KEYS: usize = MAX_PARTS + 2;

/// How the keys of a bundle are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// From the manifest. With a prefix whose manifest is gone, by listing the bucket.
    Manifest,
    /// By listing what has the bundle's prefix, as ec2-delete-bundle does. A manifest on this
    /// machine is read all the same, and its namesake in the bucket belongs to the bundle.
    Listing,
}

/// What is going to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletePlan {
    /// The bucket.
    pub bucket: String,
    /// The parts' keys.
    pub part_keys: Vec<String>,
    /// The manifest's key, or keys.
    pub manifest_keys: Vec<String>,
    /// Whether the bucket itself is deleted at the end.
    pub clears_bucket: bool,
    /// Whether the manifest was missing, so that the keys come from a list of the bucket.
    pub without_manifest: bool,
}

impl DeletePlan {
    /// Finds what belongs to a bundle. Nothing is deleted.
    ///
    /// With `clear` a missing manifest is no error: the bucket goes all the same.
    ///
    /// # Errors
    /// When there is no such bundle, its manifest is none or names what no part is named, or
    /// the service refuses.
    pub fn make(
        s3: &S3,
        address: &BundleAddress,
        knowledge: Knowledge,
        clear: bool,
    ) -> Result<Self, DeleteError> {
        let mut plan = Self {
            bucket: address.bucket.clone(),
            part_keys: Vec::new(),
            manifest_keys: Vec::new(),
            clears_bucket: clear,
            without_manifest: false,
        };
        match (&address.selector, knowledge) {
            (BundleSelector::Prefix(prefix), Knowledge::Listing) => {
                plan.list(s3, &address.key_prefix, prefix)?;
            }
            (BundleSelector::Local(path), Knowledge::Listing) => {
                plan.take(address, address.manifest(s3)?)?;
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                plan.manifest_keys = vec![format!("{}{name}", address.key_prefix)];
            }
            (selector, _) => match (address.manifest(s3), selector) {
                (Ok(found), _) => plan.take(address, found)?,
                (Err(missing @ SelectError::NoManifest { .. }), BundleSelector::Prefix(prefix)) => {
                    plan.without_manifest = true;
                    plan.list_if_there(s3, &address.key_prefix, prefix)?;
                    if plan.is_empty() && !clear {
                        return Err(missing.into());
                    }
                }
                (Err(SelectError::NoManifest { .. }), _) if clear => plan.without_manifest = true,
                (Err(error), _) => return Err(error.into()),
            },
        }
        Ok(plan)
    }

    /// Number of objects.
    #[must_use]
    pub fn len(&self) -> usize {
        self.part_keys.len() + self.manifest_keys.len()
    }

    /// Whether there is no object to delete.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a key is among those that are deleted.
    pub(super) fn has(&self, key: &str) -> bool {
        let mut keys = self.manifest_keys.iter().chain(&self.part_keys);
        keys.any(|mine| mine == key)
    }

    /// The keys that a manifest names.
    fn take(&mut self, address: &BundleAddress, found: FoundManifest) -> Result<(), DeleteError> {
        let folder = address.part_prefix();
        let name = found.key.as_deref().map(file_name);
        // A manifest on this machine may have any name: its parts then agree with each other.
        let mut bundle = name
            .and_then(|name| name.strip_suffix(MANIFEST_SUFFIX))
            .map(str::to_owned);
        for part in found.signed.manifest.image.parts {
            let Some(of) = bundle_of(&part.filename) else {
                return Err(DeleteError::NotAPart {
                    name: part.filename,
                });
            };
            let bundle = bundle.get_or_insert_with(|| of.to_owned());
            if bundle != of {
                return Err(DeleteError::ForeignPart {
                    bundle: bundle.clone(),
                    name: part.filename,
                });
            }
            self.part_keys.push(format!("{folder}{}", part.filename));
        }
        self.manifest_keys = found.key.into_iter().collect();
        Ok(())
    }

    /// As [`Self::list`]; in a bucket that is gone there is nothing.
    fn list_if_there(
        &mut self,
        s3: &S3,
        key_prefix: &str,
        prefix: &str,
    ) -> Result<(), DeleteError> {
        match self.list(s3, key_prefix, prefix) {
            Err(DeleteError::Aws(error)) if error.is_code("NoSuchBucket") => Ok(()),
            result => result,
        }
    }

    /// The keys that a bundle of this prefix has, from the bucket's list.
    fn list(&mut self, s3: &S3, key_prefix: &str, prefix: &str) -> Result<(), DeleteError> {
        let start = format!("{key_prefix}{prefix}");
        let endless = || DeleteError::EndlessList {
            prefix: start.clone(),
        };
        let mut marker: Option<String> = None;
        for _ in 0..MOST_KEYS {
            let page = s3.list_objects(&self.bucket, &start, marker.as_deref())?;
            for object in page.objects {
                match object.key.strip_prefix(&start) {
                    Some(rest) if is_part_suffix(rest) => self.part_keys.push(object.key),
                    Some(MANIFEST_SUFFIX | OLD_MANIFEST_SUFFIX) => {
                        self.manifest_keys.push(object.key);
                    }
                    _ => {}
                }
            }
            if self.len() > MOST_KEYS {
                return Err(DeleteError::TooMany {
                    prefix: start,
                    limit: MOST_KEYS,
                });
            }
            let Some(next) = page.next else {
                return Ok(());
            };
            // Keys come sorted, so that a marker which does not grow would page for ever.
            if marker.as_ref().is_some_and(|marker| next <= *marker) {
                return Err(endless());
            }
            marker = Some(next);
        }
        Err(endless())
    }
}

/// Whether a name is one that every tool gives to parts: `PREFIX.part.NUMBER`.
fn bundle_of(name: &str) -> Option<&str> {
    let at = name.rfind(PART_INFIX)?;
    (at > 0 && is_part_suffix(&name[at..])).then_some(&name[..at])
}

/// Whether a text is `.part.` and digits.
fn is_part_suffix(text: &str) -> bool {
    text.strip_prefix(PART_INFIX).is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_number_are_parts() {
        for name in ["disk.img.part.0", "x.part.00012", "a.part.1.part.2"] {
            assert!(bundle_of(name).is_some(), "{name}");
        }
        for name in [
            "disk.img",
            ".part.0",
            "disk.img.part.",
            "disk.img.part.0x",
            "disk.img.part.0.bak",
            "disk.img.part.٣",
            "disk.img.manifest.xml",
        ] {
            assert!(bundle_of(name).is_none(), "{name}");
        }
    }
}
