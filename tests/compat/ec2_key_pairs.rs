//! Key pairs under every name: what is printed, column by column, and what becomes of the key.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::ec2_server::{Answer, Ec2Server, assert_golden};
use crate::support::sandbox::{Outcome, Sandbox};

const PUBLIC_KEY: &str = "ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAIGY0bT6IcZNTCrW6AVfcXr43Bi3bJrTY8EXjWyv8kc6k me@laptop\n";

#[test]
fn new_key_pairs_are_a_line_and_the_private_key() {
    let sandbox = Sandbox::new("compat-create-keypair");

    for case in ["eucalyptus", "aws"] {
        let server = Ec2Server::answering(&[("CreateKeyPair", case)]);
        for name in [
            "euca-create-keypair",
            "euca-add-keypair",
            "ec2-create-keypair",
            "ec2-add-keypair",
            "ec2addkey",
            "create-keypair",
            "add-keypair",
        ] {
            assert_golden(name, case, &server.run(&sandbox, &[name, "web"]));
        }
        let line = ["create-keypair", "web", "--output", "json"];
        let run = server.run(&sandbox, &line);
        assert_golden("create-keypair", &format!("{case}-json"), &run);
    }
}

#[test]
fn a_private_key_in_a_file_is_its_owner_s_alone_and_not_printed() {
    let sandbox = Sandbox::new("compat-keypair-file");
    let server = Ec2Server::answering(&[("CreateKeyPair", "aws")]);
    let file = sandbox.path("web.pem");

    let run = server.run(&sandbox, &["euca-create-keypair", "web", "-f", "web.pem"]);

    assert_golden("euca-create-keypair", "file", &run);
    let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"),
        "{text}"
    );
    assert!(text.ends_with("-----END RSA PRIVATE KEY-----\n"), "{text}");
    let json = [
        "create-keypair",
        "web",
        "-f",
        "web.pem",
        "--force",
        "--output",
        "json",
    ];
    let run = server.run(&sandbox, &json);
    assert_golden("create-keypair", "file-json", &run);
    let request = server.requests().pop().unwrap();
    assert_eq!(request["KeyName"], "web");
}

#[test]
fn no_key_is_asked_for_where_its_file_cannot_be_written() {
    let sandbox = Sandbox::new("compat-keypair-no-place");
    let server = Ec2Server::answering(&[("CreateKeyPair", "aws")]);
    fs::write(sandbox.path("there"), "precious").unwrap();

    let there = server.run(&sandbox, &["create-keypair", "web", "-f", "there"]);
    let nowhere = server.run(&sandbox, &["create-keypair", "web", "-f", "no/where.pem"]);
    let folder = server.run(&sandbox, &["euca-create-keypair", "web", "-f", "home"]);

    there.failed(1, "there exists");
    nowhere.failed(1, "no is not a directory that can be written to");
    folder.failed(1, "home exists");
    assert!(server.requests().is_empty());
    assert_eq!(
        fs::read_to_string(sandbox.path("there")).unwrap(),
        "precious"
    );
}

#[test]
fn a_key_that_cannot_be_written_is_printed() {
    let sandbox = Sandbox::new("compat-keypair-disk-full");
    let server = Ec2Server::answering(&[("CreateKeyPair", "aws")]);
    let mut command = sandbox.command("sh");
    let program = env!("CARGO_BIN_EXE_amikit");
    let line = format!("ulimit -f 0; {program} euca-create-keypair web -f web.pem");
    command.args(["-c", &line]).envs(server.environment());

    let run = Outcome::of(command.output().unwrap());

    run.failed(1, "the private key is on stdout instead");
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(text.contains("-----END RSA PRIVATE KEY-----\n"), "{text}");
    assert!(!run.stderr.contains("PRIVATE KEY-----"), "{}", run.stderr);
    assert!(!sandbox.path("web.pem").exists());
}

#[test]
fn a_refused_key_pair_leaves_no_file() {
    let sandbox = Sandbox::new("compat-keypair-refused");
    let server = Ec2Server::start();
    let refusal = Answer::refusal(
        400,
        "InvalidKeyPair.Duplicate",
        "The keypair already exists",
    );
    server.answer("CreateKeyPair", refusal);
    let before = sandbox.listing();

    let run = server.run(&sandbox, &["create-keypair", "web", "-f", "web.pem"]);

    run.failed(3, "InvalidKeyPair.Duplicate");
    assert_eq!(sandbox.listing(), before);
}

#[test]
fn imported_key_pairs_are_lines_of_name_and_fingerprint() {
    let sandbox = Sandbox::new("compat-import-keypair");
    fs::write(sandbox.path("key.pub"), PUBLIC_KEY).unwrap();

    for case in ["eucalyptus", "aws"] {
        let server = Ec2Server::answering(&[("ImportKeyPair", case)]);
        for name in [
            "euca-import-keypair",
            "ec2-import-keypair",
            "ec2ikey",
            "import-keypair",
        ] {
            let run = server.run(&sandbox, &[name, "laptop", "-f", "key.pub"]);
            assert_golden(name, case, &run);
        }
        for form in ["json", "tsv"] {
            let line = [
                "import-keypair",
                "laptop",
                "-f",
                "key.pub",
                "--output",
                form,
            ];
            let run = server.run(&sandbox, &line);
            assert_golden("import-keypair", &format!("{case}-{form}"), &run);
        }
        let request = server.requests().pop().unwrap();
        assert!(request["PublicKeyMaterial"].starts_with("c3NoLWVkMjU1MTkgQUFBQUMz"));
    }
}

#[test]
fn private_keys_are_not_imported() {
    let sandbox = Sandbox::new("compat-import-private");
    let server = Ec2Server::answering(&[("ImportKeyPair", "aws")]);
    let key = format!(
        "{}/fixtures/keys/THROWAWAY-euca-user.pem",
        env!("CARGO_MANIFEST_DIR")
    );

    let run = server.run(&sandbox, &["import-keypair", "laptop", "-f", &key]);

    run.failed(6, "holds a private key, expected the public one");
    assert!(server.requests().is_empty());
}

#[test]
fn deleted_key_pairs_are_lines_of_their_names() {
    let sandbox = Sandbox::new("compat-delete-keypair");

    for case in ["eucalyptus", "aws"] {
        let server = Ec2Server::answering(&[("DeleteKeyPair", case)]);
        for name in [
            "euca-delete-keypair",
            "ec2-delete-keypair",
            "ec2delkey",
            "delete-keypair",
        ] {
            assert_golden(name, case, &server.run(&sandbox, &[name, "web"]));
        }
    }
    let server = Ec2Server::answering(&[("DeleteKeyPair", "aws")]);
    for form in ["table", "json", "tsv"] {
        let line = ["delete-keypair", "one", "two", "--output", form];
        assert_golden("delete-keypair", form, &server.run(&sandbox, &line));
    }
}

#[test]
fn key_pairs_are_lines_of_name_and_fingerprint() {
    let sandbox = Sandbox::new("compat-describe-keypairs");

    for case in ["eucalyptus", "aws"] {
        let server = Ec2Server::answering(&[("DescribeKeyPairs", case)]);
        for name in ["euca-describe-keypairs", "ec2-describe-keypairs", "ec2dkey"] {
            assert_golden(name, case, &server.run(&sandbox, &[name]));
            let nil = server.run(&sandbox, &[name, "--show-empty-fields"]);
            assert_golden(name, &format!("{case}-nil"), &nil);
        }
        for form in ["table", "json", "tsv"] {
            let run = server.run(&sandbox, &["describe-keypairs", "--output", form]);
            assert_golden("describe-keypairs", &format!("{case}-{form}"), &run);
        }
    }
}

#[test]
fn fingerprints_are_one_line_to_the_old_tools() {
    let sandbox = Sandbox::new("compat-fingerprint");
    let root = env!("CARGO_MANIFEST_DIR");
    let private = format!("{root}/fixtures/keys/THROWAWAY-euca-user.pem");
    fs::write(sandbox.path("key.pub"), PUBLIC_KEY).unwrap();

    for name in ["euca-fingerprint-key", "ec2-fingerprint-key", "ec2fp"] {
        assert_golden(name, "rsa", &sandbox.run([name, &*private]));
        assert_golden(name, "ed25519", &sandbox.run([name, "key.pub"]));
    }
    for form in ["table", "json", "tsv"] {
        let line = ["fingerprint-key", &*private, "--output", form];
        assert_golden(
            "fingerprint-key",
            &format!("rsa-{form}"),
            &sandbox.run(line),
        );
        let line = ["fingerprint-key", "key.pub", "--output", form];
        assert_golden(
            "fingerprint-key",
            &format!("ed25519-{form}"),
            &sandbox.run(line),
        );
    }
}
