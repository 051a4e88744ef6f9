//! euca2ools' names that talk to S3: what they say, and their exit codes.

use std::fs;

use crate::support::old_tools::{OldTools, names, said};
use crate::support::s3_server::{KEYS, S3Server, digests};
use crate::support::sandbox::Outcome;

const MANIFEST: &str = "out/disk.img.manifest.xml";
const BUNDLE: &str = "-i disk.img -r x86_64 -u 123456789012 -k KEYS/euca-user.pem \
                      -c KEYS/euca-user.crt --ec2cert KEYS/euca-cloud.crt";

/// The old names, a server, and a bundle of two parts.
struct Stage {
    tools: OldTools,
    server: S3Server,
}

impl Stage {
    fn new(name: &str) -> Self {
        let tools = OldTools::new(name);
        tools.image();
        let line = format!("euca-bundle-image {BUNDLE} -d out");
        tools.run(&line).succeeded();
        let server = S3Server::start(&tools.sandbox);
        Self { tools, server }
    }

    fn run(&self, line: &str) -> Outcome {
        let url = self.server.url();
        self.tools
            .run(&format!("{line} -I {} -S {} -U {url}", KEYS.0, KEYS.1))
    }

    fn uploaded(name: &str) -> Self {
        let stage = Self::new(name);
        let line = format!("euca-upload-bundle -b images/web -m {MANIFEST}");
        stage.run(&line).succeeded();
        stage
    }
}

#[test]
fn a_bundle_goes_up_and_comes_back_with_one_line_each() {
    let stage = Stage::new("euca-there-and-back");
    stage.tools.sandbox.folder("back");
    let upload = format!("euca-upload-bundle -b images/web/ -m {MANIFEST} --retry");

    // The place of a new bucket says nothing of one that is there; --part never did anything.
    let none = stage.run(&format!("{upload} --skipmanifest --part 1"));
    let up = stage.run(&format!("{upload} --location elsewhere"));
    let back = stage.run("euca-download-bundle -b images/web -p disk.img -d back");
    let local = stage.run(&format!(
        "euca-download-bundle -b images/web --local-manifest {MANIFEST} -d back"
    ));
    let stream = stage.run("euca-download-bundle -b images/web -p disk.img -d -");

    assert_eq!(said(none.succeeded()), "");
    let want = "Uploaded images/web/disk.img.manifest.xml\n";
    assert_eq!(said(up.succeeded()), want);
    let want = "Wrote manifest back/disk.img.manifest.xml\n";
    assert_eq!(said(back.succeeded()), want);
    assert_eq!(said(local.succeeded()), "");
    let path = |name| stage.tools.sandbox.path(name);
    assert_eq!(digests(&path("back")), digests(&path("out")));
    let parts = ["out/disk.img.part.00", "out/disk.img.part.01"];
    let parts = parts.map(|part| fs::read(path(part)).expect("read a part"));
    assert!(stream.succeeded().stdout == parts.concat());
}

#[test]
fn a_new_bucket_is_where_the_region_s_section_says() {
    let stage = Stage::new("euca-location");
    let place = stage.tools.sandbox.path("cloud.ini");
    let text = "[region here]\ns3-location-constraint = over-there\n";
    fs::write(&place, text).expect("write the settings");
    let url = stage.server.url();
    let line = format!(
        "euca-upload-bundle -m {MANIFEST} -I {} -S {} -U {url} --region here -b",
        KEYS.0, KEYS.1
    );
    let run = |bucket: &str| {
        let call = stage.tools.call(&format!("{line} {bucket}"));
        call.env("EUCA_CONFIG_PATH", &place).run()
    };

    run("images").succeeded();

    // It is asked for when the bucket is new, and not compared with one that is there.
    run("images").succeeded();
    assert_eq!(stage.server.count("CreateBucket"), 1);
    assert_eq!(stage.server.count("GetBucketLocation"), 0);
}

#[test]
fn an_image_is_bundled_uploaded_brought_back_and_opened() {
    let stage = Stage::new("euca-in-one-go");
    let line = format!("euca-bundle-and-upload-image {BUNDLE} -b images/x --retry");

    let plain = stage.run(&line);
    let debug = stage.run(&format!("{line} --debug --max-pending-parts 1"));
    let back = stage.run(
        "euca-download-and-unbundle -b images/x -p disk.img -k KEYS/euca-user.pem -d back.img",
    );
    let wrong = stage.run(
        "euca-download-and-unbundle -b images/x -p disk.img -k KEYS/ec2-user.pem -d wrong.img",
    );

    let last = "Uploaded images/x/disk.img.manifest.xml\n";
    assert_eq!(said(plain.succeeded()), last);
    let want =
        format!("Uploaded images/x/disk.img.part.00\nUploaded images/x/disk.img.part.01\n{last}");
    assert_eq!(said(debug.succeeded()), want);
    assert!(said(back.succeeded()).starts_with("Wrote "));
    assert_eq!(names(&stage.tools.sandbox.path("tmp")), [""; 0]);
    wrong.failed(1, "euca-download-and-unbundle: error: ");
    assert!(!stage.tools.sandbox.path("wrong.img").exists());
}

#[test]
fn deleting_says_nothing_and_clears_the_bucket_if_asked() {
    let stage = Stage::uploaded("euca-delete");
    let line = "euca-delete-bundle -b images/web -p disk.img";

    let deleted = stage.run(line);
    let again = stage.run(line);
    let cleared = stage.run(&format!("{line} --clear"));

    assert_eq!(said(deleted.succeeded()), "");
    again.failed(
        1,
        "manifest 'images/web/disk.img.manifest.xml' does not exist",
    );
    assert_eq!(said(cleared.succeeded()), "");
    let check = stage.run("euca-check-bucket -b images");
    check.failed(1, "euca-check-bucket: error: ");
    assert_eq!(said(&check), "Checking bucket: images\n");
}

#[test]
fn a_command_line_that_lacks_something_is_exit_code_2() {
    let stage = Stage::new("euca-s3-usage");
    for (line, fact) in [
        (format!("euca-upload-bundle -m {MANIFEST}"), "--bucket"),
        ("euca-upload-bundle -b images".to_owned(), "--manifest"),
        ("euca-download-bundle -p disk.img".to_owned(), "--bucket"),
        ("euca-download-bundle -b images".to_owned(), "is needed"),
        (
            "euca-download-bundle -b images -p a -m b".to_owned(),
            "only one of",
        ),
        ("euca-delete-bundle -b images".to_owned(), "is needed"),
        ("euca-check-bucket".to_owned(), "--bucket"),
        (
            "euca-bundle-and-upload-image -b images -r i386".to_owned(),
            "--image",
        ),
        (
            "euca-download-and-unbundle -b images -p a".to_owned(),
            "--privatekey",
        ),
        (
            format!("euca-upload-bundle -b images -m {MANIFEST} --acl all"),
            "--acl",
        ),
    ] {
        stage.run(&line).failed(2, fact);
    }
    assert!(stage.server.objects("images").is_empty());
}

#[test]
fn what_the_service_or_the_disk_refuses_is_exit_code_1() {
    let stage = Stage::uploaded("euca-s3-refused");
    let upload = format!("euca-upload-bundle -b images/web -m {MANIFEST}");
    let url = stage.server.url();
    stage
        .run("euca-upload-bundle -b images -m none")
        .failed(1, "none");
    stage
        .tools
        .run(&format!("{upload} -I {} -S wrong -U {url}", KEYS.0))
        .failed(1, "euca-upload-bundle: error (SignatureDoesNotMatch): ");
    for bucket in ["images", "nowhere"] {
        stage
            .run(&format!("euca-download-bundle -b {bucket} -m x"))
            .failed(
                1,
                &format!("manifest '{bucket}/x' does not exist on the server"),
            );
    }
    stage
        .run("euca-download-bundle -b images/web -p disk.img -d none")
        .failed(1, "none");
    stage.server.refuse("PutObject", "AccessDenied");
    stage
        .run(&upload)
        .failed(1, "euca-upload-bundle: error (AccessDenied): ");
    fs::remove_file(stage.tools.sandbox.path("out/disk.img.part.01")).expect("remove a part");
    stage.run(&upload).failed(1, "disk.img.part.01");
}

#[test]
fn the_tools_version_is_told_with_ours() {
    let tools = OldTools::new("euca-tools-version");

    let outcome = tools.run("euca-version");

    let version = env!("CARGO_PKG_VERSION");
    let want = format!("euca2ools 3.4 (amikit {version})\n");
    assert_eq!(said(outcome.succeeded()), want);
}
