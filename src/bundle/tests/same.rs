//! Bundles that are compared with what would be made.

use std::fs;

use super::bench::{Bench, certificate, image, jobs};
use crate::bundle::*;
use crate::manifest::{Mapping, SignedManifest};
use crate::progress::Silent;

/// The manifest of a bundle of this image.
fn made(bench: &Bench, image: &[u8]) -> SignedManifest {
    bundle(bench.file_options(image), &Silent).unwrap();
    SignedManifest::read(&bench.path().join("disk.manifest.xml")).unwrap()
}

#[test]
fn only_the_same_image_under_the_same_terms_is_equal() {
    let bench = Bench::new();
    let content = image(200_000, 4);
    let there = made(&bench, &content);
    let ours = || bench.file_options(&content);
    let likeness = |options: BundleOptions| compare(&options, &there, &Silent).unwrap();

    assert_eq!(likeness(ours()), Likeness::Equal);

    let mut other_cloud = ours();
    other_cloud.identity.ec2_certificate = certificate("THROWAWAY-euca-user.crt");
    assert_eq!(likeness(other_cloud), Likeness::OtherTerms);

    let mut mapped = ours();
    mapped.subject.configuration.block_device_mapping = vec![Mapping {
        virtual_name: "swap".to_owned(),
        device: "sda3".to_owned(),
    }];
    assert_eq!(likeness(mapped), Likeness::OtherTerms);

    let mut nobody = ours();
    nobody.identity.signer = None;
    assert_eq!(likeness(nobody), Likeness::SameImage);

    assert_eq!(likeness(bench.bundle_options(&content)), Likeness::Unknown);

    let mut changed = content.clone();
    changed[150_000] ^= 1;
    assert_eq!(likeness(bench.file_options(&changed)), Likeness::Different);
    let longer = [&content[..], b"x"].concat();
    assert_eq!(likeness(bench.file_options(&longer)), Likeness::Different);
}

#[test]
fn holes_and_zeros_have_one_content() {
    let bench = Bench::new();
    let mut content = vec![0; 3 << 20];
    content[1 << 20..][..5000].fill(7);
    let (dense, sparse) = (bench.path().join("dense"), bench.path().join("sparse"));
    fs::write(&dense, &content).unwrap();
    let file = fs::File::create(&sparse).unwrap();
    file.set_len(3 << 20).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[7; 5000], 1 << 20).unwrap();
    let digest = |path| content_digest(path, jobs(2), &Silent).unwrap();

    assert_eq!(digest(&dense), digest(&sparse));

    file.set_len((3 << 20) + 1).unwrap();
    assert_ne!(digest(&dense), digest(&sparse));
}
