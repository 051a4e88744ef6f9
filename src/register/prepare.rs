//! Says whether a registration makes sense, before anything is asked of a service.

use super::{RegisterError, format_mapping};
use crate::aws::ec2::{BlockDeviceMapping, EbsBlockDevice, RegisterImage};

/// The root device of a snapshot's image, unless another one is named.
pub const ROOT_DEVICE: &str = "/dev/sda1";

/// Completes the registration of an image, the source of whose root device may be a snapshot.
///
/// An image has one source: a manifest, which knows its root device, or a snapshot, alone or in
/// a mapping of the root device.
///
/// # Errors
/// When it has none, or two that differ.
pub fn prepare(
    mut request: RegisterImage,
    snapshot: Option<&str>,
) -> Result<RegisterImage, RegisterError> {
    if let Some(location) = &request.image_location {
        let what = match (snapshot, &request.root_device_name) {
            (Some(_), _) => "snapshot",
            (None, Some(_)) => "root device name",
            (None, None) => return Ok(request),
        };
        return Err(RegisterError::ManifestAnd {
            location: location.clone(),
            what,
        });
    }
    let root = request
        .root_device_name
        .get_or_insert_with(|| ROOT_DEVICE.to_owned());
    let mut mappings = request.block_device_mappings.iter();
    let mapping = mappings.find(|mapping| mapping.device_name == *root);
    match (mapping, snapshot) {
        (None, None) => return Err(RegisterError::NoSource { root: root.clone() }),
        (None, Some(snapshot)) => {
            let mapping = of_snapshot(root, snapshot);
            request.block_device_mappings.push(mapping);
        }
        (Some(mapping), Some(snapshot)) if source(mapping) != Some(snapshot) => {
            return Err(RegisterError::TwoSources {
                root: root.clone(),
                snapshot: snapshot.to_owned(),
                mapping: format_mapping(mapping),
            });
        }
        (Some(_), _) => {}
    }
    if request.name.is_none() {
        return Err(RegisterError::NoName);
    }
    Ok(request)
}

fn source(mapping: &BlockDeviceMapping) -> Option<&str> {
    mapping.ebs.as_ref()?.snapshot_id.as_deref()
}

fn of_snapshot(device: &str, snapshot: &str) -> BlockDeviceMapping {
    BlockDeviceMapping {
        device_name: device.to_owned(),
        ebs: Some(EbsBlockDevice {
            snapshot_id: Some(snapshot.to_owned()),
            ..EbsBlockDevice::default()
        }),
        ..BlockDeviceMapping::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::parse_mapping;

    fn named() -> RegisterImage {
        RegisterImage {
            name: Some("web".to_owned()),
            ..RegisterImage::default()
        }
    }

    fn mapped(text: &str) -> RegisterImage {
        RegisterImage {
            block_device_mappings: vec![parse_mapping(text).unwrap()],
            ..named()
        }
    }

    fn refused(request: RegisterImage, snapshot: Option<&str>) -> String {
        prepare(request, snapshot).unwrap_err().to_string()
    }

    #[test]
    fn a_snapshot_becomes_the_mapping_of_the_root_device() {
        let request = prepare(named(), Some("snap-1")).unwrap();

        assert_eq!(request.root_device_name.as_deref(), Some("/dev/sda1"));
        let texts: Vec<_> = request
            .block_device_mappings
            .iter()
            .map(format_mapping)
            .collect();
        assert_eq!(texts, ["/dev/sda1=snap-1"]);
    }

    #[test]
    fn a_mapping_of_the_root_device_stands_for_the_snapshot() {
        for snapshot in [None, Some("snap-1")] {
            let request = prepare(mapped("/dev/sda1=snap-1:9"), snapshot).unwrap();

            assert_eq!(request.block_device_mappings.len(), 1);
        }
    }

    #[test]
    fn an_image_has_one_source() {
        let manifest = RegisterImage {
            image_location: Some("b/m.xml".to_owned()),
            ..named()
        };
        let rooted = RegisterImage {
            root_device_name: Some("/dev/vda".to_owned()),
            ..manifest.clone()
        };

        let error = refused(manifest, Some("snap-1"));
        assert!(error.contains("no snapshot of its own"), "{error}");
        let error = refused(rooted, None);
        assert!(error.contains("no root device name of its own"), "{error}");
        let error = refused(mapped("/dev/sdb=ephemeral0"), None);
        assert!(error.ends_with("the root device /dev/sda1"), "{error}");
        let error = refused(mapped("/dev/sda1=snap-2"), Some("snap-1"));
        assert!(
            error.contains("both snap-1") && error.ends_with("/dev/sda1=snap-2"),
            "{error}"
        );
    }

    #[test]
    fn only_a_bundle_s_image_can_do_without_a_name() {
        let nameless = |location: Option<&str>| RegisterImage {
            image_location: location.map(str::to_owned),
            ..RegisterImage::default()
        };

        assert!(prepare(nameless(Some("b/m.xml")), None).is_ok());
        let error = refused(nameless(None), Some("snap-1"));
        assert_eq!(error, "an image of a snapshot needs a name");
    }
}
