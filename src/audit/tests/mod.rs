//! Every rule over a real filesystem, what must not be taken for a finding, and what is hostile.

mod hostile;
mod places;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::rules;
use super::*;
use crate::progress::Silent;

/// Lines that make a text longer than the smallest key.
const BODY: &str = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDd\nabcdefgh\n";

/// A private key, put together here so that no scanner takes this file for a leak.
fn pem(kind: &str) -> String {
    format!("-----BEGIN {kind} KEY-----\n{BODY}-----END {kind} KEY-----\n")
}

/// A folder, and an ext4 image of what is in it.
struct Made {
    folder: TempDir,
}

impl Made {
    fn new(files: &[(&str, &str)]) -> Self {
        let made = Self {
            folder: TempDir::new().unwrap(),
        };
        fs::create_dir(made.folder.path().join("tree")).unwrap();
        for (path, content) in files {
            made.write(path, content.as_bytes());
        }
        made
    }

    fn write(&self, path: &str, content: &[u8]) {
        let path = self
            .folder
            .path()
            .join("tree")
            .join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn link(&self, path: &str, target: &str) {
        let path = self
            .folder
            .path()
            .join("tree")
            .join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    /// The image's bytes: a filesystem of so many KiB.
    fn bytes(&self, options: &[&str], kib: u32) -> Vec<u8> {
        let image = self.folder.path().join("image");
        let made = Command::new("mke2fs")
            .args(["-q", "-q", "-F", "-d"])
            .arg(self.folder.path().join("tree"))
            .args(options)
            .arg(&image)
            .arg(kib.to_string())
            .stdout(std::process::Stdio::null())
            .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin")
            .status()
            .expect("run mke2fs (package e2fsprogs)");
        assert!(made.success(), "mke2fs: {made}");
        fs::read(image).unwrap()
    }

    fn audited(&self) -> AuditReport {
        self.bytes(&["-t", "ext4"], 16 << 10);
        audited(&self.folder.path().join("image"), &AuditOptions::default())
    }
}

fn audited(image: &Path, options: &AuditOptions) -> AuditReport {
    audit(image, options, &Silent).unwrap()
}

/// The audit of an image with these bytes.
fn audited_bytes(bytes: &[u8]) -> AuditReport {
    let folder = TempDir::new().unwrap();
    let image = folder.path().join("image");
    fs::write(&image, bytes).unwrap();
    audited(&image, &AuditOptions::default())
}

fn paths(report: &AuditReport) -> Vec<&str> {
    report
        .findings
        .iter()
        .filter_map(|f| f.path.as_deref())
        .collect()
}

/// The pattern with names in the place of its stars; other names for another number.
fn example(place: &str, number: usize) -> String {
    let place = place
        .replace('~', "/home/alice")
        .replace("/**/", "/deep/down/");
    place.replace('*', &format!("x{number}"))
}

/// What makes the evidence of a rule hold.
fn proof(evidence: Evidence) -> Vec<u8> {
    match evidence {
        Evidence::NotEmpty | Evidence::Gathered(_) => b"something\n".to_vec(),
        Evidence::PrivateKey | Evidence::SmallKey => pem("EC PRIVATE").into_bytes(),
        Evidence::KeyStore => {
            let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 1];
            [&[0x30, 0x82, 1, 0, 2, 1, 3][..], &oid].concat()
        }
        Evidence::Setting(names) => format!("{} = x7Yz\n", names[0]).into_bytes(),
        Evidence::Passwords => b"root:$6$saltsalt$q7Wz9Yh2:1::::::\n".to_vec(),
        Evidence::LockedPasswords => b"root:!$6$saltsalt$q7Wz9Yh2:1::::::\n".to_vec(),
        Evidence::AuthorizedKeys => b"ssh-ed25519 AAAAC3Nz alice@laptop\n".to_vec(),
        Evidence::MachineId => b"7f1c3b0e6d5a4c2b9e8f7a6b5c4d3e2f\n".to_vec(),
        Evidence::AccessKey => format!(
            "id {} key {}\n",
            ["AKIA", "QWERTYUIOPASDFGH"].concat(),
            "aB3/".repeat(10)
        )
        .into(),
        Evidence::UsedSwap => {
            let mut swap = vec![0; 8192];
            swap[4086..4096].copy_from_slice(b"SWAPSPACE2");
            swap[5000] = 1;
            swap
        }
    }
}

/// Each rule has a filesystem of its own, with a file in every one of its places: so no other rule
/// takes its files, and none is left over.
#[test]
fn every_rule_finds_what_it_is_for() {
    for (index, rule) in rules::all() {
        let made = Made::new(&[("/etc/hostname", "x\n")]);
        for (number, place) in rule.places.iter().enumerate() {
            made.write(&example(place, number), &proof(rule.evidence));
        }

        let report = made.audited();

        let gathered = matches!(rule.evidence, Evidence::Gathered(_));
        let expected = if gathered { 1 } else { rule.places.len() };
        let of_rule = |f: &&Finding| {
            (f.kind, f.severity, f.remedy) == (rule.kind, rule.severity, rule.remedy)
        };
        assert_eq!(
            report.findings.iter().filter(of_rule).count(),
            expected,
            "rule {index}: {report:#?}"
        );
        assert_eq!(report.findings.len(), expected, "rule {index}: {report:#?}");
        assert!(report.is_complete(), "{report:#?}");
    }
}

/// What a distribution ships, and what looks like a secret and is none.
#[test]
fn a_clean_image_has_no_findings() {
    let made = Made::new(&[
        ("/etc/hostname", "x\n"),
        ("/etc/machine-id", ""),
        ("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\n"),
        (
            "/etc/shadow",
            "root:*:19000:0:99999:7:::\nubuntu:!:19000::::::\n",
        ),
        ("/etc/ssh/sshd_config", "PermitRootLogin no\n"),
        ("/etc/ssh/ssh_host_rsa_key.pub", "ssh-rsa AAAA root@x\n"),
        (
            "/etc/ssl/certs/ca.pem",
            "-----BEGIN CERTIFICATE-----\nMII\n",
        ),
        (
            "/etc/boto.cfg",
            "[Credentials]\n# aws_secret_access_key = <yours>\n",
        ),
        ("/etc/apt/trusted.gpg.d/x.gpg", "\u{1}public\n"),
        ("/etc/sudoers", "Defaults env_reset\n"),
        ("/root/.bashrc", "HISTSIZE=1000\n"),
        ("/root/.bash_history", "\n"),
        ("/root/.ssh/authorized_keys", ""),
        (
            "/home/alice/.docker/config.json",
            "{\"auths\": {}, \"credsStore\": \"pass\"}",
        ),
        ("/home/alice/.aws/config", "[default]\nregion = eu-west-1\n"),
        (
            "/home/alice/.npmrc",
            "registry=https://registry.npmjs.org/\n",
        ),
        (
            "/home/alice/notes",
            "the id AKIAIOSFODNN7EXAMPLE is an example\n",
        ),
        ("/var/log/wtmp", ""),
        ("/usr/share/doc/ssh/key.pem", &pem("RSA PRIVATE")),
    ]);
    made.link("/root/.zsh_history", "/dev/null");

    let report = made.audited();

    assert_eq!(report.findings, []);
    assert_eq!(report.not_looked_into, []);
    assert_eq!(report.verdict(), Verdict::Clean);
    assert_eq!(report.looked_into[0].mounted_on.as_deref(), Some("/"));
}

#[test]
fn the_distributions_own_key_is_a_notice() {
    let key = pem("PRIVATE");
    let made = Made::new(&[("/etc/ssl/private/ssl-cert-snakeoil.key", &key)]);

    let report = made.audited();

    assert_eq!(report.verdict(), Verdict::Notices);
    assert_eq!(report.findings[0].kind, FindingKind::KnownKey);
    assert_eq!(report.findings.len(), 1);
}

#[test]
fn no_secret_is_repeated() {
    let made = Made::new(&[]);
    let mut secrets = BTreeSet::new();
    for (_, rule) in rules::all() {
        let content = proof(rule.evidence);
        for word in String::from_utf8_lossy(&content).split([' ', '\n', ':', '$']) {
            let public = ["something", "root", "alice@laptop", "ssh-ed25519"].contains(&word);
            if word.len() > 3 && !public {
                secrets.insert(word.to_owned());
            }
        }
        made.write(&example(rule.places[0], 0), &content);
    }

    let report = made.audited();

    let told: Vec<&str> = report.findings.iter().map(|f| f.detail.as_str()).collect();
    let told = told.join("\n");
    assert!(report.findings.len() > 20, "{told}");
    for secret in secrets.iter().filter(|secret| secret.as_str() != "PRIVATE") {
        let is_setting_name = told.contains(&format!("{secret} has a value"));
        assert!(
            is_setting_name || !told.contains(secret.as_str()),
            "{secret}: {told}"
        );
    }
}
