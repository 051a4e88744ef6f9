//! Private keys by how they begin.
//!
//! Source: RFC 7468 and RFC 1421 (PEM), OpenSSH's PROTOCOL.key, `PuTTY`'s appendix on PPK files,
//! RFC 9580 sections 4.2 and 6 (`OpenPGP`), RFC 7292 (PKCS #12).

use memchr::memmem;

/// What PEM calls a private key, and whose it is.
const PEM: &[(&[u8], &str)] = &[
    (
        b"-----BEGIN OPENSSH PRIVATE KEY-----",
        "an OpenSSH private key",
    ),
    (b"-----BEGIN RSA PRIVATE KEY-----", "an RSA private key"),
    (b"-----BEGIN EC PRIVATE KEY-----", "an EC private key"),
    (b"-----BEGIN DSA PRIVATE KEY-----", "a DSA private key"),
    (b"-----BEGIN PRIVATE KEY-----", "a private key (PKCS #8)"),
    (
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----",
        "a private key (PKCS #8)",
    ),
    (
        b"-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "an OpenPGP private key",
    ),
    (
        b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
        "an SSH2 private key",
    ),
    (b"PuTTY-User-Key-File-", "a PuTTY private key"),
    (b"SSH PRIVATE KEY FILE FORMAT 1.1\n", "an SSH 1 private key"),
];

/// How the text of an OpenSSH key begins that is not encrypted: `openssh-key-v1`, NUL, and the
/// cipher `none` in base64.
const OPENSSH_PLAIN: &[u8] = b"b3BlbnNzaC1rZXktdjEAAAAABG5vbmU";
/// What tells that a key is encrypted, in the other formats.
const ENCRYPTED: [&[u8]; 3] = [
    b"-----BEGIN ENCRYPTED PRIVATE KEY-----",
    b"Proc-Type: 4,ENCRYPTED",
    b"Encryption: aes",
];

/// The private key that `content` holds anywhere, as a PEM file may hold certificates before it.
pub(super) fn proof(content: &[u8]) -> Option<String> {
    let found = PEM.iter().find(|(begin, _)| stands_in(content, begin));
    if let Some((begin, what)) = found {
        return Some(match is_encrypted(content, begin) {
            Some(true) => format!("{what}, encrypted"),
            Some(false) => format!("{what}, not encrypted"),
            None => (*what).to_owned(),
        });
    }
    is_secret_packet(content).then(|| "an OpenPGP private key".to_owned())
}

/// Whether `begin` begins a line, and something that looks like a key follows.
fn stands_in(content: &[u8], begin: &[u8]) -> bool {
    memmem::find_iter(content, begin).any(|at| {
        let begins_line = at == 0 || content.get(at - 1).is_none_or(u8::is_ascii_whitespace);
        // Programs that deal in keys have these words in their texts, with little behind them.
        begins_line && content.len() - at > begin.len() + 32
    })
}

/// Whether the key is encrypted; none where the format does not tell at once.
fn is_encrypted(content: &[u8], begin: &[u8]) -> Option<bool> {
    let holds = |words: &[u8]| memmem::find(content, words).is_some();
    match begin {
        b"-----BEGIN OPENSSH PRIVATE KEY-----" => Some(!holds(OPENSSH_PLAIN)),
        b"-----BEGIN PGP PRIVATE KEY BLOCK-----" | b"SSH PRIVATE KEY FILE FORMAT 1.1\n" => None,
        _ => Some(ENCRYPTED.iter().any(|words| holds(words))),
    }
}

/// A binary `OpenPGP` key ring whose first packet is a secret key (tag 5) of version 3 to 6.
fn is_secret_packet(content: &[u8]) -> bool {
    let &[tag, ref rest @ ..] = content else {
        return false;
    };
    let length_bytes = match tag {
        0xc5 => match rest.first() {
            Some(..=191) => 1,
            Some(192..=223) => 2,
            Some(255) => 5,
            _ => return false,
        },
        0x94 => 1,
        0x95 => 2,
        0x96 => 4,
        _ => return false,
    };
    matches!(rest.get(length_bytes), Some(3..=6)) && rest.len() > 64
}

/// A PKCS #12 store: a sequence of version 3 and PKCS #7 data.
pub(super) fn store(content: &[u8]) -> Option<String> {
    /// The object identifier of PKCS #7 data, 1.2.840.113549.1.7.1.
    const DATA: [u8; 11] = [
        0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01,
    ];
    let head = content.get(..content.len().min(64))?;
    let is_store = head.first() == Some(&0x30)
        && memmem::find(head, &[0x02, 0x01, 0x03]).is_some()
        && memmem::find(head, &DATA).is_some();
    is_store.then(|| "a PKCS #12 store of keys".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(begin: &str, body: &str) -> Option<String> {
        proof(format!("{begin}\n{body}{}\n", "A".repeat(80)).as_bytes())
    }

    #[test]
    fn keys_tell_their_format_and_whether_they_are_encrypted() {
        let openssh = "-----BEGIN OPENSSH PRIVATE KEY-----";
        let plain = key(openssh, "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ");
        assert_eq!(plain.unwrap(), "an OpenSSH private key, not encrypted");
        let locked = key(openssh, "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHI");
        assert_eq!(locked.unwrap(), "an OpenSSH private key, encrypted");
        let old = key(
            "-----BEGIN RSA PRIVATE KEY-----",
            "Proc-Type: 4,ENCRYPTED\n",
        );
        assert_eq!(old.unwrap(), "an RSA private key, encrypted");
        let behind = key(
            "-----BEGIN CERTIFICATE-----\nMII\n-----BEGIN PRIVATE KEY-----",
            "",
        );
        assert_eq!(behind.unwrap(), "a private key (PKCS #8), not encrypted");
        let putty = key(
            "PuTTY-User-Key-File-3: ssh-ed25519",
            "Encryption: aes256-cbc\n",
        );
        assert_eq!(putty.unwrap(), "a PuTTY private key, encrypted");
    }

    #[test]
    fn words_about_keys_and_public_keys_are_no_keys() {
        assert_eq!(
            proof(b"grep -q '-----BEGIN RSA PRIVATE KEY-----' \"$1\""),
            None
        );
        assert_eq!(key("-----BEGIN PUBLIC KEY-----", ""), None);
        assert_eq!(key("-----BEGIN PGP PUBLIC KEY BLOCK-----", ""), None);
        assert_eq!(proof(b""), None);
    }

    #[test]
    fn openpgp_rings_are_told_apart_by_their_first_packet() {
        let ring = |tag: u8| [&[tag, 0x01, 0x10, 4][..], &[7; 100]].concat();

        assert_eq!(proof(&ring(0x95)).unwrap(), "an OpenPGP private key");
        assert_eq!(proof(&ring(0x99)), None);
        assert_eq!(proof(&[0x95]), None);
    }

    #[test]
    fn a_store_is_known_by_its_frame() {
        let mut store_bytes = vec![0x30, 0x82, 0x0a, 0x10, 0x02, 0x01, 0x03, 0x30, 0x82, 0x09];
        store_bytes.extend([
            0xd6, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 1,
        ]);

        assert!(store(&store_bytes).is_some());
        assert_eq!(store(b"0 is no store"), None);
    }
}
