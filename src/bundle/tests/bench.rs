//! A folder with an image, its bundle and what is unbundled from it.

use std::fs;
use std::io::Cursor;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::bundle::*;
use crate::crypto::rsa::PrivateKey;
use crate::crypto::secret::SessionKey;
use crate::crypto::x509::Certificate;
use crate::manifest::signature::SignatureCheck;
use crate::manifest::{ImageKind, MachineConfiguration};
use crate::progress::Silent;
use crate::units::Bytes;

pub(super) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/keys")
        .join(name)
}

pub(super) fn user_key() -> PrivateKey {
    PrivateKey::read(&fixture("THROWAWAY-euca-user.pem"), &|| None).unwrap()
}

pub(super) fn certificate(name: &str) -> Certificate {
    Certificate::read(&fixture(name)).unwrap()
}

pub(super) fn jobs(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

/// A folder with an image, its bundle and what is unbundled from it.
pub(super) struct Bench {
    folder: TempDir,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(super) fn bundle_options(&self, image: &[u8]) -> BundleOptions {
        BundleOptions {
            source: ImageSource::Stream {
                reader: Box::new(Cursor::new(image.to_vec())),
                size: image.len() as u64,
            },
            prefix: "disk".to_owned(),
            destination: self.path().to_owned(),
            part_size: Bytes::kib(1),
            part_names: PartNames::TwoDigits,
            level: Level::Balanced,
            sparse: true,
            jobs: jobs(2),
            replace: false,
            subject: Subject {
                user: "123456789012".parse().unwrap(),
                kind: ImageKind::Machine,
                configuration: MachineConfiguration {
                    architecture: "x86_64".parse().unwrap(),
                    block_device_mapping: Vec::new(),
                    kernel_id: None,
                    ramdisk_id: None,
                    product_codes: Vec::new(),
                },
                kernel_name: None,
                ancestry: Vec::new(),
            },
            identity: Identity {
                signer: Some(user_key()),
                user_certificate: Some(certificate("THROWAWAY-euca-user.crt")),
                ec2_certificate: certificate("THROWAWAY-euca-cloud.crt"),
            },
            session_key: SessionKey::new([7; 16], [9; 16]),
        }
    }

    pub(super) fn file_options(&self, image: &[u8]) -> BundleOptions {
        let path = self.path().join("image");
        fs::write(&path, image).unwrap();
        BundleOptions {
            source: ImageSource::Path(path),
            ..self.bundle_options(&[])
        }
    }

    pub(super) fn unbundle_options(&self) -> UnbundleOptions {
        UnbundleOptions {
            manifest: self.path().join("disk.manifest.xml"),
            source: self.path().to_owned(),
            key: user_key(),
            certificate: Some(certificate("THROWAWAY-euca-user.crt")),
            output: Output::Directory(self.path().to_owned()),
            replace: false,
            jobs: jobs(3),
        }
    }

    pub(super) fn unbundled(&self) -> Vec<u8> {
        let summary = unbundle(self.unbundle_options(), &Silent).unwrap();
        assert_eq!(summary.signature, Some(SignatureCheck::Valid));
        fs::read(summary.path.unwrap()).unwrap()
    }
}

/// Bytes that are noise, text and zeros in turns.
pub(super) fn image(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut image = Vec::with_capacity(len);
    while image.len() < len {
        let run = 1 + usize::try_from(next() >> 48).unwrap();
        match next() % 4 {
            0 => image.extend(std::iter::repeat_n(0, run)),
            1 => image.extend(b"four score and seven ".iter().cycle().take(run)),
            _ => image.extend((0..run).map(|_| next().to_le_bytes()[3])),
        }
    }
    image.truncate(len);
    image
}
