//! Fixtures of every tool, taken to the other tool's cloud and back.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::manifest::sealed_key::{self, OpenError};
use crate::manifest::signature::SignatureCheck;
use crate::manifest::{SignedManifest, Version};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

fn read(manifest: &str) -> SignedManifest {
    SignedManifest::read(&fixture(&format!("manifests/{manifest}.xml"))).unwrap()
}

fn key(name: &str) -> PrivateKey {
    PrivateKey::read(&fixture(&format!("keys/THROWAWAY-{name}.pem")), &|| None).unwrap()
}

fn certificate(name: &str) -> Certificate {
    Certificate::read(&fixture(&format!("keys/THROWAWAY-{name}.crt"))).unwrap()
}

fn parties(user: &str, target: &str) -> Parties {
    Parties {
        key: key(user),
        certificate: certificate(user),
        target: certificate(target),
    }
}

fn others(others: OtherIds) -> Ids {
    Ids {
        others,
        ..Ids::default()
    }
}

#[test]
fn the_target_can_open_it_and_the_source_cannot() {
    for (name, user, source, target) in [
        (
            "ec2-ami-tools-options",
            "ec2-user",
            "ec2-cloud",
            "euca-cloud",
        ),
        ("ec2-ami-tools-v3", "ec2-user", "ec2-cloud", "euca-cloud"),
        (
            "euca2ools-3.4-minimal",
            "euca-user",
            "euca-cloud",
            "ec2-cloud",
        ),
        (
            "euca2ools-1.0-legacy",
            "euca-user",
            "euca-cloud",
            "ec2-cloud",
        ),
    ] {
        let old = read(name);
        let parties = parties(user, target);

        let new = migrate_manifest(&old, &parties, &others(OtherIds::Keep)).unwrap();

        let signed = SignedManifest::parse(&new.bytes, &fixture(name)).unwrap();
        assert_eq!(signed.verify(&parties.certificate), SignatureCheck::Valid);
        let (image, before) = (&signed.manifest.image, &old.manifest.image);
        let session_key = sealed_key::open(before, &key(user)).unwrap();
        assert_eq!(sealed_key::open(image, &key(user)), Ok(session_key.clone()));
        assert_eq!(
            sealed_key::open(image, &key(target)),
            Ok(session_key),
            "{name}"
        );
        let by_source = sealed_key::open(image, &key(source));
        assert!(
            matches!(by_source, Err(OpenError::WrongKey { .. })),
            "{name}"
        );
        assert_eq!(signed.manifest.version, Version::V20071010);
        assert_eq!(signed.manifest.bundler, old.manifest.bundler);
        assert_eq!((&image.parts, image.digest), (&before.parts, before.digest));
    }
}

#[test]
fn each_id_is_given_kept_removed_or_refused() {
    let old = read("ec2-ami-tools-options");
    let before = old.manifest.machine_configuration.clone().unwrap();
    let (kernel, ramdisk) = (before.kernel_id.unwrap(), before.ramdisk_id.unwrap());
    let parties = parties("ec2-user", "euca-cloud");
    let migrate = |ids: Ids| migrate_manifest(&old, &parties, &ids);
    let named = |done: &MigratedManifest| {
        let found = done.manifest.machine_configuration.clone().unwrap();
        (found.kernel_id, found.ramdisk_id)
    };
    let new_kernel = |others| Ids {
        kernel: Some("eki-1".to_owned()),
        others,
        ..Ids::default()
    };

    let kept = migrate(others(OtherIds::Keep)).unwrap();
    let removed = migrate(others(OtherIds::Remove)).unwrap();
    let replaced = migrate(new_kernel(OtherIds::Remove)).unwrap();
    let refused = migrate(new_kernel(OtherIds::Refuse)).unwrap_err();

    assert_eq!(named(&kept), (Some(kernel.clone()), Some(ramdisk.clone())));
    assert_eq!(named(&removed), (None, None));
    assert_eq!(removed.removed, [kernel, ramdisk.clone()]);
    assert_eq!(named(&replaced), (Some("eki-1".to_owned()), None));
    assert_eq!(replaced.removed, [ramdisk.as_str()]);
    assert!(matches!(refused, MigrateError::UndecidedIds { ids } if ids == [ramdisk]));
}

#[test]
fn a_kernel_can_be_given_to_what_had_none() {
    let ids = Ids {
        kernel: Some("eki-1".to_owned()),
        ..Ids::default()
    };

    let done = migrate_manifest(
        &read("ec2-ami-tools-v3"),
        &parties("ec2-user", "euca-cloud"),
        &ids,
    )
    .unwrap();

    let found = done.manifest.machine_configuration.unwrap();
    assert_eq!(found.kernel_id.as_deref(), Some("eki-1"));
    assert_eq!(found.architecture.as_str(), "i386");
}

#[test]
fn what_is_not_the_users_is_refused() {
    let ids = others(OtherIds::Keep);
    let migrate = |name: &str, parties: &Parties| migrate_manifest(&read(name), parties, &ids);
    let euca = parties("euca-user", "ec2-cloud");
    let mut torn = euca.clone();
    torn.key = key("ec2-user");

    let other = migrate("ec2-ami-tools-options", &euca).unwrap_err();
    let unsigned = migrate("euca2ools-3.4-unsigned", &euca).unwrap_err();
    let mismatch = migrate("euca2ools-3.4-minimal", &torn).unwrap_err();

    assert!(matches!(other, MigrateError::Signature { .. }), "{other}");
    assert!(
        matches!(unsigned, MigrateError::Unsigned { .. }),
        "{unsigned}"
    );
    assert!(
        matches!(mismatch, MigrateError::KeyMismatch { .. }),
        "{mismatch}"
    );
}

#[test]
fn a_file_is_replaced_and_the_old_one_kept_if_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.manifest.xml");
    let old = fs::read(fixture("manifests/euca2ools-3.4-minimal.xml")).unwrap();
    fs::write(&path, &old).unwrap();
    let parties = parties("euca-user", "ec2-cloud");
    let ids = others(OtherIds::Keep);

    let first = migrate_file(&path, &parties, &ids, true).unwrap();
    let again = migrate_file(&path, &parties, &ids, true).unwrap_err();
    let third = migrate_file(&path, &parties, &ids, false).unwrap();

    let backup = first.backup.unwrap();
    assert_eq!(fs::read(&backup).unwrap(), old);
    assert_eq!(fs::read(&path).unwrap(), first.migrated.bytes);
    assert!(matches!(again, MigrateError::BackupExists { path } if path == backup));
    assert_eq!(
        third.migrated.bytes, first.migrated.bytes,
        "nothing is left to change"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}
