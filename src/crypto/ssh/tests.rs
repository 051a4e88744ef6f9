use super::*;

/// Made with `ssh-keygen -t ed25519`; the private half was thrown away.
const ED25519_LINE: &str = "ssh-ed25519 \
    AAAAC3NzaC1lZDI1NTE5AAAAIGY0bT6IcZNTCrW6AVfcXr43Bi3bJrTY8EXjWyv8kc6k";

/// Made with `ssh-keygen -t rsa -b 2048`; the private half was thrown away.
const RSA_LINE: &str = "ssh-rsa \
    AAAAB3NzaC1yc2EAAAADAQABAAABAQDAp1GaIPq4ZfUgqnrB4neOILKIsawB8TbTVsdElJrZ9oAWdrCU+CAs96sD5PR3\
    wRWSlQpmT4Y1mAvI1nD/E7zLIvhEvjZew7iy2CKtSLolPW7m8jeJWn7qZaxrbZ7Q9DFxiAVtV/GZS7vrkTEtt+5RM507\
    ngkmNYytpjqG88fUDhGS6kKSspZEAcfX4lYgD+/ARqKjXuOWGwGyedpKms9TbSvTCsFkLp2UdavX4HSjNVJMpexK4n55\
    V2ZMlMEXk5o5utLYgwV2D8ZURGNIJlrYQDDDgWCDxgRBKzs1QiEGnRBHJPI5LVc0JTgIXB08RAzERX7rcK9LwcXNkKQK\
    qHaV";

fn parse(text: &str) -> Result<KeyFile, KeyFileError> {
    KeyFile::parse(text, Path::new("key"), &|| None)
}

/// The error of an Ed25519 line whose blob is changed.
fn damaged(change: impl FnOnce(&mut Vec<u8>)) -> String {
    let (kind, base64) = ED25519_LINE.split_once(' ').unwrap();
    let mut blob = Base64::decode_vec(base64).unwrap();
    change(&mut blob);
    let line = format!("{kind} {}", Base64::encode_string(&blob));
    parse(&line).unwrap_err().to_string()
}

#[test]
fn lines_of_openssh_are_read_and_written() {
    for line in [ED25519_LINE, RSA_LINE] {
        let file = parse(&format!("# comment\n\n{line} user@host\n")).unwrap();

        assert_eq!(file.public.openssh(), line);
        assert!(!file.is_private);
    }
}

#[test]
fn rfc_4716_is_the_same_key_with_headers() {
    let base64 = ED25519_LINE.split_once(' ').unwrap().1;
    let (first, second) = base64.split_at(40);
    let text = format!(
        "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"a long one \\\nthat: goes on \\\nand on\"\n\
         {first}\n{second}\n---- END SSH2 PUBLIC KEY ----\n"
    );

    assert_eq!(parse(&text).unwrap().public.openssh(), ED25519_LINE);
}

#[test]
fn damaged_blobs_are_refused() {
    let cut = "it ends within a field";

    assert!(damaged(|blob| blob.truncate(blob.len() - 1)).contains(cut));
    assert!(damaged(|blob| blob[..4].fill(0xff)).contains(cut));
    assert!(damaged(Vec::clear).contains(cut));
    assert!(damaged(|blob| blob.push(0)).contains("something follows its last field"));
    assert!(damaged(|blob| blob[10] = b'X').contains("another algorithm"));
}

#[test]
fn what_is_no_such_key_is_named() {
    for (text, found) in [
        ("", "no key"),
        ("hello", "no key"),
        ("ssh-rsa !!!", "a line that is not base64"),
        ("ssh-dss AAAA", "a DSA key"),
        ("ecdsa-sha2-nistp256 AAAA", "an EC key"),
        ("PuTTY-User-Key-File-3: ssh-rsa", "a PuTTY key"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            "a certificate",
        ),
    ] {
        let message = parse(text).unwrap_err().to_string();

        assert!(
            message.contains(&format!("holds {found}, expected")),
            "{text}: {message}"
        );
    }
}

/// As `ssh-keygen -l` says, which leaves the padding out.
#[test]
fn ed25519_has_the_fingerprint_of_ssh_and_no_other() {
    let file = parse(ED25519_LINE).unwrap();

    let want = "Feqx6C2Q1F2XENNyTQAxvZixIZZHH5fRIoOtviz0B0Y=";
    assert_eq!(file.public.sha256(), want);
    assert_eq!(file.public.md5_of_der(), None);
    assert_eq!(file.sha1_of_private(), None);
}
