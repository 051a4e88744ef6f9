//! Key pairs on moto: keys that ssh can use, and fingerprints that others compute, too.

use std::process::Command;

use crate::support::peers::Moto;
use crate::support::sandbox::{Outcome, Sandbox};

fn json(outcome: &Outcome) -> serde_json::Value {
    serde_json::from_slice(&outcome.succeeded().stdout).expect("JSON")
}

/// What a shell line prints in the sandbox, without the line end.
#[track_caller]
fn shell(sandbox: &Sandbox, line: &str) -> String {
    let outcome = sandbox.command("sh").args(["-c", line]).output();
    let outcome = Outcome::of(outcome.expect("run a shell"));
    let text = String::from_utf8(outcome.succeeded().stdout.clone()).expect("text");
    text.trim_end().to_owned()
}

fn keygen(sandbox: &Sandbox, kind: &str, file: &str) {
    let mut command: Command = sandbox.command("ssh-keygen");
    command.args([
        "-q", "-t", kind, "-b", "2048", "-N", "", "-C", "me", "-f", file,
    ]);
    assert!(command.status().expect("run ssh-keygen").success());
}

/// The fingerprint of an algorithm that `fingerprint-key` prints, the first of it.
fn fingerprint(sandbox: &Sandbox, file: &str, algorithm: &str) -> String {
    let found = json(&sandbox.run(["fingerprint-key", file, "--output", "json"]));
    let mut all = found["fingerprints"].as_array().expect("a list").iter();
    let one = all
        .find(|one| one["algorithm"] == algorithm)
        .expect("such a fingerprint");
    one["fingerprint"].as_str().expect("text").to_owned()
}

#[test]
fn the_file_of_a_new_key_is_one_that_ssh_takes() {
    let sandbox = Sandbox::new("ec2-create-keypair");
    let moto = Moto::start(&sandbox);

    for kind in ["rsa", "ed25519"] {
        let file = format!("{kind}.pem");
        let line = ["create-keypair", kind, "-f", &file, "--key-type", kind];
        moto.run(&sandbox, &line).succeeded();

        let public = shell(&sandbox, &format!("ssh-keygen -y -f {file}"));

        let line = [
            "describe-keypairs",
            kind,
            "--include-public-key",
            "--output",
            "json",
        ];
        let found = json(&moto.run(&sandbox, &line));
        let known = found["key_pairs"][0]["public_key"].as_str().unwrap();
        assert!(
            known.trim().starts_with(&*public),
            "{known} is not {public}"
        );
    }
    let again = moto.run(&sandbox, &["euca-create-keypair", "rsa", "-f", "rsa.pem"]);
    again.failed(1, "InvalidKeyPair.Duplicate");
}

#[test]
fn the_older_names_of_create_keypair_make_keys_too() {
    let sandbox = Sandbox::new("ec2-add-keypair");
    let moto = Moto::start(&sandbox);

    moto.run(&sandbox, &["add-keypair", "one", "-f", "one.pem"])
        .succeeded();
    moto.run(&sandbox, &["euca-add-keypair", "two", "-f", "two.pem"])
        .succeeded();
    let printed = moto.run(&sandbox, &["ec2addkey", "three"]);

    let text = String::from_utf8_lossy(&printed.succeeded().stdout).into_owned();
    let (line, key) = text.split_once('\n').expect("a line and a key");
    assert!(line.starts_with("KEYPAIR\tthree\t"), "{line}");
    std::fs::write(sandbox.path("three.pem"), key).expect("write a key");
    shell(&sandbox, "chmod 600 three.pem");
    for file in ["one.pem", "two.pem", "three.pem"] {
        let public = shell(&sandbox, &format!("ssh-keygen -y -f {file}"));
        assert!(public.starts_with("ssh-rsa "), "{public}");
    }
}

#[test]
fn fingerprints_are_openssl_s_and_ssh_keygen_s() {
    let sandbox = Sandbox::new("ec2-fingerprints");
    keygen(&sandbox, "rsa", "rsa");
    keygen(&sandbox, "ed25519", "ed");
    shell(
        &sandbox,
        "cp rsa rsa.pem; ssh-keygen -q -p -m PEM -N '' -f rsa.pem",
    );
    shell(
        &sandbox,
        "openssl pkcs8 -topk8 -nocrypt -in rsa.pem -out rsa.p8",
    );
    shell(&sandbox, "openssl rsa -in rsa.pem -pubout -out rsa.spki");
    shell(
        &sandbox,
        "ssh-keygen -e -m RFC4716 -f rsa > rsa.4716; ssh-keygen -e -m PEM -f rsa > rsa.pkcs1",
    );
    shell(&sandbox, "ssh-keygen -q -t rsa -N secret -f locked");

    let sha1 = "openssl pkcs8 -topk8 -nocrypt -in rsa.pem -outform DER | openssl sha1 -c";
    let sha1 = shell(&sandbox, sha1);
    let md5 = shell(
        &sandbox,
        "openssl rsa -in rsa.pem -pubout -outform DER | openssl md5 -c",
    );
    let ssh = |file: &str| {
        let line = shell(&sandbox, &format!("ssh-keygen -l -f {file}"));
        line.split(' ').nth(1).unwrap().to_owned()
    };

    for file in ["rsa.pem", "rsa.p8"] {
        assert!(
            sha1.ends_with(&fingerprint(&sandbox, file, "sha1")),
            "{file}: {sha1}"
        );
    }
    let forms = [
        "rsa",
        "rsa.pub",
        "rsa.pem",
        "rsa.p8",
        "rsa.spki",
        "rsa.4716",
        "rsa.pkcs1",
    ];
    for file in forms {
        assert!(
            md5.ends_with(&fingerprint(&sandbox, file, "md5")),
            "{file}: {md5}"
        );
        assert_eq!(
            fingerprint(&sandbox, file, "sha256"),
            ssh("rsa.pub"),
            "{file}"
        );
    }
    for file in ["ed", "ed.pub"] {
        let padded = fingerprint(&sandbox, file, "sha256");
        assert_eq!(
            format!("SHA256:{}", padded.trim_end_matches('=')),
            ssh("ed.pub"),
            "{file}"
        );
    }
    assert_eq!(fingerprint(&sandbox, "locked", "sha256"), ssh("locked.pub"));
}

#[test]
fn an_imported_key_has_the_fingerprint_that_was_computed() {
    let sandbox = Sandbox::new("ec2-import-keypair");
    let moto = Moto::start(&sandbox);
    keygen(&sandbox, "rsa", "rsa");
    shell(&sandbox, "ssh-keygen -e -m PKCS8 -f rsa > rsa.spki");

    for (name, file) in [("line", "rsa.pub"), ("pem", "rsa.spki")] {
        let line = ["import-keypair", name, "-f", file, "--tag", "Team=web"];
        moto.run(&sandbox, &line).succeeded();

        let line = ["describe-keypairs", name, "--output", "json"];
        let found = json(&moto.run(&sandbox, &line));
        let known = &found["key_pairs"][0];
        assert_eq!(known["key_fingerprint"], fingerprint(&sandbox, file, "md5"));
        assert_eq!(known["tags"][0]["value"], "web");
    }
    moto.run(&sandbox, &["import-keypair", "x", "-f", "rsa"])
        .failed(6, "holds a private key");
}

#[test]
fn deleted_key_pairs_are_gone() {
    let sandbox = Sandbox::new("ec2-delete-keypair");
    let moto = Moto::start(&sandbox);
    for name in ["one", "two", "three"] {
        moto.run(&sandbox, &["ec2-create-keypair", name])
            .succeeded();
    }

    moto.run(&sandbox, &["delete-keypair", "one", "two"])
        .succeeded();

    let left = moto.run(&sandbox, &["ec2dkey"]);
    let text = String::from_utf8_lossy(&left.succeeded().stdout).into_owned();
    assert!(text.starts_with("KEYPAIR\tthree\t"), "{text}");
    assert_eq!(text.lines().count(), 1);
}
