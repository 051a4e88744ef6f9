//! Bundles with anything inside, made by openssl and gzip: the digests, sizes and signature are
//! right, so that what is inside is all that can be wrong.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use amikit::crypto::digest::Sha1Digest;
use amikit::units::Bytes;

use super::sandbox::{Bundle, FIXED_KEY, Sandbox};
use super::{image, key};

/// What is inside a crafted bundle.
pub enum Inside<'a> {
    /// A tar stream, which gets compressed and encrypted.
    Tar(&'a [u8]),
    /// A gzip file, which gets encrypted, of this tar stream.
    Gzip(&'a [u8], &'a [u8]),
    /// Encrypted bytes.
    Encrypted(&'a [u8]),
}

/// Makes a bundle of one part in the folder `name`, for the throw-away user, whose manifest
/// announces an image of `size`.
pub fn bundle(sandbox: &Sandbox, name: &str, inside: &Inside<'_>, size: u64) -> Bundle {
    let (encrypted, tar) = match inside {
        Inside::Tar(tar) => (encrypt(&gzip(tar)), *tar),
        Inside::Gzip(gzip, tar) => (encrypt(gzip), *tar),
        Inside::Encrypted(bytes) => (bytes.to_vec(), &[][..]),
    };
    let small = image::dense(&sandbox.path(&format!("{name}.img")), Bytes(1000));
    let bundle = sandbox.bundle(&small, name, &FIXED_KEY);
    fs::write(bundle.folder.join("golden.part.00"), &encrypted).expect("write a part");
    edit(&bundle.manifest, |manifest| {
        let tar = format!("<digest algorithm='SHA1'>{}", Sha1Digest::of(tar));
        let part = format!("<digest algorithm='SHA1'>{}", Sha1Digest::of(&encrypted));
        let manifest = replace(manifest, "<digest", "</digest>", &tar);
        let manifest = replace(&manifest, "<size>", "</size>", &format!("<size>{size}"));
        let bundled = format!("<bundled_size>{}", encrypted.len());
        let manifest = replace(&manifest, "<bundled_size>", "</bundled_size>", &bundled);
        let (head, parts) = manifest.split_at(manifest.find("<parts").expect("there are parts"));
        format!("{head}{}", replace(parts, "<digest", "</digest>", &part))
    });
    sign(&bundle.manifest);
    bundle
}

/// Edits the text of a manifest. Its signature is then another text's.
pub fn edit(manifest: &Path, change: impl Fn(&str) -> String) {
    let text = fs::read_to_string(manifest).expect("read a manifest");
    let changed = change(&text);
    assert_ne!(changed, text, "nothing was changed");
    fs::write(manifest, changed).expect("write a manifest");
}

/// Replaces what is between the first `from` and the next `to`, `from` included.
pub fn replace(text: &str, from: &str, to: &str, new: &str) -> String {
    let start = text.find(from).expect("the start is in the text");
    let end = start + text[start..].find(to).expect("the end is in the text");
    format!("{}{new}{}", &text[..start], &text[end..])
}

/// Signs a manifest with the throw-away user's key, by openssl.
pub fn sign(manifest: &Path) {
    let text = fs::read_to_string(manifest).expect("read a manifest");
    let slice = |name: &str| {
        let start = text.find(&format!("<{name}>"))?;
        let end = format!("</{name}>");
        let stop = text.find(&end).expect("the element ends") + end.len();
        Some(&text[start..stop])
    };
    // Version 3 has no machine configuration, and signs the image alone.
    let configuration = slice("machine_configuration").unwrap_or_default();
    let signed = [configuration, slice("image").expect("there is an image")].concat();
    let key = key("euca-user.pem");
    let key = key.to_str().expect("a plain path");
    let signature = pipe(
        "openssl",
        &["dgst", "-sha1", "-sign", key],
        signed.as_bytes(),
    );
    let signature = format!("<signature>{}", hex::encode(signature));
    let text = replace(&text, "<signature>", "</signature>", &signature);
    fs::write(manifest, text).expect("write a manifest");
}

/// The decrypted content of a bundle made with the fixed key.
pub fn decrypt(encrypted: &[u8]) -> Vec<u8> {
    aes("-d", encrypted)
}

/// Compresses by gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    pipe("gzip", &["-1nc"], bytes)
}

fn encrypt(bytes: &[u8]) -> Vec<u8> {
    aes("-e", bytes)
}

fn aes(direction: &str, bytes: &[u8]) -> Vec<u8> {
    let [_, key, _, iv] = FIXED_KEY;
    let arguments = ["enc", direction, "-aes-128-cbc", "-K", key, "-iv", iv];
    pipe("openssl", &arguments, bytes)
}

fn pipe(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("run a program");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).expect("feed a program"));
        let output = child.wait_with_output().expect("wait for a program");
        assert!(output.status.success(), "{program}: {}", output.status);
        output.stdout
    })
}

/// A member of a tar stream: header, content, padding.
pub fn member(kind: u8, size: u64, content: &[u8]) -> Vec<u8> {
    member_with(kind, size, content, |_| ())
}

/// A member whose header is changed before it gets its checksum.
pub fn member_with(
    kind: u8,
    size: u64,
    content: &[u8],
    change: impl Fn(&mut [u8; 512]),
) -> Vec<u8> {
    let mut header = [0; 512];
    header[..6].copy_from_slice(b"golden");
    header[100..107].copy_from_slice(b"0000644");
    header[124..136].copy_from_slice(&number(size));
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar  \0");
    change(&mut header);
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().copied().map(u32::from).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut bytes = header.to_vec();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// A number as GNU tar writes it when it is too large for octal digits.
pub fn number(value: u64) -> [u8; 12] {
    let mut field = [0; 12];
    field[0] = 0x80;
    field[4..].copy_from_slice(&value.to_be_bytes());
    field
}

/// A sparse member with one extent, and the two blocks of zeros behind.
pub fn sparse(extents: &[(u64, u64)], content: &[u8], size: u64) -> Vec<u8> {
    let mut tar = member_with(b'S', content.len() as u64, content, |header| {
        for (at, (offset, len)) in (386..).step_by(24).zip(extents) {
            header[at..at + 12].copy_from_slice(&number(*offset));
            header[at + 12..at + 24].copy_from_slice(&number(*len));
        }
        header[483..495].copy_from_slice(&number(size));
    });
    tar.extend([0; 1024]);
    tar
}
