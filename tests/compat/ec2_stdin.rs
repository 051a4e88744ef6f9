//! A dash in place of an id or a file, which stands for stdin.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::ec2_server::Ec2Server;
use crate::support::key;
use crate::support::sandbox::{Outcome, Sandbox};

/// Runs a command that reads `input`.
fn run(server: &Ec2Server, sandbox: &Sandbox, line: &str, input: &[u8]) -> Outcome {
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_amikit"));
    command
        .args(line.split(' '))
        .envs(server.environment())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("start amikit");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input).expect("write to amikit");
    drop(stdin);
    Outcome::of(child.wait_with_output().expect("wait for amikit"))
}

#[test]
fn one_volume_or_snapshot_is_read_from_stdin() {
    let sandbox = Sandbox::new("compat-stdin-one");
    for (line, action, case, parameter) in [
        ("ec2-delete-volume -", "DeleteVolume", "done", "VolumeId"),
        (
            "ec2-attach-volume - -i i-1A2B3C4D -d /dev/sdf",
            "AttachVolume",
            "attaching",
            "VolumeId",
        ),
        ("ec2addsnap -", "CreateSnapshot", "eucalyptus", "VolumeId"),
        ("ec2delsnap -", "DeleteSnapshot", "done", "SnapshotId"),
        (
            "ec2msnapatt - -c -a all",
            "ModifySnapshotAttribute",
            "done",
            "SnapshotId",
        ),
        (
            "ec2rsnapatt - -c",
            "ResetSnapshotAttribute",
            "done",
            "SnapshotId",
        ),
    ] {
        let server = Ec2Server::answering(&[(action, case)]);

        let many = run(&server, &sandbox, line, b"one-1 two-2");
        let none = run(&server, &sandbox, line, b"\n");
        run(&server, &sandbox, line, b"some-1A2B3C4D\n").succeeded();

        many.failed(1, "stdin has 2 words: expected one id");
        none.failed(1, "stdin is empty");
        assert_eq!(server.request(action)[parameter], "some-1A2B3C4D", "{line}");
    }
}

#[test]
fn a_public_key_is_read_from_stdin_and_a_private_one_refused() {
    let sandbox = Sandbox::new("compat-stdin-key");
    let server = Ec2Server::answering(&[("ImportKeyPair", "aws")]);
    let private = std::fs::read(key("ec2-user.pem")).expect("a key");
    let public = "ssh-ed25519 \
        AAAAC3NzaC1lZDI1NTE5AAAAIGY0bT6IcZNTCrW6AVfcXr43Bi3bJrTY8EXjWyv8kc6k me@laptop\n";

    let refused = run(&server, &sandbox, "euca-import-keypair me -f -", &private);
    let taken = run(
        &server,
        &sandbox,
        "euca-import-keypair me -f -",
        public.as_bytes(),
    );

    refused.failed(1, "/dev/stdin holds a private key");
    taken.succeeded();
    let sent = server.request("ImportKeyPair");
    assert!(sent["PublicKeyMaterial"].starts_with("c3NoLWVkMjU1MTkgQUFBQUMz"));
}
