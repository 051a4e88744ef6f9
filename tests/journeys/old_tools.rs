//! Bundles made by euca2ools and ec2-ami-tools open. `fixtures/README.md` tells their stories.

use std::path::Path;

use crate::support::sandbox::{Sandbox, only_file, unbundle_arguments};
use crate::support::{fixture, image, key};

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
