//! Bundles made by euca2ools and ec2-ami-tools open. `fixtures/README.md` tells their stories.

use std::path::Path;

use amikit::units::Bytes;

use crate::support::sandbox::{FIXED_KEY, Sandbox, only_file, unbundle_arguments};
use crate::support::{crafted, fixture, image, key};

/// The 8 MiB ext4 image in every bundle of euca2ools.
const GOLDEN: &str = "da4dc55a32738e310c4faed2e6ed57daac24fee2";

/// Unbundles with this key and, if given, checks the signature with this certificate.
#[track_caller]
fn assert_opens(manifest: &str, private_key: &str, certificate: Option<&str>, sha1: &str) {
    let name = Path::new(manifest).parent().expect("a bundle has a folder");
    let sandbox = Sandbox::new(&name.to_string_lossy());
    let folder = sandbox.folder("image");
    let manifest = fixture("bundles").join(manifest);
    let mut arguments = unbundle_arguments(&manifest, &folder);
    arguments.pop();
    arguments.push(key(private_key).into());
    if let Some(certificate) = certificate {
        arguments.extend(["-c".into(), key(certificate).into()]);
    }

    sandbox.run(arguments).succeeded();

    assert_eq!(image::sha1(&only_file(&folder)).to_string(), sha1);
}

#[test]
fn euca2ools_minimal_opens_for_user_and_cloud() {
    let manifest = "minimal/golden.manifest.xml";

    assert_opens(manifest, "euca-user.pem", Some("euca-user.crt"), GOLDEN);
    assert_opens(manifest, "euca-cloud.pem", None, GOLDEN);
}

#[test]
fn euca2ools_empty_last_part_opens() {
    let manifest = "empty-last-part/golden.manifest.xml";

    assert_opens(manifest, "euca-user.pem", Some("euca-user.crt"), GOLDEN);
}

#[test]
fn euca2ools_unsigned_opens_for_the_cloud() {
    assert_opens(
        "unsigned/golden.manifest.xml",
        "euca-cloud.pem",
        None,
        GOLDEN,
    );
}

#[test]
fn euca2ools_1_0_opens_though_its_digest_is_that_of_nothing() {
    let manifest = "legacy-1.0/golden.manifest.xml";

    assert_opens(manifest, "euca-user.pem", Some("euca-user.crt"), GOLDEN);
}

#[test]
fn ec2_ami_tools_with_every_option_opens() {
    assert_opens(
        "ec2-options/disk4.img.manifest.xml",
        "ec2-user.pem",
        Some("ec2-user.crt"),
        "6618e1d0f44958a0a9ed0a42570c00dd526490b5",
    );
}

#[test]
fn an_unsigned_bundle_is_not_taken_for_a_signed_one() {
    let sandbox = Sandbox::new("unsigned-is-not-signed");
    let mut arguments = vec![
        "verify".into(),
        fixture("bundles/unsigned/golden.manifest.xml").into_os_string(),
    ];
    arguments.extend(["-c".into(), key("euca-user.crt").into()]);

    let outcome = sandbox.run(arguments);

    assert_eq!(outcome.status, Some(4), "{}", outcome.stderr);
}

/// The manifests of 2006 and 2007: ec2-ami-tools still read them, and so do we. The parts have
/// always been the same.
#[test]
fn every_older_layout_of_the_manifest_opens() {
    for version in ["3", "20070829", "2007-08-29"] {
        let sandbox = Sandbox::new(&format!("version-{version}"));
        let image = image::dense(&sandbox.path("disk.img"), Bytes::kib(100));
        let bundle = sandbox.bundle(&image, "old", &FIXED_KEY);
        crafted::edit(&bundle.manifest, |manifest| {
            let number = format!("<version>{version}");
            let manifest = crafted::replace(manifest, "<version>", "</version>", &number);
            let manifest = manifest.replace("<type>machine</type>", "");
            match version {
                "3" => crafted::replace(&manifest, "<machine_configuration>", "<image>", ""),
                _ => manifest,
            }
        });
        crafted::sign(&bundle.manifest);
        let folder = sandbox.folder("image");
        let mut arguments = unbundle_arguments(&bundle.manifest, &folder);
        arguments.extend(["-c".into(), key("euca-user.crt").into()]);

        sandbox.run(arguments).succeeded();

        assert_eq!(
            image::sha1(&only_file(&folder)),
            image::sha1(&image),
            "version {version}"
        );
    }
}
