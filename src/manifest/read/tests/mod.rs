//! What every tool wrote is read; what is ambiguous, hostile or damaged is refused.

mod hostile;
mod round_trip;

use std::path::PathBuf;

use super::*;
use crate::manifest::{Bundler, ImageKind, Mapping, Signature};

pub(super) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

pub(super) fn text(manifest: &str) -> String {
    fs::read_to_string(fixture(&format!("manifests/{manifest}.xml"))).unwrap()
}

pub(super) fn parse(text: &str) -> Result<SignedManifest, ManifestError> {
    SignedManifest::parse(text.as_bytes(), Path::new("test.xml"))
}

fn read(manifest: &str) -> SignedManifest {
    SignedManifest::read(&fixture(&format!("manifests/{manifest}.xml"))).unwrap()
}

fn certificate(name: &str) -> Certificate {
    Certificate::read(&fixture(&format!("keys/THROWAWAY-{name}.crt"))).unwrap()
}

#[test]
fn signatures_of_every_tool_check_with_their_users_certificate() {
    for (manifest, user) in [
        ("euca2ools-3.4-minimal", "euca-user"),
        ("euca2ools-3.4-empty-last-part", "euca-user"),
        ("euca2ools-1.0-legacy", "euca-user"),
        ("ec2-ami-tools-options", "ec2-user"),
        ("ec2-ami-tools-v3", "ec2-user"),
        ("ec2-ami-tools-two-part", "ec2-user"),
    ] {
        let signed = read(manifest);
        assert_eq!(
            signed.verify(&certificate(user)),
            SignatureCheck::Valid,
            "{manifest}"
        );
        assert_eq!(
            signed.verify(&certificate("euca-cloud")),
            SignatureCheck::Invalid,
            "{manifest}"
        );
    }
}

#[test]
fn a_changed_size_breaks_the_signature_and_a_changed_bundler_does_not() {
    let original = text("euca2ools-3.4-minimal");
    let user = certificate("euca-user");

    let larger = parse(&original.replace("<size>8388608<", "<size>8388609<")).unwrap();
    let renamed = parse(&original.replace("<name>euca2ools<", "<name>other<")).unwrap();

    assert_eq!(larger.verify(&user), SignatureCheck::Invalid);
    assert_eq!(renamed.verify(&user), SignatureCheck::Valid);
}

#[test]
fn euca2ools_3_4_is_read() {
    let Manifest {
        version,
        bundler,
        machine_configuration,
        image,
        ..
    } = read("euca2ools-3.4-minimal").manifest;

    assert_eq!(version, Version::V20071010);
    assert_eq!(bundler.version, "3.4.1-2-g6b3f62f2");
    assert_eq!(
        machine_configuration.unwrap().architecture.as_str(),
        "x86_64"
    );
    assert_eq!(
        (image.name.as_str(), image.user.as_str()),
        ("golden", "123456789012")
    );
    assert_eq!((image.size, image.bundled_size), (8_388_608, 1_596_912));
    assert_eq!(
        image.digest.to_string(),
        "f95bdf850685521ce599e81eada1095d56159db0"
    );
    let names: Vec<_> = image
        .parts
        .iter()
        .map(|part| part.filename.as_str())
        .collect();
    assert_eq!(names, ["golden.part.00", "golden.part.01"]);
}

#[test]
fn a_bundle_without_user_is_unsigned_and_has_no_user_key() {
    let signed = read("euca2ools-3.4-unsigned");

    assert!(signed.manifest.image.user_sealed.is_empty());
    assert!(!signed.manifest.image.ec2_sealed.is_empty());
    assert_eq!(
        signed.verify(&certificate("euca-user")),
        SignatureCheck::Unsigned
    );
}

#[test]
fn the_machine_configuration_of_ec2_ami_tools_is_read() {
    let configuration = read("ec2-ami-tools-options")
        .manifest
        .machine_configuration
        .unwrap();

    assert_eq!(configuration.kernel_id.as_deref(), Some("aki-12345678"));
    assert_eq!(configuration.ramdisk_id.as_deref(), Some("ari-87654321"));
    assert_eq!(configuration.product_codes, ["ABCD1234", "EFGH5678"]);
    let [ami, _, root, swap] = &configuration.block_device_mapping[..] else {
        panic!("{configuration:?}")
    };
    assert_eq!(
        (ami.virtual_name.as_str(), ami.device.as_str()),
        ("ami", "sda1")
    );
    assert_eq!(
        (root.device.as_str(), swap.device.as_str()),
        ("/dev/sda1", "sda3")
    );
}

#[test]
fn version_3_has_no_machine_configuration_and_signs_the_image_only() {
    let signed = read("ec2-ami-tools-v3");

    assert_eq!(signed.manifest.version, Version::V3);
    assert_eq!(signed.manifest.machine_configuration, None);
    assert_eq!(signed.manifest.image.kind, ImageKind::Machine);
    assert!(signed.signed_bytes().starts_with(b"<image><name>"));
    assert!(signed.signed_bytes().ends_with(b"</parts></image>"));
}

#[test]
fn euca2ools_1_0_is_read_with_its_short_account_and_empty_digest() {
    let image = read("euca2ools-1.0-legacy").manifest.image;

    assert_eq!(image.user, "12345678901");
    assert_eq!(image.digest, crate::crypto::digest::Sha1Digest::OF_NOTHING);
}

#[test]
fn both_spellings_and_orders_of_the_block_device_mapping_are_read() {
    let mapping = |virtual_name: &str, device: &str| Mapping {
        virtual_name: virtual_name.to_owned(),
        device: device.to_owned(),
    };
    let want = vec![mapping("ami", "sda1"), mapping("swap", "sda3")];
    for list in [
        "<block_device_mapping><mapping><device>sda3</device><virtual>swap</virtual></mapping>\
         <mapping><virtual>ami</virtual><device>sda1</device></mapping></block_device_mapping>",
        "<block_device_mappings><block_device_mapping><virtual>ami</virtual><device>sda1</device>\
         </block_device_mapping><block_device_mapping><virtual>swap</virtual><device>sda3</device>\
         </block_device_mapping></block_device_mappings>",
    ] {
        let text = text("euca2ools-3.4-unsigned")
            .replace("</architecture>", &format!("</architecture>{list}"));
        let configuration = parse(&text)
            .unwrap()
            .manifest
            .machine_configuration
            .unwrap();
        assert_eq!(configuration.block_device_mapping, want);
    }
}

#[test]
fn accounts_of_old_clouds_are_kept_as_they_stand() {
    for user in [
        "170141183460469231731687303715884105727",
        "-12345",
        "000000000001",
        "1234-5678-9012",
    ] {
        let text = text("euca2ools-3.4-unsigned").replace("123456789012", user);
        assert_eq!(parse(&text).unwrap().manifest.image.user, user);
    }
}

#[test]
fn what_may_be_missing_may_be_missing() {
    let text = text("euca2ools-3.4-unsigned");
    let cut = |from: &str, to: &str| {
        let (head, rest) = text.split_once(from).unwrap();
        let (_, tail) = rest.split_once(to).unwrap();
        parse(&format!("{head}{tail}")).unwrap().manifest
    };

    assert_eq!(
        cut("<signature>", "</signature>").signature,
        Signature::Unsigned
    );
    assert_eq!(cut("<bundler>", "</bundler>").bundler, Bundler::default());
    assert_eq!(cut("<type>", "</type>").image.kind, ImageKind::Machine);
    assert!(cut("<user_encrypted_iv", "/>").image.user_sealed.is_empty());
}

#[test]
fn every_spelling_of_the_version_of_2007_is_known() {
    for (version, want) in [
        ("20070829", Version::V20070829),
        ("2007-08-29", Version::V20070829),
        ("2007-10-10", Version::V20071010),
    ] {
        let text = text("euca2ools-3.4-unsigned").replace("2007-10-10", version);
        assert_eq!(parse(&text).unwrap().manifest.version, want);
    }
}
