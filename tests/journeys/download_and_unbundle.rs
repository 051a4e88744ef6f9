//! `download-and-unbundle`: the image comes back from the bucket, whole or not at all.

use std::fs;
use std::path::PathBuf;

use amikit::units::Bytes;

use crate::support::s3_server::S3Server;
use crate::support::sandbox::{Outcome, Sandbox, bundle_arguments};
use crate::support::{image, key, oracle};

/// A sandbox with a server that has the bundle of an image.
struct Stage {
    sandbox: Sandbox,
    server: S3Server,
    image: PathBuf,
}

impl Stage {
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name);
        let extents = [
            (Bytes::mib(3), Bytes::mib(2)),
            (Bytes::mib(30), Bytes(5000)),
        ];
        let stage = Self {
            server: S3Server::start(&sandbox),
            image: image::sparse(&sandbox.path("disk.img"), Bytes::mib(40), &extents),
            sandbox,
        };
        let options = ["-b", "images/a", "--part-size", "256k"];
        let folder = stage.sandbox.folder("parts");
        let mut arguments = bundle_arguments(&stage.image, &folder, &options);
        arguments[0] = "bundle-and-upload".into();
        stage.run_all(arguments).succeeded();
        stage
    }

    fn run_all(&self, arguments: Vec<std::ffi::OsString>) -> Outcome {
        let environment = self.server.environment();
        let environment: Vec<_> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();
        self.sandbox.run_with(arguments, &environment)
    }

    fn fetch(&self, command: &str, options: &[&str]) -> Outcome {
        let mut arguments: Vec<_> = vec![command.into(), "-b".into(), "images/a".into()];
        arguments.extend(["-p".into(), "golden".into(), "-k".into()]);
        arguments.push(key("euca-user.pem").into());
        arguments.extend(options.iter().map(Into::into));
        self.run_all(arguments)
    }

    fn out(&self) -> PathBuf {
        self.sandbox.folder("out")
    }
}

#[test]
fn the_image_comes_back_with_its_holes() {
    let stage = Stage::new("comes-back-remote");
    let out = stage.out();

    stage
        .fetch("download-and-unbundle", &["-d", "out"])
        .succeeded();
    stage
        .fetch("download-and-unbundle", &["-d", "out/named"])
        .succeeded();
    let euca = stage.fetch("euca-download-and-unbundle", &["-d", "out/euca"]);

    for name in ["golden", "named", "euca"] {
        oracle::assert_same_bytes(&out.join(name), &stage.image);
        assert!(image::occupied(&out.join(name)) < Bytes::mib(4));
    }
    assert_eq!(euca.succeeded().stdout, b"Wrote out/euca\n");
    assert_eq!(fs::read_dir(out).expect("list").count(), 3);
}

#[test]
fn the_image_can_go_to_standard_output() {
    let stage = Stage::new("remote-to-stdout");

    let outcomes = [
        stage.fetch("download-and-unbundle", &["-d", "-"]),
        stage.fetch("download-and-unbundle", &["-o", "-"]),
        stage.fetch("euca-download-and-unbundle", &["-d", "-"]),
    ];

    let image = fs::read(&stage.image).expect("read the image");
    for outcome in outcomes {
        assert!(outcome.succeeded().stdout == image);
    }
}

#[test]
fn a_tampered_part_is_named_and_leaves_no_file() {
    let stage = Stage::new("tampered-remote");
    let out = stage.out();
    let part = stage.server.object_file("images", "a/golden.part.01");
    let mut content = fs::read(&part).expect("read a part");
    content[1000] ^= 1;
    fs::write(&part, content).expect("change a part");

    let outcome = stage.fetch("download-and-unbundle", &["-d", "out"]);

    outcome.failed(4, "golden.part.01");
    assert_eq!(fs::read_dir(out).expect("list").count(), 0);
}

#[test]
fn a_missing_part_leaves_no_file() {
    let stage = Stage::new("missing-remote");
    let out = stage.out();
    let part = stage.server.object_file("images", "a/golden.part.03");
    fs::remove_file(part).expect("remove a part");

    let outcome = stage.fetch("download-and-unbundle", &["-d", "out"]);

    outcome.failed(3, "golden.part.03");
    assert_eq!(fs::read_dir(out).expect("list").count(), 0);
}
