//! Whose store a prefix is.
//!
//! ```text
//! {"format":1,"cloud":"4f1c…"}
//! ```

use serde::{Deserialize, Serialize};

use super::super::StoreError;
use super::Place;
use crate::aws::http::Body;
use crate::aws::s3::PutOptions;

/// Name of the marker below the prefix.
const MARKER: &str = "amikit-store.json";

/// The layout that is described in this module's parent.
const FORMAT: u32 = 1;

/// Largest marker that is read: ours have about 60 bytes.
const LARGEST: usize = 4096;

/// What the marker says. A later format may say more.
#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    format: u32,
    cloud: String,
}

/// Makes sure that the place is this cloud's; takes it if it is nobody's.
///
/// The marker is read again after it was written: of two clouds that begin at the same time, the
/// one whose marker was overwritten notices.
pub(super) fn claim(place: &Place, cloud: &str) -> Result<(), StoreError> {
    let key = format!("{}{MARKER}", place.prefix);
    if check(place, &key, cloud)? {
        return Ok(());
    }
    let blobs = place.blobs();
    let page = place.s3.list_objects(&place.bucket, &blobs, None);
    let page = page.map_err(|error| place.refused("list", &blobs, error))?;
    if !page.objects.is_empty() {
        return Err(foreign(
            place,
            &key,
            "no marker, but blobs".to_owned(),
            cloud,
        ));
    }
    let marker = Marker {
        format: FORMAT,
        cloud: cloud.to_owned(),
    };
    let text = serde_json::to_vec(&marker).expect("a number and a text are JSON");
    let options = PutOptions {
        content_type: Some("application/json"),
        ..PutOptions::default()
    };
    let body = Body::Bytes(text.into());
    let stored = place.s3.put_object(place.object(&key), &body, &options);
    stored.map_err(|error| place.refused("write", &key, error))?;
    if check(place, &key, cloud)? {
        return Ok(());
    }
    let found = "no marker after it was written".to_owned();
    Err(foreign(place, &key, found, cloud))
}

/// Whether the marker is there and names this cloud. False if there is none.
fn check(place: &Place, key: &str, cloud: &str) -> Result<bool, StoreError> {
    let bytes = match place.s3.get_bytes(place.object(key), LARGEST) {
        Err(error) if error.is_code("NoSuchKey") => return Ok(false),
        bytes => bytes.map_err(|error| place.refused("read", key, error))?,
    };
    let found = match serde_json::from_slice::<Marker>(&bytes) {
        Ok(marker) if marker.format == FORMAT && marker.cloud == cloud => return Ok(true),
        Ok(marker) if marker.format == FORMAT => {
            let named: String = marker.cloud.chars().take(80).collect();
            format!("the marker of the cloud {named:?}")
        }
        Ok(marker) => format!("a marker of format {}", marker.format),
        Err(error) => format!("a marker that is not ours ({error})"),
    };
    Err(foreign(place, key, found, cloud))
}

fn foreign(place: &Place, key: &str, found: String, cloud: &str) -> StoreError {
    StoreError::Foreign {
        url: place.url(key),
        found,
        expected: format!("the marker of the cloud {cloud:?}, format {FORMAT}"),
    }
}
