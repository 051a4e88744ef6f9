//! What journeys are made of: a sandbox to run in, images to feed it, oracles to judge it.

pub mod crafted;
pub mod ebs_server;
pub mod ec2_server;
pub mod faults;
pub mod forward_proxy;
pub mod image;
pub mod old_tools;
pub mod oracle;
pub mod peers;
pub mod postgres;
pub mod s3_server;
pub mod sandbox;
pub mod small_cloud;
pub mod small_disk;
pub mod tls;
pub mod walrus;
pub mod wire;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A throw-away key or certificate of `fixtures/keys`, without its `THROWAWAY-` prefix.
pub fn key(name: &str) -> PathBuf {
    fixture("keys").join(format!("THROWAWAY-{name}"))
}

/// A file or folder of `fixtures`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

/// The passphrase of [`encrypted_key`].
pub const PASSPHRASE: &str = "open sesame";

/// Writes the throw-away user's key to `path`, encrypted by openssl.
pub fn encrypted_key(path: &Path) -> PathBuf {
    let status = Command::new("openssl")
        .args(["pkcs8", "-topk8", "-v2", "aes-128-cbc", "-passout"])
        .arg(format!("pass:{PASSPHRASE}"))
        .arg("-in")
        .arg(key("euca-user.pem"))
        .arg("-out")
        .arg(path)
        .status();
    assert!(status.expect("run openssl").success());
    path.to_owned()
}

/// Every `.rs` file below `folder`, sorted.
pub fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found; // a folder that does not exist has no files
    };
    for entry in entries {
        let path = entry.expect("list a source folder").path();
        if path.is_dir() {
            found.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
