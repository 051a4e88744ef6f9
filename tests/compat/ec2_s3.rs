//! ec2-ami-tools' names that talk to S3: what they say line by line, and their exit codes.

use crate::support::old_tools::{OldTools, names, said};
use crate::support::s3_server::{KEYS, S3Server, digests};
use crate::support::sandbox::Outcome;

const MANIFEST: &str = "out/disk.img.manifest.xml";

/// The old names, a server, and a bundle of two parts.
struct Stage {
    tools: OldTools,
    server: S3Server,
}

impl Stage {
    fn new(name: &str) -> Self {
        let tools = OldTools::new(name);
        tools.sandbox.folder("out");
        tools.image();
        let bundle = "ec2-bundle-image -i disk.img -r x86_64 -u 123456789012 -d out \
                      -k KEYS/ec2-user.pem -c KEYS/ec2-user.crt --ec2cert KEYS/ec2-cloud.crt";
        tools.run(bundle).succeeded();
        let server = S3Server::start(&tools.sandbox);
        Self { tools, server }
    }

    fn keys(&self) -> String {
        format!("-a {} -s {} --url {}", KEYS.0, KEYS.1, self.server.url())
    }

    fn run(&self, line: &str) -> Outcome {
        self.tools.run(&format!("{line} {}", self.keys()))
    }

    fn uploaded(name: &str) -> Self {
        let stage = Self::new(name);
        let line = format!("ec2-upload-bundle -b images/web -m {MANIFEST}");
        stage.run(&line).succeeded();
        stage
    }
}

#[test]
fn an_upload_is_told_part_by_part() {
    let stage = Stage::new("ec2-upload");
    let line = format!("ec2-upload-bundle -b images/web -m {MANIFEST} --batch --retry too many");

    let first = stage.run(&line);
    let rest = stage.run(&format!("{line} --part 01 --skipmanifest --sigv 2"));

    let want = "Creating bucket...\n\
                Uploading bundled image parts to the S3 bucket images ...\n\
                Uploaded disk.img.part.0\n\
                Uploaded disk.img.part.1\n\
                Uploading manifest ...\n\
                Uploaded manifest.\n\
                Bundle upload completed.\n";
    assert_eq!(said(first.succeeded()), want);
    let want = "Uploading bundled image parts to the S3 bucket images ...\n\
                Skipping disk.img.part.0\n\
                Uploaded disk.img.part.1\n\
                Bundle upload completed.\n";
    assert_eq!(said(rest.succeeded()), want);
    let stored = digests(&stage.server.object_file("images", "web"));
    assert_eq!(stored, digests(&stage.tools.sandbox.path("out")));
}

#[test]
fn what_broke_off_has_told_what_was_done() {
    let stage = Stage::new("ec2-upload-breaks");
    stage
        .run(&format!(
            "ec2-upload-bundle -b images -m {MANIFEST} --skipmanifest"
        ))
        .succeeded();
    stage.server.refuse("PutObject", "AccessDenied");

    let outcome = stage.run(&format!("ec2-upload-bundle -b images -m {MANIFEST}"));

    outcome.failed(3, "Server.AccessDenied(403)");
    let want = "Uploading bundled image parts to the S3 bucket images ...\n\
                Uploaded disk.img.part.0\n\
                Uploaded disk.img.part.1\n\
                Uploading manifest ...\n";
    assert_eq!(said(&outcome), want);
}

#[test]
fn a_download_is_told_part_by_part() {
    let stage = Stage::uploaded("ec2-download");
    stage.tools.sandbox.folder("back");

    let outcome = stage
        .run("ec2-download-bundle -b images/web -m disk.img.manifest.xml -k any -d back --retry");

    let want = "Downloading manifest disk.img.manifest.xml from images to \
                back/disk.img.manifest.xml ...\n\
                Downloading part disk.img.part.0 from images/web to back/disk.img.part.0 ...\n\
                Downloaded disk.img.part.0 from images\n\
                Downloading part disk.img.part.1 from images/web to back/disk.img.part.1 ...\n\
                Downloaded disk.img.part.1 from images\n\
                Bundle download completed.\n";
    assert_eq!(said(outcome.succeeded()), want);
    let path = |name| stage.tools.sandbox.path(name);
    assert_eq!(digests(&path("back")), digests(&path("out")));
}

#[test]
fn what_is_deleted_is_listed_asked_about_and_told() {
    let stage = Stage::uploaded("ec2-delete");
    let line = format!(
        "ec2-delete-bundle -b images/web -p disk.img {}",
        stage.keys()
    );
    let listed = "Deleting files:\n   \
                  - web/disk.img.manifest.xml\n   \
                  - web/disk.img.part.0\n   \
                  - web/disk.img.part.1\n";

    let no = stage
        .tools
        .call(&format!("{line} --batch"))
        .input("n\n")
        .run();
    let yes = stage.tools.run(&format!("{line} -y"));
    let nothing = stage.run("ec2-delete-bundle -b images/web -p disk.img --yes");

    assert_eq!(said(no.succeeded()), format!("{listed}Continue [y/N]: "));
    let deleted = "Deleted web/disk.img.manifest.xml\n\
                   Deleted web/disk.img.part.0\n\
                   Deleted web/disk.img.part.1\n\
                   ec2-delete-bundle complete.\n";
    assert_eq!(said(yes.succeeded()), format!("{listed}{deleted}"));
    assert_eq!(said(nothing.succeeded()), "No files to delete.\n");
    assert!(stage.server.objects("images").is_empty());
}

#[test]
fn parameters_are_named_as_the_tool_names_them() {
    let stage = Stage::new("ec2-s3-parameters");
    let upload = format!("ec2-upload-bundle -b images -m {MANIFEST}");
    for (line, want) in [
        (
            "ec2-upload-bundle -m x".to_owned(),
            "missing mandatory parameter: --bucket",
        ),
        (
            "ec2-upload-bundle -b images".to_owned(),
            "missing mandatory parameter: --manifest",
        ),
        (
            format!("{upload} -a only"),
            "missing mandatory parameter: --secret-key",
        ),
        (
            format!("{upload} -s only"),
            "missing mandatory parameter: --access-key",
        ),
        (
            format!("{upload} -a a -s b --sigv 3"),
            "--sigv has invalid value '3': ",
        ),
        (
            format!("{upload} -a a -s b --location moon"),
            "--location has invalid value 'moon': ",
        ),
        (
            format!("{upload} -a a -s b --upload-policy x"),
            "invalid option: --upload-policy",
        ),
        (
            "ec2-download-bundle -b images".to_owned(),
            "missing mandatory parameter: --privatekey",
        ),
        (
            "ec2-download-bundle -b images -k k -m a/b".to_owned(),
            "--manifest has invalid value",
        ),
        (
            "ec2-delete-bundle -b images -y".to_owned(),
            "missing mandatory parameter: --manifest or",
        ),
        (
            "ec2-delete-bundle -b images -y -m a -p b".to_owned(),
            "--manifest and --prefix may not both be provided",
        ),
        (
            "ec2-migrate-bundle -m x".to_owned(),
            "missing mandatory parameter: --",
        ),
        (
            "ec2-migrate-manifest -c c -k k".to_owned(),
            "missing mandatory parameter: --manifest",
        ),
    ] {
        let outcome = stage.tools.run(&line);
        outcome.failed(1, "\nTry 'ec2-");
        assert!(
            outcome.stderr.starts_with(want),
            "{line}: {}",
            outcome.stderr
        );
    }
    assert!(stage.server.objects("images").is_empty());
}

#[test]
fn exit_codes_tell_s3_files_and_places_apart() {
    let stage = Stage::uploaded("ec2-s3-exits");
    let upload = format!("ec2-upload-bundle -b images/web -m {MANIFEST}");
    stage
        .run("ec2-upload-bundle -b images -m none")
        .failed(2, "ERROR: ");
    stage
        .run(&format!("{upload} --location eu-west-1"))
        .failed(10, "images");
    stage
        .run(&format!("{upload} --region eu-west-1"))
        .failed(10, "images");
    let download = "ec2-download-bundle -k k -p disk.img -d";
    stage
        .run(&format!("{download} . -b none"))
        .failed(3, "ERROR: ");
    stage
        .run(&format!("{download} none -b images/web"))
        .failed(2, "none");
    stage
        .run("ec2-delete-bundle -b images -m none -y")
        .failed(2, "ERROR: ");
    let wrong = format!("-a {} -s wrong --url {}", KEYS.0, stage.server.url());
    stage
        .tools
        .run(&format!("{upload} {wrong}"))
        .failed(3, "Server.SignatureDoesNotMatch(403)");
    stage.server.refuse("DeleteObject", "AccessDenied");
    stage
        .run("ec2-delete-bundle -b images/web -p disk.img -y")
        .failed(3, "Server.AccessDenied(403)");
    assert_eq!(names(&stage.server.object_file("images", "web")).len(), 3);
}

#[test]
fn a_bundle_moves_and_a_manifest_keeps_its_backup() {
    let stage = Stage::uploaded("ec2-migrate");
    let parties = "-c KEYS/ec2-user.crt -k KEYS/ec2-user.pem --ec2cert KEYS/euca-cloud.crt";

    let bundle = stage.run(&format!(
        "ec2-migrate-bundle -b images/web -d copies -m disk.img.manifest.xml {parties} --retry \
         --no-mapping --location US"
    ));
    let manifest = stage.tools.run(&format!(
        "ec2-migrate-manifest -m {MANIFEST} {parties} --no-mapping"
    ));
    let again = stage.tools.run(&format!(
        "ec2-migrate-manifest -m {MANIFEST} {parties} --no-mapping"
    ));

    let want = "Your new bundle is in S3 at the following location:\n\
                copies/disk.img.manifest.xml\n";
    assert_eq!(said(bundle.succeeded()), want);
    let want = "Backing up manifest...\n\
                Successfully migrated out/disk.img.manifest.xml\n";
    assert_eq!(said(manifest.succeeded()), want);
    again.failed(2, ".bak");
}

#[test]
fn the_tools_version_is_told_with_the_manifests() {
    let stage = OldTools::new("ec2-tools-version");

    let outcome = stage.run("ec2-ami-tools-version");

    let version = env!("CARGO_PKG_VERSION");
    let want = format!("1.5 20071010 (amikit {version})\n");
    assert_eq!(said(outcome.succeeded()), want);
}
