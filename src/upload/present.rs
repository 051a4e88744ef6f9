//! What the server has of a bundle already.

use std::collections::{BTreeMap, BTreeSet};

use super::BucketPath;
use crate::aws::AwsError;
use crate::aws::s3::{ObjectInfo, S3};
use crate::manifest::Image;

/// Most pages that are asked for beyond one for each key. A list that is longer costs more than
/// sending again what it would have told.
const MORE_PAGES: usize = 1000;

/// Those of `keys` that the bucket has. Only pages that can hold one of them are asked for, and
/// only what was asked for is kept, however full the bucket is.
pub(super) fn list(
    s3: &S3,
    bucket: &str,
    keys: &BTreeSet<&str>,
) -> Result<BTreeMap<String, ObjectInfo>, AwsError> {
    let mut found = BTreeMap::new();
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else {
        return Ok(found);
    };
    let prefix = common_prefix(first, last);
    let mut marker: Option<String> = None;
    for _ in 0..keys.len().saturating_add(MORE_PAGES) {
        let page = s3.list_objects(bucket, prefix, marker.as_deref())?;
        let beyond = page
            .objects
            .last()
            .is_some_and(|object| object.key.as_str() > *last);
        for object in page.objects {
            if keys.contains(object.key.as_str()) {
                found.insert(object.key.clone(), object);
            }
        }
        match page.next {
            // A server that does not move on has nothing more to tell.
            Some(next) if !beyond && marker.as_ref().is_none_or(|before| next > *before) => {
                marker = Some(next);
            }
            _ => break,
        }
    }
    Ok(found)
}

/// Whether the bucket has every part that a manifest names, with the size that it says they have
/// together.
///
/// # Errors
/// When the service does not say.
pub fn has_parts(s3: &S3, to: &BucketPath, image: &Image) -> Result<bool, AwsError> {
    let keys: BTreeSet<String> = image.parts.iter().map(|p| to.key(&p.filename)).collect();
    let there = list(s3, to.bucket(), &keys.iter().map(String::as_str).collect())?;
    let size = there
        .values()
        .try_fold(0_u64, |sum, object| sum.checked_add(object.size));
    Ok(there.len() == keys.len() && size == Some(image.bundled_size))
}

/// What two texts begin with. Between two keys of a sorted set, all begin with it.
fn common_prefix<'a>(one: &'a str, other: &str) -> &'a str {
    let mut pairs = one.char_indices().zip(other.chars());
    let end = pairs.find(|((_, a), b)| a != b).map(|((at, _), _)| at);
    &one[..end.unwrap_or(one.len().min(other.len()))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_begin_with_what_the_first_and_the_last_share() {
        for (one, other, want) in [
            ("a/disk.part.00", "a/disk.part.13", "a/disk.part."),
            ("same", "same", "same"),
            ("a", "ab", "a"),
            ("a", "b", ""),
            ("é1", "è1", ""),
        ] {
            assert_eq!(common_prefix(one, other), want);
        }
    }
}
