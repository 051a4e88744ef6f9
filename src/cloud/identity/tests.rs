use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::*;
use crate::cloud::config::Config;
use crate::crypto::digest::Sha1Digest;
use crate::crypto::rsa::PrivateKey;
use crate::crypto::x509::Certificate;
use crate::units::Timestamp;

/// Randomness from the system.
pub(super) fn random(bytes: &mut [u8]) {
    let filled = rustix::rand::getrandom(&mut *bytes, rustix::rand::GetRandomFlags::empty());
    assert_eq!(filled.unwrap(), bytes.len());
}

/// The real time: openssl compares certificates with it.
fn now() -> Timestamp {
    let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(i64::try_from(passed.unwrap().as_secs()).unwrap())
}

fn open(data: &Path) -> CloudIdentity {
    open_at(data, now())
}

fn open_at(data: &Path, time: Timestamp) -> CloudIdentity {
    CloudIdentity::open(data, &Config::default(), time, random).unwrap()
}

fn openssl(arguments: &[&str], folder: &Path) -> String {
    let run = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "openssl {arguments:?}: {told}");
    told.into_owned()
}

#[test]
fn a_user_s_pair_is_taken_by_our_readers_and_by_openssl() {
    let pair = user("jo@example.org", "123456789012", now(), random).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("pk.pem"), &*pair.key).unwrap();
    fs::write(folder.path().join("cert.pem"), &pair.certificate).unwrap();

    let key = PrivateKey::from_pem(&pair.key, Path::new("pk"), &|| None).unwrap();
    let certificate = Certificate::from_pem(&pair.certificate, Path::new("cert")).unwrap();

    assert_eq!(key.bits(), 2048);
    assert!(certificate.matches(&key));
    let digest = Sha1Digest::of(b"manifest");
    let signature = key.sign_sha1(&digest).unwrap();
    assert!(certificate.public_key().verify_sha1(&digest, &signature));
    openssl(&["rsa", "-in", "pk.pem", "-check", "-noout"], folder.path());
    let told = openssl(
        &["x509", "-in", "cert.pem", "-noout", "-text"],
        folder.path(),
    );
    for want in [
        "CN = jo@example.org",
        "OU = 123456789012",
        "sha256WithRSAEncryption",
        "(2048 bit)",
    ] {
        assert!(told.contains(want), "{want} in {told}");
    }
    openssl(
        &["verify", "-CAfile", "cert.pem", "cert.pem"],
        folder.path(),
    );
}

#[test]
fn serial_numbers_and_dates_are_the_given_ones() {
    let of = |fill: fn(&mut [u8])| user("a", "1", Timestamp(1_795_242_111), fill).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let pair = of(|bytes| bytes.fill(0xff));
    fs::write(folder.path().join("cert.pem"), &pair.certificate).unwrap();

    let told = openssl(
        &["x509", "-in", "cert.pem", "-noout", "-serial", "-dates"],
        folder.path(),
    );

    assert!(
        told.contains(&format!("serial=7F{}", "FF".repeat(15))),
        "{told}"
    );
    assert!(
        told.contains("notBefore=Nov 20 06:21:51 2026 GMT"),
        "{told}"
    );
    assert!(told.contains("notAfter=Nov 18 06:21:51 2036 GMT"), "{told}");
    let far = user("a", "1", Timestamp(i64::MAX), random);
    assert!(matches!(far, Err(IdentityError::Clock { .. })));
    let nobody = user("a/b", "1", now(), random);
    assert!(matches!(nobody, Err(IdentityError::UserName { .. })));
}

#[test]
fn the_cloud_s_identity_is_made_once_and_private() {
    let data = tempfile::tempdir().unwrap();

    let first = open(data.path());
    let second = open(data.path());

    assert_eq!(first.cloud, second.cloud);
    assert_eq!(first.tls, second.tls);
    assert_eq!(first.tls_authority, second.tls_authority);
    let folder = data.path().join("identity");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(files.len(), 6, "{files:?}");
    assert!(files.iter().all(|file| mode(file) == 0o600));
}

#[test]
fn openssl_trusts_the_server_by_the_authority_under_every_name() {
    let data = tempfile::tempdir().unwrap();
    open(data.path());
    let folder = data.path().join("identity");

    for name in ["localhost", "bucket.s3.localhost", "walrus.localhost"] {
        let line = [
            "verify",
            "-purpose",
            "sslserver",
            "-verify_hostname",
            name,
            "-CAfile",
            "tls-ca.pem",
            "tls-cert.pem",
        ];
        openssl(&line, &folder);
    }
    for address in ["127.0.0.1", "::1"] {
        let line = [
            "verify",
            "-x509_strict",
            "-verify_ip",
            address,
            "-CAfile",
            "tls-ca.pem",
            "tls-cert.pem",
        ];
        openssl(&line, &folder);
    }
}

#[test]
fn the_server_s_certificate_is_renewed_near_its_end_or_for_other_names() {
    let data = tempfile::tempdir().unwrap();
    let start = now();
    let day = |number: i64| Timestamp(start.0 + number * 86_400);
    let first = open_at(data.path(), start);

    assert_eq!(open_at(data.path(), day(366)).tls, first.tls);
    let renewed = open_at(data.path(), day(368));
    assert_ne!(renewed.tls, first.tls);
    assert_eq!(renewed.tls_authority, first.tls_authority);
    assert_eq!(renewed.cloud, first.cloud);

    let mut config = Config::default();
    config.listen.host = Some("cloud.example.org".to_owned());
    let named = CloudIdentity::open(data.path(), &config, day(368), random).unwrap();
    assert_ne!(named.tls, renewed.tls);

    let years = open_at(data.path(), day(3640));
    assert_ne!(years.tls_authority, first.tls_authority);
    assert_eq!(years.cloud, first.cloud);
}

#[test]
fn a_key_without_certificate_gets_one_and_the_reverse_is_told() {
    let data = tempfile::tempdir().unwrap();
    let first = open(data.path());
    let folder = data.path().join("identity");

    fs::remove_file(folder.join("cloud-cert.pem")).unwrap();
    assert_eq!(open(data.path()).cloud.key, first.cloud.key);

    fs::remove_file(folder.join("cloud-pk.pem")).unwrap();
    let error = CloudIdentity::open(data.path(), &Config::default(), now(), random).unwrap_err();
    assert!(matches!(error, IdentityError::KeyMissing { .. }), "{error}");

    let other = user("x", "1", now(), random).unwrap();
    fs::write(folder.join("cloud-pk.pem"), &*other.key).unwrap();
    let error = CloudIdentity::open(data.path(), &Config::default(), now(), random).unwrap_err();
    assert!(matches!(error, IdentityError::Apart { .. }), "{error}");

    fs::write(folder.join("cloud-pk.pem"), "nonsense").unwrap();
    let error = CloudIdentity::open(data.path(), &Config::default(), now(), random).unwrap_err();
    assert!(matches!(error, IdentityError::Damaged { .. }), "{error}");
}

#[test]
fn a_damaged_server_certificate_is_replaced_and_a_given_one_taken() {
    let data = tempfile::tempdir().unwrap();
    let first = open(data.path());
    fs::write(data.path().join("identity/tls-cert.pem"), "nonsense").unwrap();
    let second = open(data.path());
    assert_ne!(first.tls, second.tls);

    let mut config = Config::default();
    config.tls.certificate = Some(data.path().join("identity/cloud-cert.pem"));
    config.tls.private_key = Some(data.path().join("identity/cloud-pk.pem"));
    let given = CloudIdentity::open(data.path(), &config, now(), random).unwrap();
    assert_eq!(given.tls, given.cloud);
    config.tls.private_key = Some(data.path().join("nowhere"));
    let error = CloudIdentity::open(data.path(), &config, now(), random).unwrap_err();
    assert!(matches!(error, IdentityError::Read { .. }), "{error}");
}

#[test]
fn nothing_of_a_pair_is_shown() {
    let pair = user("a", "1", now(), random).unwrap();

    assert_eq!(format!("{pair:?}"), "Pair { .. }");
}
