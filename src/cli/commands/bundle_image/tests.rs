use std::path::Path;

use super::options;
use crate::cli::commands::destination;
use crate::cli::failure::{Exit, Failure};
use crate::cli::tests::{run, with_session};
use crate::manifest::{ImageKind, MachineConfiguration};

const NATIVE: &str = "bundle-image -i x -r x86_64 -u 123456789012";
const EC2: &str = "ec2-bundle-image -i x -c c -k k -u 123456789012 --batch";

fn kind(more: &str) -> Result<ImageKind, Failure> {
    with_session(&format!("{NATIVE} {more}"), &[], options::kind)
}

fn configuration(line: &str) -> Result<MachineConfiguration, Failure> {
    with_session(line, &[], |session| {
        options::configuration(session, options::kind(session)?)
    })
}

#[test]
fn kernel_true_makes_a_kernel_image() {
    assert_eq!(kind("").unwrap(), ImageKind::Machine);
    assert_eq!(
        kind("--kernel eki-1 --ramdisk eri-1").unwrap(),
        ImageKind::Machine
    );
    assert_eq!(kind("--kernel true").unwrap(), ImageKind::Kernel);
    assert_eq!(
        kind("--ramdisk true --image-type ramdisk").unwrap(),
        ImageKind::Ramdisk
    );
    let by_type = configuration(&format!("{NATIVE} --image-type kernel")).unwrap();
    assert_eq!(by_type.kernel_id.as_deref(), Some("true"));
    assert_eq!(by_type.ramdisk_id, None);
}

#[test]
fn contradicting_kinds_are_usage_errors() {
    for more in [
        "--kernel true --ramdisk true",
        "--kernel true --ramdisk eri-1",
        "--kernel true --image-type machine",
        "--image-type kernel --kernel eki-1",
        "--image-type floppy",
    ] {
        let failure = kind(more).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage, "{more}");
    }
}

#[test]
fn mappings_are_merged_sorted_and_the_last_one_wins() {
    let line = format!("{NATIVE} -B swap=sda3,ami=sda1 --block-device-mapping swap=sdb");

    let found = configuration(&line).unwrap().block_device_mapping;

    let pairs: Vec<_> = found
        .iter()
        .map(|mapping| (mapping.virtual_name.as_str(), mapping.device.as_str()))
        .collect();
    assert_eq!(pairs, [("ami", "sda1"), ("swap", "sdb")]);
}

#[test]
fn a_mapping_has_exactly_one_equals_sign() {
    for mapping in ["ami", "ami=", "=sda1", "ami=sda1=x"] {
        let failure = configuration(&format!("{NATIVE} -B {mapping}")).unwrap_err();
        assert!(
            failure.message().contains("expected VIRTUAL=DEVICE"),
            "{mapping}"
        );
    }
}

#[test]
fn product_codes_are_one_element_each_in_every_dialect() {
    for line in [NATIVE, EC2] {
        let codes = configuration(&format!("{line} --productcodes A,B"))
            .unwrap()
            .product_codes;
        assert_eq!(codes, ["A", "B"]);
    }
}

#[test]
fn amazon_s_tool_detects_the_architecture_and_takes_any() {
    let detected = configuration(EC2).unwrap().architecture;
    let given = configuration(&format!("{EC2} -r arm64"))
        .unwrap()
        .architecture;

    assert!(!detected.as_str().is_empty());
    assert_eq!(given.as_str(), "arm64");
}

#[test]
fn amazon_s_tool_wants_twelve_digits() {
    let run = run("ec2-bundle-image -i x -c c -k k -u 12345 --batch", &[]);

    assert_eq!(run.code, 1);
    assert!(
        run.err.starts_with("--user has invalid value '12345'"),
        "{}",
        run.err
    );
}

#[test]
fn images_above_ec2_s_limit_are_refused_by_amazon_s_tool_only() {
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("big.img");
    let file = std::fs::File::create(&image).unwrap();
    file.set_len((10 << 30) + 1).unwrap();
    let image = image.display();

    let ec2 = run(
        &format!("ec2-bundle-image -i {image} -c c -k k -u 123456789012 --batch"),
        &[],
    );
    let euca = run(
        &format!("euca-bundle-image -i {image} -r i386 -u 123456789012"),
        &[],
    );

    assert_eq!(ec2.code, 254, "{}", ec2.err);
    assert!(
        ec2.err.starts_with("ERROR: the image has 10 GiB"),
        "{}",
        ec2.err
    );
    assert!(
        euca.err.contains("warning: the image has 10 GiB"),
        "{}",
        euca.err
    );
    assert_eq!(euca.code, 2, "no certificate of the cloud: {}", euca.err);
}

#[test]
fn stdin_needs_a_name_and_a_size() {
    let no_name = run("amikit bundle-image -i - -r i386 -u 123456789012", &[]);
    let no_size = run(
        "amikit bundle-image -i - -p disk -r i386 -u 123456789012",
        &[],
    );

    assert!(no_name.err.contains("--prefix"), "{}", no_name.err);
    assert!(no_size.err.contains("--image-size"), "{}", no_size.err);
    assert_eq!((no_name.code, no_size.code), (2, 2));
}

#[test]
fn a_bootstrap_service_that_cannot_be_asked_is_told_with_the_other_way() {
    // Nobody listens on port 1.
    let line = "euca-bundle-image -i x -r i386 -u 123456789012 --bootstrap-url http://127.0.0.1:1";
    let disabled = ("AWS_EC2_METADATA_DISABLED", "true");

    let run = run(line, &[disabled]);

    assert_eq!(run.code, 1, "{}", run.err);
    let said = "cannot get the cloud's certificate from http://127.0.0.1:1: there are no";
    assert!(run.err.contains(said), "{}", run.err);
    assert!(run.err.contains("with --ec2cert FILE"), "{}", run.err);
}

#[test]
fn destinations_are_made_one_level_deep() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path();
    let destination =
        |line: &str, env: &[(&str, &str)]| with_session(line, env, destination::of_bundle);
    let euca = |path: &Path| {
        let path = path.display();
        destination(&format!("euca-bundle-image -i x -r i386 -d {path}"), &[])
    };

    assert!(euca(&base.join("new")).unwrap().made);
    assert!(!euca(&base.join("new")).unwrap().made);
    assert!(euca(&base.join("no/such")).is_err());
    std::fs::write(base.join("file"), "").unwrap();
    assert!(euca(&base.join("file")).is_err());
    let missing = base.join("missing");
    assert!(destination(&format!("{EC2} -d {}", missing.display()), &[]).is_err());
    assert!(!missing.exists());
    let fresh = destination(
        "euca-bundle-image -i x -r i386",
        &[("TMPDIR", base.to_str().unwrap())],
    );
    let fresh = fresh.unwrap().path;
    assert_eq!(fresh.parent(), Some(base));
    assert!(
        fresh
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("bundle-")
    );
}
