use std::cell::Cell;
use std::path::PathBuf;

use super::*;
use crate::crypto::x509::{Certificate, CertificateError};

fn keys() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys")
}

fn form(name: &str) -> PathBuf {
    keys().join("THROWAWAY-forms").join(name)
}

fn nobody() -> Option<Zeroizing<String>> {
    None
}

/// Answers every question for a passphrase.
fn answer(passphrase: &'static str) -> impl Fn() -> Option<Zeroizing<String>> {
    move || Some(Zeroizing::new(passphrase.to_owned()))
}

fn error_of(name: &str) -> KeyError {
    PrivateKey::read(&form(name), &nobody).unwrap_err()
}

#[test]
fn every_pem_form_holds_the_same_key() {
    let plain = PrivateKey::read(&form("pkcs1.pem"), &nobody).unwrap();

    for name in [
        "pkcs8.pem",
        "pkcs1-des3.pem",
        "pkcs1-aes128.pem",
        "pkcs1-aes192.pem",
        "pkcs1-aes256.pem",
        "pkcs8-des3.pem",
        "pkcs8-pbkdf2.pem",
        "pkcs8-scrypt.pem",
    ] {
        let key = PrivateKey::read(&form(name), &answer("throwaway")).unwrap();
        assert_eq!(key.public_key(), plain.public_key(), "{name}");
    }
    assert_eq!(plain.bits(), 2048);
}

#[test]
fn the_passphrase_is_asked_for_only_when_the_key_is_encrypted() {
    let asked = Cell::new(0);
    let ask = || {
        asked.set(asked.get() + 1);
        answer("throwaway")()
    };

    PrivateKey::read(&form("pkcs8.pem"), &ask).unwrap();
    assert_eq!(asked.get(), 0);

    PrivateKey::read(&form("pkcs8-pbkdf2.pem"), &ask).unwrap();
    assert_eq!(asked.get(), 1);
}

#[test]
fn wrong_and_missing_passphrases_are_told_apart() {
    for name in ["pkcs1-des3.pem", "pkcs1-aes256.pem", "pkcs8-pbkdf2.pem"] {
        let missing = PrivateKey::read(&form(name), &nobody).unwrap_err();
        assert!(
            matches!(missing, KeyError::NeedsPassphrase { .. }),
            "{name}: {missing:?}"
        );

        let wrong = PrivateKey::read(&form(name), &answer("not it")).unwrap_err();
        assert!(
            matches!(wrong, KeyError::WrongPassphrase { .. }),
            "{name}: {wrong:?}"
        );
    }
}

/// The padding of a wrong decryption is right once in 256 times; the DER check catches those.
#[test]
fn no_wrong_passphrase_is_ever_called_damage() {
    for number in 0..600 {
        let ask = || Some(Zeroizing::new(format!("wrong {number}")));
        let error = PrivateKey::read(&form("pkcs1-aes128.pem"), &ask).unwrap_err();
        assert!(
            matches!(error, KeyError::WrongPassphrase { .. }),
            "{number}: {error:?}"
        );
    }
}

#[test]
fn what_is_no_rsa_private_key_is_called_by_its_name() {
    for (name, what) in [
        ("public.pem", "a public key"),
        ("rsa-1024-expired.crt", "a certificate"),
        ("ec.pem", "an EC key"),
        ("ec-pkcs8.pem", "an EC key"),
        ("openssh.pem", "an OpenSSH key"),
        ("openssh.pub", "an OpenSSH public key"),
    ] {
        let error = error_of(name);
        assert!(
            matches!(error, KeyError::WrongType { found, .. } if found == what),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn unsupported_and_absurd_encryption_is_refused() {
    for name in [
        "pkcs1-camellia128.pem",
        "pkcs8-pbes1.pem",
        "pkcs8-absurd.pem",
    ] {
        let error = PrivateKey::read(&form(name), &answer("throwaway")).unwrap_err();
        assert!(
            matches!(error, KeyError::UnsupportedEncryption { .. }),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn small_keys_and_large_files_are_refused() {
    assert!(matches!(
        error_of("rsa-512.pem"),
        KeyError::Size { bits: 512, .. }
    ));

    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(pem::MAX_FILE_BYTES + 1).unwrap();
    let error = PrivateKey::read(file.path(), &nobody).unwrap_err();
    assert!(matches!(error, KeyError::TooLarge { .. }), "{error:?}");
    let error = Certificate::read(file.path()).unwrap_err();
    assert!(
        matches!(error, CertificateError::TooLarge { .. }),
        "{error:?}"
    );
}

#[test]
fn a_modulus_is_measured_without_its_leading_zeros() {
    let mut modulus = vec![0; 3];
    modulus.extend([0x01; 128]); // 1017 bits
    assert_eq!(check_bits(&modulus), Err(1017));
    modulus[3] = 0x80;
    assert_eq!(check_bits(&modulus), Ok(()));
    assert_eq!(check_bits(&[0xff; 2049]), Err(16392));
    assert_eq!(check_bits(&[]), Err(0));
}

#[test]
fn a_key_that_is_cut_or_altered_anywhere_is_an_error_and_no_panic() {
    let text = std::fs::read_to_string(form("pkcs1.pem")).unwrap();
    for end in (0..text.trim_end().len()).step_by(13) {
        PrivateKey::from_pem(&text[..end], Path::new("cut"), &nobody).unwrap_err();
    }
    for at in (32..text.len() - 40).step_by(29) {
        let mut altered = text.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        // Numbers that are only kept for speed may be altered without harm: the others are not.
        let _ = PrivateKey::from_pem(&altered, Path::new("altered"), &nobody);
    }
}

#[test]
fn signatures_are_deterministic_and_check() {
    let key = PrivateKey::read(&form("pkcs1.pem"), &nobody).unwrap();
    let digest = Sha1Digest::of(b"abc");

    let signature = key.sign_sha1(&digest).unwrap();

    assert_eq!(key.sign_sha1(&digest).unwrap(), signature);
    assert!(key.public_key().verify_sha1(&digest, &signature));
    assert!(
        !key.public_key()
            .verify_sha1(&Sha1Digest::of(b"abd"), &signature)
    );
    assert!(!key.public_key().verify_sha1(&digest, &signature[1..]));
}

#[test]
fn what_is_sealed_opens_with_the_private_half_only() {
    let key = PrivateKey::read(&form("rsa-1024.pem"), &nobody).unwrap();
    let other = PrivateKey::read(&form("pkcs1.pem"), &nobody).unwrap();

    let sealed = key.public_key().encrypt(&mut OsRng, b"secret").unwrap();

    assert_eq!(&**key.decrypt(&sealed).unwrap(), b"secret");
    assert!(matches!(other.decrypt(&sealed), Err(KeyError::Sealed)));
    assert!(matches!(key.decrypt(&[0xff; 4096]), Err(KeyError::Sealed)));
    assert!(matches!(
        key.public_key().encrypt(&mut OsRng, &[1; 118]),
        Err(KeyError::Seal {
            found: 118,
            limit: 117
        })
    ));
}

#[test]
fn an_expired_certificate_of_1024_bits_after_a_page_of_text_is_accepted() {
    let key = PrivateKey::read(&form("rsa-1024.pem"), &nobody).unwrap();

    let certificate = Certificate::read(&form("rsa-1024-expired.crt")).unwrap();

    assert_eq!(certificate.public_key().bits(), 1024);
    assert_eq!(certificate.not_before(), 1_123_545_600); // 2005-08-09
    assert_eq!(certificate.not_after(), 1_155_081_600); // 2006-08-09
    assert!(
        certificate.subject().contains("CN=old-ec2"),
        "{}",
        certificate.subject()
    );
    assert!(certificate.matches(&key));
}

#[test]
fn certificates_of_other_kinds_and_other_files_are_told_apart() {
    let error = Certificate::read(&form("pkcs1.pem")).unwrap_err();
    assert!(
        matches!(
            error,
            CertificateError::WrongType {
                found: "a private key",
                ..
            }
        ),
        "{error:?}"
    );
    let error = Certificate::read(&form("ec.crt")).unwrap_err();
    assert!(
        matches!(error, CertificateError::NotRsa { .. }),
        "{error:?}"
    );
    let error = Certificate::read(&form("openssh.pub")).unwrap_err();
    assert!(
        matches!(error, CertificateError::NotPem { .. }),
        "{error:?}"
    );
}

#[test]
fn a_key_and_a_certificate_in_one_file_are_both_found() {
    let key = std::fs::read_to_string(keys().join("THROWAWAY-euca-user.pem")).unwrap();
    let certificate = std::fs::read_to_string(keys().join("THROWAWAY-euca-user.crt")).unwrap();
    let both = format!("{certificate}{key}");

    let key = PrivateKey::from_pem(&both, Path::new("both"), &nobody).unwrap();
    let certificate = Certificate::from_pem(&both, Path::new("both")).unwrap();

    assert!(certificate.matches(&key));
}

#[test]
fn debug_shows_no_numbers() {
    let key = PrivateKey::read(&form("pkcs1.pem"), &nobody).unwrap();

    assert_eq!(format!("{key:?}"), "PrivateKey(2048 bits, hidden)");
}
