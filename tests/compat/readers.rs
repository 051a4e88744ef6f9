//! Bundles made under the old names open in readers that share no code with amikit, written after
//! what is known of euca2ools, ec2-ami-tools and Eucalyptus' Walrus.
//!
//! The readers are in tests/support. Ruby and Java are not installed for them: where one is
//! missing, its test says so and ends.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use amikit::units::Bytes;

use crate::support::old_tools::OldTools;
use crate::support::oracle::{self, assert_same_bytes};
use crate::support::sandbox::{Bundle, FIXED_KEY, Sandbox};
use crate::support::{image, key};

const EUCA: &str = "euca-bundle-image -i disk.img -r x86_64 -u 123456789012 -d out \
                    -B ami=sda1,root=/dev/sda1 --productcodes A&B,C --kernel eki-1 \
                    -k KEYS/euca-user.pem -c KEYS/euca-user.crt --ec2cert KEYS/euca-cloud.crt";
const EC2: &str = "ec2-bundle-image -i disk.img -r x86_64 -u 123456789012 -d out --batch \
                   -B ami=sda1,root=/dev/sda1 --productcodes A&B,C --kernel eki-1 \
                   -k KEYS/euca-user.pem -c KEYS/euca-user.crt --ec2cert KEYS/euca-cloud.crt";

/// A bundle of two parts of an image with holes.
fn bundle(name: &str, line: &str) -> (OldTools, PathBuf, Bundle) {
    let tools = OldTools::new(name);
    let extents = [
        (Bytes::mib(1), Bytes::mib(22)),
        (Bytes::mib(25), Bytes::mib(1)),
    ];
    let image = image::sparse(&tools.sandbox.path("disk.img"), Bytes::mib(28), &extents);
    tools.sandbox.folder("out");
    tools.run(line).succeeded();
    let bundle = tools.bundle_in("out");
    assert_eq!(bundle.parts().len(), 2);
    (tools, image, bundle)
}

fn reader(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/support")
        .join(name)
}

fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        // Said to nobody if stderr is closed; the test ends all the same.
        let _ = writeln!(io::stderr(), "not tested: {program} is not installed");
    }
    found
}

#[track_caller]
fn read(program: &str, arguments: &[&OsStr]) {
    let output = Command::new(program).args(arguments).output();
    let output = output.expect("run a reader");
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn openssl_gzip_and_tar_open_what_the_old_names_make() {
    for (name, line) in [("openssl-euca", EUCA), ("openssl-ec2", EC2)] {
        let (tools, image, bundle) = bundle(name, line);

        let opened = oracle::open(&tools.sandbox, &bundle);

        assert_same_bytes(&opened.image, &image);
    }
}

#[test]
fn a_reader_like_euca2ools_opens_what_the_old_names_make() {
    for (name, line) in [("python-euca", EUCA), ("python-ec2", EC2)] {
        let (tools, image, bundle) = bundle(name, line);
        for owner in ["euca-user.pem", "euca-cloud.pem"] {
            let opened = tools.sandbox.path(owner);

            read(
                "python3",
                &[
                    reader("read_like_euca2ools.py").as_os_str(),
                    bundle.manifest.as_os_str(),
                    bundle.folder.as_os_str(),
                    key(owner).as_os_str(),
                    opened.as_os_str(),
                ],
            );

            assert_same_bytes(&opened, &image);
        }
    }
}

#[test]
fn a_reader_like_ec2_ami_tools_verifies_and_opens_what_the_old_names_make() {
    if !has("ruby") {
        return;
    }
    for (name, line) in [("ruby-euca", EUCA), ("ruby-ec2", EC2)] {
        let (tools, image, bundle) = bundle(name, line);
        let destination = tools.sandbox.folder("opened");

        read(
            "ruby",
            &[
                reader("read_like_ec2_ami_tools.rb").as_os_str(),
                bundle.manifest.as_os_str(),
                bundle.folder.as_os_str(),
                key("euca-user.pem").as_os_str(),
                key("euca-user.crt").as_os_str(),
                destination.as_os_str(),
            ],
        );

        assert_same_bytes(&destination.join("disk.img"), &image);
    }
}

#[test]
fn a_reader_like_walrus_gets_the_whole_tar_stream() {
    if !has("javac") {
        return;
    }
    let sandbox = Sandbox::new("java");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(22));
    let bundle = sandbox.bundle(&image, "bundle", &FIXED_KEY);
    let tar = sandbox.path("image.tar");
    let source = reader("ReadLikeWalrus.java");
    let parts = bundle.parts();
    let mut arguments = vec![
        source.as_os_str(),
        OsStr::new(FIXED_KEY[1]),
        OsStr::new(FIXED_KEY[3]),
        tar.as_os_str(),
    ];
    arguments.extend(parts.iter().map(|part| part.as_os_str()));

    read("java", &arguments);

    let manifest = fs::read_to_string(&bundle.manifest).expect("read the manifest");
    let digest = image::sha1(&tar);
    let element = format!("<digest algorithm='SHA1'>{digest}</digest><size>");
    assert!(manifest.contains(&element), "{digest}: {manifest}");
}
