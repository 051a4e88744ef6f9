//! A small bundle in a bucket: the parts are not encrypted, which downloading does not know.

use std::collections::BTreeMap;

use crate::crypto::digest::Sha1Digest;
use crate::manifest::write::write;
use crate::manifest::{
    Bundler, Image, ImageKind, MachineConfiguration, Manifest, Part, SealedPair, Signature, Version,
};
use crate::upload::select::{BundleAddress, BundleSelector};

/// Bytes that look like nothing in particular.
pub fn noise(seed: u8, len: usize) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}

/// A manifest of these parts.
pub fn manifest(parts: &[(String, Vec<u8>)]) -> Manifest {
    let sum = parts.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    Manifest {
        version: Version::V20071010,
        bundler: Bundler::default(),
        machine_configuration: Some(MachineConfiguration {
            architecture: "x86_64".parse().unwrap(),
            block_device_mapping: Vec::new(),
            kernel_id: None,
            ramdisk_id: None,
            product_codes: Vec::new(),
        }),
        image: Image {
            name: "disk.img".to_owned(),
            user: "123456789012".to_owned(),
            kind: ImageKind::Machine,
            kernel_name: None,
            ancestry: Vec::new(),
            digest: Sha1Digest::of(b"tar"),
            size: 1 << 20,
            bundled_size: sum,
            ec2_sealed: sealed(),
            user_sealed: sealed(),
            parts: parts
                .iter()
                .map(|(name, bytes)| Part {
                    filename: name.clone(),
                    digest: Sha1Digest::of(bytes),
                })
                .collect(),
        },
        signature: Signature::Unsigned,
    }
}

fn sealed() -> SealedPair {
    SealedPair {
        key: vec![1; 256],
        iv: vec![2; 256],
    }
}

/// The parts of a bundle with these sizes.
pub fn parts(sizes: &[usize]) -> Vec<(String, Vec<u8>)> {
    let numbered = (0_u8..).zip(sizes);
    numbered
        .map(|(number, size)| (format!("disk.img.part.{number}"), noise(number, *size)))
        .collect()
}

/// The objects of a bundle below `web/`.
pub fn objects(parts: &[(String, Vec<u8>)]) -> BTreeMap<String, Vec<u8>> {
    let mut objects: BTreeMap<_, _> = parts
        .iter()
        .map(|(name, bytes)| (format!("web/{name}"), bytes.clone()))
        .collect();
    let manifest = write(&manifest(parts), None).unwrap();
    objects.insert("web/disk.img.manifest.xml".to_owned(), manifest);
    objects
}

/// Where that bundle is.
pub fn address() -> BundleAddress {
    BundleAddress {
        bucket: "images".to_owned(),
        key_prefix: "web/".to_owned(),
        selector: BundleSelector::Prefix("disk.img".to_owned()),
    }
}
