//! An upload that is killed goes on where it was: the bytes that travel are counted.

use std::process::Child;

use amikit::units::Bytes;

use crate::support::faults::{Fault, FaultProxy};
use crate::support::image;
use crate::support::s3_server::{KEYS, S3Server, digests, environment};
use crate::support::sandbox::{Bundle, Outcome, Sandbox};

/// Size of a part.
const PART: u64 = 1 << 20;

/// `upload-bundle` through a proxy, one request at a time.
fn upload(
    sandbox: &Sandbox,
    bundle: &Bundle,
    url: &str,
    options: &[&str],
) -> std::process::Command {
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_amikit"));
    command
        .args(["upload-bundle", "-b", "images", "--jobs", "1", "-m"])
        .arg(&bundle.manifest)
        .args(options)
        .envs(environment(url, KEYS));
    command
}

/// Ends a process as a power cut would.
fn kill(mut process: Child) {
    process.kill().expect("send SIGKILL");
    process.wait().expect("wait for what was killed");
}

#[test]
fn after_kill_9_only_what_is_missing_is_sent() {
    let sandbox = Sandbox::new("kill-9");
    let server = S3Server::start(&sandbox);
    let proxy = FaultProxy::start(server.address());
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(10));
    let bundle = sandbox.bundle(&image, "bundle", &["--part-size", "1m"]);
    let wanted = digests(&bundle.folder);
    let parts = bundle.parts().len();
    // The fourth part stops half-way, so that the kill meets it there.
    proxy.fault("PUT", "golden.part.03", 1..=1, Fault::StallInBody(PART / 2));

    let first = upload(&sandbox, &bundle, &proxy.url(), &[]).spawn();
    let first = first.expect("run amikit");
    proxy.wait_until(|all| {
        let mut all = all.iter();
        all.any(|one| one.path.contains("part.03") && one.body == PART / 2)
    });
    kill(first);

    let there = server.objects("images");
    assert_eq!(there.len(), 3, "three whole parts: {there:?}");
    assert!(
        there
            .iter()
            .all(|(key, digest)| wanted.get(key) == Some(digest))
    );
    assert_eq!(proxy.bytes("PUT"), 3 * PART + PART / 2);

    proxy.reset();
    let second = upload(&sandbox, &bundle, &proxy.url(), &[]).output();
    Outcome::of(second.expect("run amikit")).succeeded();

    assert_eq!(server.objects("images"), wanted);
    let sizes = bundle.parts().into_iter().skip(3);
    let rest: u64 = sizes
        .map(|part| part.metadata().expect("a part").len())
        .sum();
    let manifest = bundle.manifest.metadata().expect("the manifest").len();
    assert_eq!(
        proxy.bytes("PUT"),
        rest + manifest,
        "the rest and the manifest"
    );

    proxy.reset();
    let third = upload(&sandbox, &bundle, &proxy.url(), &[]).output();
    Outcome::of(third.expect("run amikit")).succeeded();
    assert!(
        parts > 4 && proxy.bytes("PUT") <= manifest,
        "nothing but the manifest"
    );
}

#[test]
fn two_uploads_of_one_bundle_at_once_are_one_and_an_error() {
    let sandbox = Sandbox::new("two-at-once");
    let server = S3Server::start(&sandbox);
    let proxy = FaultProxy::start(server.address());
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(5));
    let bundle = sandbox.bundle(&image, "bundle", &["--part-size", "1m"]);
    proxy.fault("PUT", "golden.part.01", 1..=1, Fault::Slow(PART / 2));
    let first = upload(&sandbox, &bundle, &proxy.url(), &[]).spawn();
    let mut first = first.expect("run amikit");
    proxy.wait_until(|all| all.iter().any(|one| one.path.contains("part.01")));
    let before = proxy.passed().len();

    let second = upload(&sandbox, &bundle, &server.url(), &[]).output();

    let second = Outcome::of(second.expect("run amikit"));
    second.failed(1, "bundle/golden.manifest.xml");
    let lines: Vec<_> = second.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "an error and its hint: {lines:?}");
    assert!(lines[1].contains("wait until it has ended"), "{lines:?}");
    assert_eq!(proxy.passed().len(), before, "it asked for nothing");
    assert!(first.wait().expect("wait for amikit").success());
    assert_eq!(server.objects("images"), digests(&bundle.folder));
    let again = upload(&sandbox, &bundle, &server.url(), &[]).output();
    Outcome::of(again.expect("run amikit")).succeeded();
}

#[test]
fn a_service_path_and_version_2_go_together() {
    let sandbox = Sandbox::new("walrus-path");
    let server = S3Server::start(&sandbox);
    let proxy = FaultProxy::start(server.address());
    proxy.serve_below("/services/Walrus");
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(1));
    let bundle = sandbox.bundle(&image, "bundle", &[]);

    let run = upload(&sandbox, &bundle, &proxy.url(), &["--signature", "v2"]).output();

    Outcome::of(run.expect("run amikit")).succeeded();
    assert_eq!(server.objects("images"), digests(&bundle.folder));
    let passed = proxy.passed();
    assert!(
        passed
            .iter()
            .all(|one| one.path.starts_with("/services/Walrus/images"))
    );
}
