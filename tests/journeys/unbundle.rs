//! `unbundle`: the image comes back, holes and all, or nothing does.

use std::fs;
use std::path::Path;
use std::process::Command;

use amikit::units::Bytes;

use crate::support::sandbox::{Sandbox, search_path, unbundle_arguments};
use crate::support::{image, key, oracle};

#[test]
fn the_image_comes_back() {
    let sandbox = Sandbox::new("comes-back");
    for (name, size) in [
        ("one-byte", Bytes(1)),
        ("under-a-tar-block", Bytes(511)),
        ("a-tar-block", Bytes(512)),
        ("over-a-tar-block", Bytes(513)),
        ("a-cell-and-a-bit", Bytes(4097)),
        ("a-chunk", Bytes::mib(1)),
        ("more-than-a-part", Bytes(Bytes::mib(24).get() + 1)),
    ] {
        let image = image::dense(&sandbox.path(&format!("{name}.img")), size);
        let bundle = sandbox.bundle(&image, &format!("{name}-bundle"), &[]);

        let unbundled = sandbox.unbundle(&bundle.manifest, &format!("{name}-image"));

        oracle::assert_same_bytes(&unbundled, &image);
    }
}

#[test]
fn holes_stay_holes() {
    let sandbox = Sandbox::new("holes-stay");
    let extents = [(Bytes::mib(40), Bytes::mib(2))];
    let image = image::sparse(&sandbox.path("disk.img"), Bytes::mib(200), &extents);

    for options in [&[][..], &["--no-sparse"]] {
        let bundle = sandbox.bundle(&image, &format!("bundle{}", options.len()), options);

        let unbundled = sandbox.unbundle(&bundle.manifest, &format!("image{}", options.len()));

        oracle::assert_same_bytes(&unbundled, &image);
        let occupied = image::occupied(&unbundled);
        assert!(occupied < Bytes::mib(4), "{options:?}: {occupied}");
    }
}

#[test]
fn the_image_can_go_to_standard_output() {
    let sandbox = Sandbox::new("to-stdout");
    let extents = [(Bytes::mib(2), Bytes(100_000))];
    let image = image::sparse(&sandbox.path("disk.img"), Bytes::mib(5), &extents);
    let bundle = sandbox.bundle(&image, "bundle", &[]);
    let mut arguments = unbundle_arguments(&bundle.manifest, &sandbox.path("unused"));
    arguments.drain(3..5);
    arguments.extend(["-o".into(), "-".into()]);

    let outcome = sandbox.run(arguments);

    let stdout = &outcome.succeeded().stdout;
    assert!(*stdout == fs::read(&image).expect("read the image"));
}

/// A loop device over a file that is larger than the image and full of noise.
struct Loop(String);

impl Loop {
    /// Makes one, where the machine allows it: as root, with loop devices.
    fn over(file: &Path) -> Option<Self> {
        let losetup = Command::new("losetup")
            .args(["--find", "--show"])
            .arg(file)
            .env("PATH", search_path())
            .output()
            .ok()?;
        let name = String::from_utf8(losetup.stdout).ok()?;
        let made = losetup.status.success() && name.starts_with("/dev/loop");
        made.then(|| Self(name.trim().to_owned()))
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let mut losetup = Command::new("losetup");
        let detached = losetup
            .args(["--detach", &self.0])
            .env("PATH", search_path());
        drop(detached.status()); // a failure here must not hide the test's own
    }
}

#[test]
fn the_image_can_go_to_a_device_zeros_and_all() {
    let sandbox = Sandbox::new("to-device");
    let extents = [(Bytes::mib(2), Bytes(100_000))];
    let image = image::sparse(&sandbox.path("disk.img"), Bytes::mib(5), &extents);
    let bundle = sandbox.bundle(&image, "bundle", &[]);
    let disk = image::dense(&sandbox.path("device"), Bytes::mib(8));
    let Some(device) = Loop::over(&disk) else {
        return; // no root or no loop devices here
    };
    let mut arguments = unbundle_arguments(&bundle.manifest, &sandbox.path("unused"));
    arguments.drain(3..5);
    arguments.extend(["--to-device".into(), device.0.clone().into()]);

    sandbox.run(arguments).succeeded();

    drop(device);
    let want = fs::read(&image).expect("read the image");
    let got = fs::read(&disk).expect("read the device's file");
    assert!(got[..want.len()] == want[..]);
}

#[test]
fn the_cloud_can_open_it_too() {
    let sandbox = Sandbox::new("cloud-opens");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(1));
    let bundle = sandbox.bundle(&image, "bundle", &[]);
    let folder = sandbox.folder("image");
    let mut arguments = unbundle_arguments(&bundle.manifest, &folder);
    arguments.pop();
    arguments.push(key("euca-cloud.pem").into());

    sandbox.run(arguments).succeeded();

    oracle::assert_same_bytes(&folder.join("golden"), &image);
}

#[test]
fn a_damaged_part_is_named_and_nothing_is_left() {
    let sandbox = Sandbox::new("damaged-part");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(45));
    let bundle = sandbox.bundle(&image, "bundle", &[]);
    let damaged = &bundle.parts()[1];
    let mut bytes = fs::read(damaged).expect("read a part");
    bytes[1_000_000] ^= 1;
    fs::write(damaged, bytes).expect("damage a part");
    let folder = sandbox.folder("image");
    let before = sandbox.listing();

    let outcome = sandbox.run(unbundle_arguments(&bundle.manifest, &folder));

    outcome.failed(4, "golden.part.01");
    assert_eq!(sandbox.listing(), before);
}

#[test]
fn a_missing_part_is_named_and_nothing_is_left() {
    let sandbox = Sandbox::new("missing-part");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(45));
    let bundle = sandbox.bundle(&image, "bundle", &[]);
    fs::remove_file(&bundle.parts()[1]).expect("remove a part");
    let folder = sandbox.folder("image");
    let before = sandbox.listing();

    let outcome = sandbox.run(unbundle_arguments(&bundle.manifest, &folder));

    assert_ne!(outcome.status, Some(0));
    assert!(
        outcome.stderr.contains("golden.part.01"),
        "{}",
        outcome.stderr
    );
    assert_eq!(sandbox.listing(), before);
}

#[test]
fn a_changed_manifest_is_refused_with_a_certificate() {
    let sandbox = Sandbox::new("changed-manifest");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::kib(64));
    let bundle = sandbox.bundle(&image, "bundle", &[]);
    rewrite(&bundle.manifest, "123456789012", "210987654321");
    let folder = sandbox.folder("image");
    let mut arguments = unbundle_arguments(&bundle.manifest, &folder);
    arguments.extend(["-c".into(), key("euca-user.crt").into()]);
    let before = sandbox.listing();

    let outcome = sandbox.run(arguments);

    outcome.failed(4, "signature");
    assert_eq!(sandbox.listing(), before);
}

#[test]
fn a_manifest_cannot_name_files_elsewhere() {
    let sandbox = Sandbox::new("names-elsewhere");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::kib(64));
    for name in ["../escaped", "/tmp/escaped", ".."] {
        let bundle = sandbox.bundle(&image, "bundle", &["--force"]);
        rewrite(
            &bundle.manifest,
            "<name>golden</name>",
            &format!("<name>{name}</name>"),
        );
        let folder = sandbox.folder("image");
        let before = sandbox.listing();

        let outcome = sandbox.run(unbundle_arguments(&bundle.manifest, &folder));

        assert_ne!(outcome.status, Some(0), "{name}");
        assert!(outcome.stderr.contains(name), "{}", outcome.stderr);
        assert_eq!(sandbox.listing(), before);
    }
}

#[test]
fn a_key_that_does_not_fit_opens_nothing() {
    let sandbox = Sandbox::new("wrong-key");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::kib(64));
    let bundle = sandbox.bundle(&image, "bundle", &[]);
    let folder = sandbox.folder("image");
    let mut arguments = unbundle_arguments(&bundle.manifest, &folder);
    arguments.pop();
    arguments.push(key("ec2-user.pem").into());
    let before = sandbox.listing();

    let outcome = sandbox.run(arguments);

    outcome.failed(6, "key");
    assert_eq!(sandbox.listing(), before);
}

#[test]
fn verify_finds_a_good_bundle_good_and_a_damaged_one_bad() {
    let sandbox = Sandbox::new("verify");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::kib(64));
    let bundle = sandbox.bundle(&image, "bundle", &[]);
    let verify = || {
        let mut arguments = vec!["verify".into(), bundle.manifest.clone().into_os_string()];
        arguments.extend(["-c".into(), key("euca-user.crt").into()]);
        arguments.extend(["-k".into(), key("euca-user.pem").into()]);
        sandbox.run(arguments)
    };

    verify().succeeded();
    let part = &bundle.parts()[0];
    let mut bytes = fs::read(part).expect("read a part");
    bytes[20] ^= 1;
    fs::write(part, bytes).expect("damage a part");

    assert_eq!(verify().status, Some(4));
}

fn rewrite(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("read a manifest");
    assert!(text.contains(from), "no {from} in {text}");
    fs::write(file, text.replace(from, to)).expect("change a manifest");
}
