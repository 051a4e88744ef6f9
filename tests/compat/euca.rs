//! euca2ools' names: spelling, defaults, where options come from, output, exit codes.

use std::fs;
use std::process::Command;

use crate::support::image;
use crate::support::old_tools::{OldTools, names, said};
use crate::support::oracle::assert_same_bytes;

/// A call that lacks nothing.
const BUNDLE: &str = "euca-bundle-image -i disk.img -r x86_64 -u 1234-5678-9012 \
                      -k KEYS/euca-user.pem -c KEYS/euca-user.crt --ec2cert KEYS/euca-cloud.crt";

#[test]
fn a_bundle_goes_to_a_fresh_folder_under_the_image_s_name() {
    let tools = OldTools::new("euca-fresh");
    tools.image();

    let outcome = tools.run(BUNDLE);

    outcome.succeeded();
    let made = names(&tools.sandbox.path("tmp"));
    let [folder] = made.as_slice() else {
        panic!("{made:?}");
    };
    assert!(folder.starts_with("bundle-"), "{folder}");
    let folder = tools.sandbox.path("tmp").join(folder);
    let manifest = folder.join("disk.img.manifest.xml");
    assert_eq!(
        said(&outcome),
        format!("Wrote manifest {}\n", manifest.display())
    );
    assert_eq!(
        names(&folder),
        [
            "disk.img.manifest.xml",
            "disk.img.part.00",
            "disk.img.part.01"
        ]
    );
    let text = fs::read_to_string(manifest).expect("read the manifest");
    assert!(text.contains("<user>123456789012</user>"), "{text}");
}

#[test]
fn bundle_and_unbundle_find_each_other_in_the_working_directory_and_replace_files() {
    let tools = OldTools::new("euca-round-trip");
    let image = tools.image();
    tools.run(&format!("{BUNDLE} -d out")).succeeded();
    let again = tools.run(&format!("{BUNDLE} -d out"));
    assert_eq!(
        said(again.succeeded()),
        "Wrote manifest out/disk.img.manifest.xml\n"
    );
    for name in names(&tools.sandbox.path("out")) {
        let here = tools.sandbox.path(&name);
        fs::rename(tools.sandbox.path("out").join(&name), here).expect("move a part");
    }
    let copy = tools.sandbox.path("copy.img");
    fs::copy(&image, &copy).expect("copy the image");
    fs::write(&image, "to be replaced").expect("write over the image");

    let outcome = tools
        .call("euca-unbundle -m disk.img.manifest.xml")
        .env("EC2_PRIVATE_KEY", crate::support::key("euca-user.pem"))
        .run();

    assert_eq!(said(outcome.succeeded()), "Wrote ./disk.img\n");
    assert_same_bytes(&image, &copy);
}

#[test]
fn keys_and_account_come_from_variables() {
    let tools = OldTools::new("euca-variables");
    tools.small_image();

    let outcome = tools
        .call("euca-bundle-image --image disk.img --arch i386 --dest out")
        .env("EC2_PRIVATE_KEY", crate::support::key("euca-user.pem"))
        .env("EUCA_CERT", crate::support::key("euca-user.crt"))
        .env("EUCALYPTUS_CERT", crate::support::key("euca-cloud.crt"))
        .env("EC2_USER_ID", "000000000001")
        .run();

    outcome.succeeded();
    let text = fs::read_to_string(tools.bundle_in("out").manifest).expect("read the manifest");
    assert!(text.contains("<user>000000000001</user>"), "{text}");
    assert!(!text.contains("UNSIGNED"), "{text}");
}

#[test]
fn keys_and_account_come_from_the_files_that_a_pattern_with_brackets_names() {
    let tools = OldTools::new("euca-config");
    tools.small_image();
    let folder = tools.sandbox.folder("conf");
    let user = "[user me]\naccount-id = 000000000002\nprivate-key = KEYS/euca-user.pem\n\
                certificate = KEYS/euca-user.crt\n";
    let region = "[global]\ndefault-region = here\n[region here]\nuser = me\n\
                  certificate = KEYS/euca-cloud.crt\n";
    let keys = crate::support::key("").display().to_string();
    for (name, text) in [("10-user.ini", user), ("20-region.ini", region)] {
        fs::write(folder.join(name), text.replace("KEYS/", &keys)).expect("write the settings");
    }
    fs::write(folder.join("x0-broken.ini"), "nonsense").expect("write the settings");
    let line = "euca-bundle-image -i disk.img -r x86_64 -d out";

    let by_pattern = tools
        .call(line)
        .env("EUCA_CONFIG_PATH", folder.join("[0-9][!a-z]-*.ini"))
        .run();

    by_pattern.succeeded();
    let text = fs::read_to_string(tools.bundle_in("out").manifest).expect("read the manifest");
    assert!(text.contains("<user>000000000002</user>"), "{text}");

    fs::remove_file(folder.join("x0-broken.ini")).expect("remove a file");
    fs::rename(&folder, tools.sandbox.path("home/.euca")).expect("move the settings");
    tools.run(line).succeeded();
    tools
        .run(&format!("{line} --region nowhere"))
        .failed(2, "--user is needed");
}

#[test]
fn what_is_wrong_with_the_command_line_or_its_files_is_exit_code_2() {
    let tools = OldTools::new("euca-usage");
    tools.small_image();
    let before = tools.sandbox.listing();
    for (line, fact) in [
        ("euca-bundle-image -i disk.img", "--arch"),
        ("euca-bundle-image -r i386", "--image"),
        (
            &format!("{BUNDLE} --nonsense"),
            "euca-bundle-image: error: ",
        ),
        (&format!("{BUNDLE} -d disk.img"), "not a directory"),
        (
            &BUNDLE.replace("KEYS/euca-cloud.crt", "no-such.pem"),
            "no-such.pem",
        ),
        (
            &format!("{BUNDLE} --kernel true --ramdisk true"),
            "contradict",
        ),
        (&format!("{BUNDLE} -B ami"), "expected VIRTUAL=DEVICE"),
        (
            "euca-unbundle -m disk.img.manifest.xml",
            "--privatekey is needed",
        ),
        ("euca-unbundle-stream --enc-iv 0", "--enc-key is needed"),
    ] {
        tools.run(line).failed(2, fact);
    }
    assert_eq!(tools.sandbox.listing(), before);
}

#[test]
fn everything_else_that_fails_is_exit_code_1() {
    let tools = OldTools::new("euca-failed");
    tools.image();
    let fifo = Command::new("mkfifo")
        .arg(tools.sandbox.path("fifo"))
        .status();
    assert!(fifo.expect("run mkfifo").success());
    tools.run(&format!("{BUNDLE} -d out")).succeeded();
    let before = tools.sandbox.listing();

    let of = |name: &str| format!("{} -d out", BUNDLE.replace("disk.img", name));
    tools.run(&of("/dev/null")).failed(1, "/dev/null");
    tools.run(&of("fifo")).failed(1, "fifo");
    tools.run(&of("no-such.img")).failed(1, "no-such.img");
    tools
        .run(&format!("{BUNDLE} -d no/such"))
        .failed(1, "no/such");
    let unbundle = "euca-unbundle -s out -m out/disk.img.manifest.xml -k KEYS/";
    tools
        .run(&format!("{unbundle}ec2-user.pem"))
        .failed(1, "euca-unbundle: error: ");
    assert_eq!(tools.sandbox.listing(), before);

    let part = tools.sandbox.path("out/disk.img.part.01");
    let mut content = fs::read(&part).expect("read a part");
    content[0] ^= 1;
    fs::write(&part, content).expect("spoil a part");
    let spoilt = tools.sandbox.listing();
    tools
        .run(&format!("{unbundle}euca-user.pem -d home"))
        .failed(1, "disk.img.part.01");
    assert_eq!(tools.sandbox.listing(), spoilt);
}

#[test]
fn hex_keys_are_numbers_of_at_most_128_bits() {
    let tools = OldTools::new("euca-hex");
    let image = tools.small_image();
    tools
        .run(&format!("{BUNDLE} -d out --enc-key 0xFf --enc-iv 1"))
        .succeeded();

    let stream = "euca-unbundle-stream -i out/disk.img.part.00 -o back.img --enc-iv 01";
    tools.run(&format!("{stream} --enc-key ff")).succeeded();

    assert_same_bytes(&tools.sandbox.path("back.img"), &image);
    for key in ["1ffffffffffffffffffffffffffffffff", "fg", "0x", "-1"] {
        let outcome = tools.run(&format!("{stream} --enc-key={key}"));
        outcome.failed(2, "--enc-key: expected 32 hex digits");
        assert!(!outcome.stderr.contains(key), "{}", outcome.stderr);
    }
}

#[test]
fn a_stream_s_size_and_digest_are_checked() {
    let tools = OldTools::new("euca-stream");
    let image = tools.small_image();
    tools
        .run(&format!("{BUNDLE} -d out --enc-key a --enc-iv b"))
        .succeeded();
    let manifest = fs::read_to_string(tools.bundle_in("out").manifest).expect("read the manifest");
    let (_, rest) = manifest
        .split_once("<digest algorithm='SHA1'>")
        .expect("a digest");
    let digest = &rest[..40];
    let line = "euca-unbundle-stream -i out/disk.img.part.00 --enc-key a --enc-iv b";

    let outcome = tools.run(&format!("{line} --image-size 4k --sha1-digest {digest}"));

    assert_eq!(
        outcome.succeeded().stdout,
        fs::read(image).expect("read the image")
    );
    tools
        .run(&format!("{line} -o x --image-size 4097"))
        .failed(1, "4097");
    tools
        .run(&format!("{line} -o x --sha1-digest {}", "0".repeat(40)))
        .failed(1, digest);
    assert!(!tools.sandbox.path("x").exists());
}

#[test]
fn options_for_the_cloud_are_accepted_and_secrets_never_told() {
    let tools = OldTools::new("euca-accepted");
    tools.small_image();
    let more = "-d out --image-type machine --region me@here -I AKIA -S SECRET-1 -U http://cloud \
                --security-token SECRET-2 --bootstrap-url http://cloud --bootstrap-service x \
                --bootstrap-auth y --batch --debugger --no-progress --debug \
                --enc-key 5ec4e7 --enc-iv 5ec4e8";

    let outcome = tools.run(&format!("{BUNDLE} {more}"));

    outcome.succeeded();
    for secret in ["SECRET", "5ec4e"] {
        assert!(!outcome.stderr.contains(secret), "{}", outcome.stderr);
    }
    assert_eq!(said(&outcome), "Wrote manifest out/disk.img.manifest.xml\n");
}

#[test]
fn the_kernel_s_and_ramdisk_s_bundles_say_so() {
    let tools = OldTools::new("euca-kernel");
    image::dense(&tools.sandbox.path("disk.img"), amikit::units::Bytes(512));

    tools
        .run(&format!("{BUNDLE} -d k --kernel true"))
        .succeeded();
    tools
        .run(&format!("{BUNDLE} -d r --ramdisk true"))
        .succeeded();

    for (folder, what) in [("k", "kernel"), ("r", "ramdisk")] {
        let text = fs::read_to_string(tools.bundle_in(folder).manifest).expect("read a manifest");
        assert!(
            text.contains(&format!("<{what}_id>true</{what}_id>")),
            "{text}"
        );
        assert!(text.contains(&format!("<type>{what}</type>")), "{text}");
    }
}

#[test]
fn the_version_has_a_name_and_a_number() {
    let tools = OldTools::new("euca-version");

    let outcome = tools.run("euca-unbundle-stream --version");

    let version = env!("CARGO_PKG_VERSION");
    let want = format!("euca-unbundle-stream {version} (amikit)\n");
    assert_eq!(said(outcome.succeeded()), want);
}
