//! `amikit audit-image`: what a person and a program are told about images good, bad and hostile.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use amikit::audit::RULES;
use amikit::units::Bytes;
use serde_json::Value;

use crate::support::sandbox::{Outcome, Sandbox};
use crate::support::{fixture, image, key};

/// Longest time that an image of some MiB may take.
const LONGEST: Duration = Duration::from_secs(30);

/// A root file system with what careless people leave behind.
fn dirty(sandbox: &Sandbox) -> PathBuf {
    let tree = tree(sandbox);
    let user_key = fs::read_to_string(key("euca-user.pem")).expect("read a key");
    let files: [(&str, &str); 8] = [
        (
            "etc/shadow",
            "root:$6$salt$hash:19000:0:99999:7:::\nbin:*:1::::::\n",
        ),
        ("etc/ssh/ssh_host_ed25519_key", "a key of the server\n"),
        ("etc/ssl/private/ssl-cert-snakeoil.key", &user_key),
        ("etc/machine-id", "7f1c3b0e6d5a4c2b9e8f7a6b5c4d3e2f\n"),
        (
            "root/.ssh/authorized_keys",
            "ssh-ed25519 AAAAC3NzaC1 alice@laptop\n",
        ),
        ("home/alice/.ssh/id_rsa", &user_key),
        ("home/alice/.bash_history", "mysql -psecret\nls\n"),
        ("var/log/messages", "booted\n"),
    ];
    for (path, content) in files {
        put(&tree, path, content);
    }
    image::ext4(&sandbox.path("dirty.img"), Bytes::mib(8), &tree)
}

/// A root file system as a distribution publishes it.
fn clean(sandbox: &Sandbox) -> PathBuf {
    let tree = tree(sandbox);
    image::ext4(&sandbox.path("clean.img"), Bytes::mib(8), &tree)
}

fn tree(sandbox: &Sandbox) -> PathBuf {
    let tree = sandbox.folder("tree");
    put(
        &tree,
        "etc/os-release",
        "PRETTY_NAME=\"Example Linux 12\"\nID=example\n",
    );
    put(&tree, "etc/shadow", "root:*:19000:0:99999:7:::\n");
    put(&tree, "etc/machine-id", "");
    tree
}

fn put(tree: &Path, path: &str, content: &str) {
    let path = tree.join(path);
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("make a folder");
    fs::write(path, content).expect("write a file");
}

fn audit(sandbox: &Sandbox, image: &Path, options: &[&str]) -> Outcome {
    let image = image.file_name().expect("an image has a name");
    let arguments = ["audit-image".as_ref(), image];
    sandbox.run(
        arguments
            .into_iter()
            .chain(options.iter().map(AsRef::as_ref)),
    )
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_slice(&outcome.stdout).expect("the report is JSON")
}

/// Unpacks an image of the fixtures into the sandbox.
fn unpacked(sandbox: &Sandbox, name: &str) -> PathBuf {
    let packed = fixture("images").join(format!("{name}.img.gz"));
    let packed = fs::read(packed).expect("read a fixture");
    let mut content = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(packed.as_slice());
    std::io::Read::read_to_end(&mut reader, &mut content).expect("unpack a fixture");
    let path = sandbox.path(&format!("{name}.img"));
    fs::write(&path, content).expect("write an image");
    path
}

const DIRTY: &str = "\
dirty.img (8 MiB): 5 dangers, 3 notices

danger: private keys of the SSH server
  /etc/ssh/ssh_host_ed25519_key: 1 line
  -> delete it with its .pub: the first start makes new ones (ssh-keygen -A)

danger: private SSH keys of users
  /home/alice/.ssh/id_rsa: an RSA private key, not encrypted
  -> delete it, and replace the key wherever it is trusted

danger: SSH keys that may log in
  /root/.ssh/authorized_keys: 1 key: alice@laptop
  -> delete it: cloud-init puts in the key that an instance is started with

danger: accounts with a password
  /etc/shadow: a password opens root
  -> lock the accounts and remove the passwords: usermod --password '*' USER

danger: histories of shells
  /home/alice/.bash_history: 2 lines
  -> delete it; change every password that was typed there

notice: private keys that are no secret, or should not be
  /etc/ssl/private/ssl-cert-snakeoil.key: an RSA private key, not encrypted
  -> delete it with its certificate: make-ssl-cert generate-default-snakeoil makes new ones

notice: identity of the machine
  /etc/machine-id: set, so that all instances are the same machine
  -> make /etc/machine-id an empty file, and delete dbus' copy: the first start makes a new one

notice: logs
  /var/log: 1 file, 7 B
  -> empty or delete the logs

looked into:
  ext4, mounted on /, Example Linux 12
";

#[test]
fn a_dirty_image_is_told_by_severity_with_what_to_do() {
    let sandbox = Sandbox::new("audit-dirty");
    let image = dirty(&sandbox);
    let before = fs::read(&image).expect("read the image");

    let outcome = audit(&sandbox, &image, &[]);

    outcome.failed(4, "");
    assert_eq!(outcome.stderr, "");
    let page = String::from_utf8(outcome.stdout).expect("the page is UTF-8");
    assert_eq!(page, DIRTY);
    assert!(
        fs::read(&image).expect("read the image") == before,
        "changed"
    );
}

#[test]
fn programs_get_every_finding_and_no_secret() {
    let sandbox = Sandbox::new("audit-json");
    let outcome = audit(&sandbox, &dirty(&sandbox), &["--output", "json"]);

    outcome.failed(4, "");
    let report = json(&outcome);
    assert_eq!(report["verdict"], "danger");
    let findings = report["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), 8);
    assert_eq!(findings[0]["kind"], "ssh-host-key");
    assert_eq!(findings[0]["severity"], "danger");
    assert_eq!(findings[0]["partition"], Value::Null);
    assert_eq!(findings[0]["path"], "/etc/ssh/ssh_host_ed25519_key");
    assert_eq!(report["looked_into"][0]["system"], "Example Linux 12");
    let text = String::from_utf8_lossy(&outcome.stdout);
    for secret in ["$6$", "psecret", "AAAAC3", "BEGIN", "7f1c3b0e"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[test]
fn a_clean_image_passes_even_strictly() {
    let sandbox = Sandbox::new("audit-clean");
    let image = clean(&sandbox);

    let outcome = audit(&sandbox, &image, &["--strict"]);

    outcome.succeeded();
    assert_eq!(
        String::from_utf8_lossy(&outcome.stdout),
        "clean.img (8 MiB): nothing found\n\nlooked into:\n  ext4, mounted on /, Example Linux 12\n"
    );
}

#[test]
fn notices_fail_strict_audits_only() {
    let sandbox = Sandbox::new("audit-notice");
    let tree = tree(&sandbox);
    put(&tree, "var/log/messages", "booted\n");
    let image = image::ext4(&sandbox.path("disk.img"), Bytes::mib(8), &tree);

    audit(&sandbox, &image, &[]).succeeded();
    audit(&sandbox, &image, &["--strict"]).failed(4, "");
}

#[test]
fn both_kinds_of_partition_table_are_looked_into() {
    let sandbox = Sandbox::new("audit-tables");
    let tree = sandbox.folder("small");
    put(&tree, "etc/hostname", "x\n");
    put(&tree, "root/.bash_history", "ls\n");
    let root = image::ext4(&sandbox.path("root.img"), Bytes::mib(1), &tree);
    let root = fs::read(root).expect("read a file system");
    for (name, start, partition) in [("gpt-two", 2 << 20, 2), ("mbr-one", 1 << 20, 1)] {
        let disk = unpacked(&sandbox, name);
        let mut content = fs::read(&disk).expect("read a disk");
        content[start..start + root.len()].copy_from_slice(&root);
        fs::write(&disk, content).expect("write a disk");

        let outcome = audit(&sandbox, &disk, &["--output", "json"]);

        outcome.failed(4, "");
        let report = json(&outcome);
        assert_eq!(report["findings"][0]["partition"], partition, "{report}");
        assert_eq!(report["findings"][0]["path"], "/root/.bash_history");
    }
}

#[test]
fn what_cannot_be_looked_into_is_never_passed_over() {
    let sandbox = Sandbox::new("audit-unseen");
    for (name, word) in [("xfs-head", "it is xfs"), ("btrfs-head", "it is btrfs")] {
        let disk = unpacked(&sandbox, name);

        let outcome = audit(&sandbox, &disk, &[]);

        outcome.failed(1, &format!("not all of {name}.img was looked into"));
        outcome.failed(1, "hint: look yourself");
        assert!(String::from_utf8_lossy(&outcome.stdout).contains(word));
    }
    let qcow2 = sandbox.path("disk.qcow2");
    fs::write(&qcow2, b"QFI\xfb\0\0\0\x03").expect("write an image");
    let outcome = audit(&sandbox, &qcow2, &["--output", "json"]);
    outcome.failed(1, "not all of");
    assert_eq!(json(&outcome)["verdict"], "incomplete");
}

#[test]
fn damaged_and_cut_off_images_end_soon_and_are_not_clean() {
    let sandbox = Sandbox::new("audit-hostile");
    let whole = fs::read(dirty(&sandbox)).expect("read an image");
    for cut in [2048, 5000, 40_000, 300_000] {
        let image = sandbox.path("cut.img");
        fs::write(&image, &whole[..cut]).expect("write an image");
        let started = Instant::now();

        let outcome = audit(&sandbox, &image, &[]);

        assert!(started.elapsed() < LONGEST, "{cut}");
        assert!(
            matches!(outcome.status, Some(1 | 4)),
            "{cut}: {}",
            outcome.stderr
        );
        assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    }
    for step in [37, 4099] {
        let mut bad = whole.clone();
        for at in (4096..1 << 20).step_by(step) {
            bad[at] ^= 0x55;
        }
        let image = sandbox.path("bad.img");
        fs::write(&image, bad).expect("write an image");
        let started = Instant::now();

        let outcome = audit(&sandbox, &image, &[]);

        assert!(started.elapsed() < LONGEST, "{step}");
        assert!(
            matches!(outcome.status, Some(1 | 4)),
            "{step}: {}",
            outcome.stderr
        );
    }
}

#[test]
fn what_is_no_image_is_refused() {
    let sandbox = Sandbox::new("audit-refused");

    sandbox
        .run(["audit-image", "."])
        .failed(1, "is a directory");
    sandbox
        .run(["audit-image", "none.img"])
        .failed(1, "cannot open image none.img");
    sandbox
        .run(["audit-image", "/dev/null"])
        .failed(1, "a character device");
    sandbox.run(["audit-image"]).failed(2, "IMAGE");
}

#[test]
fn the_manual_has_every_rule() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit.md");
    let manual = fs::read_to_string(&path).expect("read docs/audit.md");
    let marker = "<!-- rules -->\n";
    let (before, table) = manual.split_once(marker).expect("a place for the table");
    let made = rules();
    if std::env::var_os("AMIKIT_BLESS").is_some() {
        fs::write(&path, format!("{before}{marker}{made}")).expect("write the manual");
        return;
    }

    assert!(
        table == made,
        "docs/audit.md is not up to date: make bless\n{made}"
    );
}

/// The rules as a table.
fn rules() -> String {
    let mut table =
        String::from("| | finding | where | if | what to do |\n|---|---|---|---|---|\n");
    for rule in RULES.iter().copied().flatten() {
        let places: Vec<String> = rule
            .places
            .iter()
            .map(|place| format!("`{place}`"))
            .collect();
        writeln!(
            table,
            "| {} | `{}` | {} | {} | {} |",
            rule.severity,
            rule.kind.name(),
            places.join(" "),
            rule.evidence,
            rule.remedy,
        )
        .expect("write to a string");
    }
    table
}
