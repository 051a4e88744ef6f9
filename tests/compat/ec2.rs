//! ec2-ami-tools' names: spelling, defaults, questions, output, exit codes.

use std::fs;

use crate::support::old_tools::{OldTools, names, said};
use crate::support::oracle::assert_same_bytes;
use crate::support::{image, key};

/// A call that lacks nothing but `--batch`, which only questions need.
const BUNDLE: &str = "ec2-bundle-image -i disk.img -r x86_64 -u 1234-5678-9012 -d out \
                      -k KEYS/ec2-user.pem -c KEYS/ec2-user.crt --ec2cert KEYS/ec2-cloud.crt";

fn tools(name: &str) -> OldTools {
    let tools = OldTools::new(name);
    tools.sandbox.folder("out");
    tools
}

#[test]
fn the_bundle_is_told_line_by_line_and_comes_back() {
    let tools = tools("ec2-round-trip");
    let image = tools.image();

    let bundle = tools.run(BUNDLE);
    let again = tools.run(BUNDLE);
    let unbundle = tools.run(
        "ec2-unbundle -m out/disk.img.manifest.xml -s out -d home -k KEYS/ec2-user.pem too many",
    );

    let want = "Bundling image file disk.img...\n\
                Splitting disk.img into parts...\n\
                Created disk.img.part.0\n\
                Created disk.img.part.1\n\
                Generating digests for each part...\n\
                Digests generated.\n\
                Creating bundle manifest...\n\
                Bundle manifest is out/disk.img.manifest.xml\n\
                ec2-bundle-image complete.\n";
    assert_eq!(said(bundle.succeeded()), want);
    assert_eq!(said(again.succeeded()), want);
    assert_eq!(
        names(&tools.sandbox.path("out")),
        [
            "disk.img.manifest.xml",
            "disk.img.part.0",
            "disk.img.part.1"
        ]
    );
    assert_eq!(said(unbundle.succeeded()), "Unbundle complete.\n");
    assert_same_bytes(&tools.sandbox.path("home/disk.img"), &image);
}

#[test]
fn parts_and_image_are_in_the_working_directory_if_nobody_says_otherwise() {
    let tools = tools("ec2-defaults");
    tools.small_image();
    tools.run(&BUNDLE.replace("-d out", "-d .")).succeeded();
    fs::remove_file(tools.sandbox.path("disk.img")).expect("remove the image");

    let line = "ec2-unbundle --manif disk.img.manifest.xml --priv KEYS/ec2-user.pem";
    tools.run(line).succeeded();

    assert!(tools.sandbox.path("disk.img").exists());
}

#[test]
fn missing_and_invalid_parameters_are_exit_code_1() {
    let tools = tools("ec2-parameters");
    tools.small_image();
    for (left_out, name) in [
        ("-i disk.img", "image"),
        ("-u 1234-5678-9012", "user"),
        ("-k KEYS/ec2-user.pem", "privatekey"),
        ("-c KEYS/ec2-user.crt", "cert"),
    ] {
        let outcome = tools.run(&BUNDLE.replace(left_out, ""));
        let want =
            format!("missing mandatory parameter: --{name}\nTry 'ec2-bundle-image --help'\n");
        assert_eq!((outcome.status, outcome.stderr), (Some(1), want));
    }
    for user in ["12345", "AKIA123456789012"] {
        tools
            .run(&BUNDLE.replace("1234-5678-9012", user))
            .failed(1, &format!("--user has invalid value '{user}'"));
    }
    tools
        .run(&format!("{BUNDLE} -B ami"))
        .failed(1, "--block-device-mapping has invalid value 'ami'");
    tools.run(&format!("{BUNDLE} -p a/b")).failed(1, "a/b");
    tools
        .run(&format!("{BUNDLE} --image-size 3"))
        .failed(1, "invalid option: --image-size");
    assert!(names(&tools.sandbox.path("out")).is_empty());
}

#[test]
fn a_file_that_does_not_exist_is_exit_code_2() {
    let tools = tools("ec2-missing");
    tools.small_image();

    for name in [
        "disk.img",
        "KEYS/ec2-user.pem",
        "KEYS/ec2-user.crt",
        "KEYS/ec2-cloud.crt",
    ] {
        tools
            .run(&BUNDLE.replace(name, "no-such"))
            .failed(2, "ERROR: ");
    }
    tools
        .run(&BUNDLE.replace("-d out", "-d no-such"))
        .failed(2, "no-such");
    tools
        .run("ec2-unbundle -m no-such.xml -k KEYS/ec2-user.pem")
        .failed(2, "no-such.xml");
}

#[test]
fn everything_else_that_fails_is_exit_code_254() {
    let tools = tools("ec2-failed");
    tools.small_image();
    tools.run(BUNDLE).succeeded();
    let before = tools.sandbox.listing();

    let unbundle = "ec2-unbundle -m out/disk.img.manifest.xml -s out -k";
    tools
        .run(&format!("{unbundle} KEYS/euca-user.pem"))
        .failed(254, "ERROR: ");
    tools
        .run(&BUNDLE.replace("disk.img", "/dev/null"))
        .failed(254, "/dev/null");
    tools
        .run(&format!("{BUNDLE} -p disk.img.part.0"))
        .failed(254, "out/disk.img.part.0 already exists");
    fs::write(tools.sandbox.path("empty"), "").expect("write an image");
    tools
        .run(&BUNDLE.replace("disk.img", "empty"))
        .failed(254, "ERROR: ");

    fs::remove_file(tools.sandbox.path("empty")).expect("remove an image");
    assert_eq!(tools.sandbox.listing(), before);
}

#[test]
fn an_unusual_architecture_is_asked_about() {
    let tools = tools("ec2-architecture");
    tools.small_image();
    let line = BUNDLE.replace("x86_64", "arm64");
    let question = "Bundle it for this architecture all the same? [y/N]: ";

    for answer in ["n\n", "\n", ""] {
        let outcome = tools.call(&line).input(answer).run();
        assert_eq!(said(outcome.succeeded()), question, "{answer:?}");
        assert_eq!(names(&tools.sandbox.path("out")), [""; 0]);
    }
    let yes = tools.call(&line).input("Yes\n").run();
    assert!(said(yes.succeeded()).starts_with(&format!("{question}Bundling ")));
    let batch = tools.run(&format!("{line} --batch"));
    assert!(said(batch.succeeded()).starts_with("Bundling "));
    assert!(
        batch.stderr.contains("architecture arm64"),
        "{}",
        batch.stderr
    );
    let text = fs::read_to_string(tools.bundle_in("out").manifest).expect("read the manifest");
    assert!(
        text.contains("<architecture>arm64</architecture>"),
        "{text}"
    );
}

#[test]
fn a_missing_architecture_is_asked_for_and_batch_takes_this_machine_s() {
    let tools = tools("ec2-detect");
    tools.small_image();
    let line = BUNDLE.replace("-r x86_64 ", "");
    let architecture = || {
        let text = fs::read_to_string(tools.bundle_in("out").manifest).expect("read the manifest");
        let (_, rest) = text.split_once("<architecture>").expect("an architecture");
        rest.split('<').next().unwrap_or_default().to_owned()
    };

    let asked = tools.call(&line).input("i386\n").run();
    let given = architecture();
    tools.run(&format!("{line} --batch")).succeeded();

    assert!(said(asked.succeeded()).starts_with("Architecture of the image ["));
    assert_eq!(given, "i386");
    assert!(!architecture().is_empty());
}

#[test]
fn mappings_without_a_root_device_are_remarked_on() {
    let tools = tools("ec2-mappings");
    tools.small_image();
    let note = "Note: the block device mapping names no root device";

    let without = tools.run(&format!("{BUNDLE} -B swap=sda3,ephemeral0=sda2"));
    let with = tools.run(&format!(
        "{BUNDLE} -B swap=sda3 --block-device-mapping ami=sda1"
    ));

    assert!(said(without.succeeded()).starts_with(note));
    assert!(!said(with.succeeded()).contains(note));
}

#[test]
fn amazon_s_certificate_is_found_in_the_tools_home() {
    let tools = tools("ec2-home");
    tools.small_image();
    for home in ["new", "old"] {
        tools.sandbox.folder(&format!("{home}/etc/ec2/amitools"));
    }
    let place = |home: &str| {
        tools
            .sandbox
            .path(&format!("{home}/etc/ec2/amitools/cert-ec2.pem"))
    };
    fs::copy(key("ec2-cloud.crt"), place("new")).expect("copy a certificate");
    fs::write(place("old"), "not a certificate").expect("write a certificate");
    let line = BUNDLE.replace("--ec2cert KEYS/ec2-cloud.crt", "");
    let with = |variables: &[(&str, &str)]| {
        let call = tools.call(&line);
        let call = variables.iter().fold(call, |call, (name, home)| {
            call.env(name, tools.sandbox.path(home))
        });
        call.run()
    };

    with(&[("EC2_AMITOOL_HOME", "new"), ("EC2_HOME", "old")]).succeeded();
    with(&[("EC2_HOME", "new")]).succeeded();
    with(&[("EC2_HOME", "old")]).failed(254, "ERROR: ");
}

#[test]
fn help_manual_and_version_win_over_missing_parameters() {
    let tools = tools("ec2-help");

    for option in ["-h", "--help", "--manual"] {
        let outcome = tools.run(&format!("ec2-bundle-image -i x {option}"));
        assert!(said(outcome.succeeded()).contains("Usage: ec2-bundle-image"));
    }
    let outcome = tools.run("ec2-bundle-image --version");
    let version = env!("CARGO_PKG_VERSION");
    let want = format!("ec2-bundle-image {version} 20071010 (amikit)\n");
    assert_eq!(said(outcome.succeeded()), want);
}

#[test]
fn size_checks_cannot_be_left_out_and_debugging_tells_no_key() {
    let tools = tools("ec2-debug");
    tools.small_image();

    let outcome = tools.run(&format!("{BUNDLE} --no-size-checks --debug"));

    outcome.succeeded();
    let text = &outcome.stderr;
    assert!(text.contains("--no-size-checks has no effect"), "{text}");
    let hex_run = text
        .split(|c: char| !c.is_ascii_hexdigit())
        .find(|word| word.len() == 32);
    assert_eq!(hex_run, None, "{text}");
}

#[test]
fn an_image_is_not_taken_from_standard_input() {
    let tools = tools("ec2-dash");
    image::dense(&tools.sandbox.path("-"), amikit::units::Bytes(512));

    tools
        .run(&BUNDLE.replace("-i disk.img", "-i -"))
        .succeeded();

    assert!(tools.sandbox.path("out/-.manifest.xml").exists());
}
