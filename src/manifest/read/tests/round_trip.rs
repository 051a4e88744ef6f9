//! What is written is read back, and signed in the way that every verifier checks.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest,
};

use super::*;
use crate::crypto::digest::Sha1Digest;
use crate::crypto::rsa::PrivateKey;
use crate::manifest::write::write;
use crate::manifest::{Image, MachineConfiguration, Part, SealedPair};

fn user_key() -> PrivateKey {
    PrivateKey::read(&fixture("keys/THROWAWAY-ec2-user.pem"), &|| None).unwrap()
}

fn line() -> impl Strategy<Value = String> {
    "[!-~\u{a1}-\u{2ff}]([ -~\u{a1}-\u{2ff}]{0,20}[!-~])?"
}

fn file_name() -> impl Strategy<Value = String> {
    "[ -.0-~\u{a1}-\u{2ff}]{1,40}".prop_filter("no directory", |name| name != "." && name != "..")
}

fn digest() -> impl Strategy<Value = Sha1Digest> {
    any::<[u8; 20]>().prop_map(Sha1Digest)
}

fn sealed() -> impl Strategy<Value = SealedPair> {
    (vec(any::<u8>(), 0..300), vec(any::<u8>(), 0..300))
        .prop_map(|(key, iv)| SealedPair { key, iv })
}

fn machine_configuration() -> impl Strategy<Value = MachineConfiguration> {
    (
        "[a-z0-9_]{1,10}",
        vec((line(), line()), 0..4),
        option::of(line()),
        option::of(line()),
        vec("[A-Z0-9]{1,8}", 0..4),
    )
        .prop_map(
            |(architecture, mappings, kernel_id, ramdisk_id, product_codes)| {
                let mut block_device_mapping: Vec<_> = mappings
                    .into_iter()
                    .map(|(virtual_name, device)| Mapping {
                        virtual_name,
                        device,
                    })
                    .collect();
                block_device_mapping.sort();
                MachineConfiguration {
                    architecture: architecture.parse().unwrap(),
                    block_device_mapping,
                    kernel_id,
                    ramdisk_id,
                    product_codes,
                }
            },
        )
}

fn image() -> impl Strategy<Value = Image> {
    let kind = prop_oneof![
        Just((ImageKind::Machine, None)),
        Just((ImageKind::Ramdisk, None)),
        file_name().prop_map(|name| (ImageKind::Kernel, Some(name))),
    ];
    let parts = vec((file_name(), digest()), 1..12);
    let numbers = (any::<u64>(), any::<u64>());
    let seals = (sealed(), sealed());
    (
        file_name(),
        line(),
        kind,
        vec(line(), 0..3),
        digest(),
        numbers,
        seals,
        parts,
    )
        .prop_map(
            |(
                name,
                user,
                (kind, kernel_name),
                ancestry,
                digest,
                (size, bundled_size),
                seals,
                parts,
            )| Image {
                name,
                user,
                kind,
                kernel_name,
                ancestry,
                digest,
                size,
                bundled_size,
                ec2_sealed: seals.0,
                user_sealed: seals.1,
                parts: parts
                    .into_iter()
                    .map(|(filename, digest)| Part { filename, digest })
                    .collect(),
            },
        )
}

fn manifest() -> impl Strategy<Value = Manifest> {
    (line(), machine_configuration(), image()).prop_map(|(text, configuration, image)| Manifest {
        version: Version::V20071010,
        bundler: Bundler {
            name: text.clone(),
            version: text,
            release: String::new(),
        },
        machine_configuration: Some(configuration),
        image,
        signature: Signature::Unsigned,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_written_is_read_back(manifest in manifest()) {
        let bytes = write(&manifest, None).unwrap();

        let read = SignedManifest::parse(&bytes, Path::new("written")).unwrap();

        prop_assert_eq!(read.manifest, manifest);
    }
}

#[test]
fn what_is_signed_here_checks_here() {
    let mut manifest = read("ec2-ami-tools-options").manifest;
    manifest.bundler.name = "amikit".to_owned();

    let bytes = write(&manifest, Some(&user_key())).unwrap();

    let signed = SignedManifest::parse(&bytes, Path::new("written")).unwrap();
    assert_eq!(
        signed.verify(&certificate("ec2-user")),
        SignatureCheck::Valid
    );
    assert_eq!(
        signed.verify(&certificate("euca-user")),
        SignatureCheck::Invalid
    );
}

/// ec2-ami-tools wrote this file, and the writer would have written it the same.
#[test]
fn the_two_part_manifest_of_ec2_ami_tools_is_reproduced_to_the_byte() {
    let original = text("ec2-ami-tools-two-part");

    let written = write(&parse(&original).unwrap().manifest, Some(&user_key())).unwrap();

    assert_eq!(String::from_utf8(written).unwrap(), original);
}

#[test]
fn an_unsigned_manifest_has_the_layout_that_eucalyptus_accepts() {
    let written = write(&read("euca2ools-3.4-unsigned").manifest, None).unwrap();

    let written = String::from_utf8(written).unwrap();
    assert!(written.starts_with("<?xml version='1.0'?><manifest><version>2007-10-10</version>"));
    assert!(written.contains("<user_encrypted_key algorithm='AES-128-CBC'/><ec2_encrypted_iv>"));
    assert!(written.contains("<user_encrypted_iv/><parts count='1'><part index='0'>"));
    assert!(written.ends_with("</image><signature>UNSIGNED</signature></manifest>"));
}

#[test]
fn version_3_is_written_as_the_newest_version() {
    let written = write(&read("ec2-ami-tools-v3").manifest, None).unwrap();

    let manifest = SignedManifest::parse(&written, Path::new("written"))
        .unwrap()
        .manifest;
    assert_eq!(manifest.version, Version::V20071010);
    assert_eq!(
        manifest
            .machine_configuration
            .unwrap()
            .architecture
            .as_str(),
        "i386"
    );
}
