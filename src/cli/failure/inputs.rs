//! What to do about keys, certificates, manifests, images and places that cannot be used.
//!
//! No `match` here has a rest: whoever adds an error says what helps against it.

use std::error::Error;
use std::io::{self, ErrorKind};

use super::{Exit, Failure};
use crate::audit::AuditError;
use crate::config::ConfigError;
use crate::crypto::rsa::KeyError;
use crate::crypto::secret::HexKeyError;
use crate::crypto::ssh::KeyFileError;
use crate::crypto::x509::CertificateError;
use crate::disk::DiskError;
use crate::host::workspace::WorkspaceError;
use crate::manifest::ManifestError;
use crate::manifest::sealed_key::OpenError;

/// An exit code and a hint.
pub(super) type Advice = (Exit, &'static str);

const KEY_HINT: &str = "pass the PEM file of your RSA private key with --privatekey FILE";
const CERTIFICATE_HINT: &str = "pass the PEM file of an X.509 certificate, such as cert.pem or \
                                cloud-cert.pem of your credentials";
const OTHER_FILE_HINT: &str = "is it a bundle's NAME.manifest.xml? Name that file";
const DAMAGED_MANIFEST_HINT: &str =
    "the manifest is damaged or was tampered with: download it again, or ask its maker";
const WRONG_KEY_HINT: &str = "pass the key that belongs to the certificate the bundle was made \
                              with: --privatekey FILE";

const IN_THE_WAY_HINT: &str = "something else has this name: remove it";

/// A symbolic link where none is followed.
const ELOOP: i32 = 40;

/// What to do when a file cannot be opened or read; `missing` if it is not there.
pub(super) fn reading(error: &io::Error, missing: &'static str) -> &'static str {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => missing,
        ErrorKind::PermissionDenied => "run as a user who may read it, or change its permissions",
        ErrorKind::IsADirectory => "it is a directory: name a file in it",
        _ => "check that the file and the disk it is on can be read",
    }
}

/// What to do when a file cannot be written.
pub(super) fn writing(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some space, or choose another disk with --destination DIR"
        }
        ErrorKind::FileTooLarge => {
            "the file system or the limit on file sizes (ulimit -f) does not allow a file this large"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "choose a place that you may write to"
        }
        ErrorKind::NotFound => "choose a place in a directory that exists and takes files",
        _ => "check the disk that is written to, or choose another place",
    }
}

pub(super) fn key(error: &KeyError) -> Advice {
    use KeyError as E;
    let hint = match error {
        E::Read { source, .. } => reading(source, KEY_HINT),
        E::TooLarge { .. } | E::NotPem { .. } | E::WrongType { .. } => KEY_HINT,
        E::NeedsPassphrase { .. } => {
            "set AMIKIT_KEY_PASSPHRASE, or run at a terminal to be asked for the passphrase"
        }
        E::WrongPassphrase { .. } => "check the passphrase, or AMIKIT_KEY_PASSPHRASE if it is set",
        E::UnsupportedEncryption { .. } => {
            "encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW-KEY"
        }
        E::Malformed { .. } => "check it with openssl rsa -check -in KEY, or use another copy",
        E::Size { .. } => "use a key of 2048 bits or more: openssl genrsa -out KEY 2048",
        E::Sealed => WRONG_KEY_HINT,
        E::Seal { .. } => "use a certificate with a key of 2048 bits or more",
        E::Sign => "check it with openssl rsa -check -in KEY",
    };
    (Exit::Credentials, hint)
}

pub(super) fn key_file(error: &KeyFileError) -> Advice {
    use KeyFileError as E;
    let hint = match error {
        E::Rsa(error) => return key(error),
        E::Read { source, .. } => reading(source, "check the path"),
        E::TooLarge { .. } | E::WrongType { .. } => {
            "make a key with ssh-keygen -t ed25519, or -t rsa for old clouds"
        }
        E::Private { .. } => {
            "name the file beside it that ends in .pub, or make it with \
                              ssh-keygen -y -f KEY > KEY.pub"
        }
        E::Malformed { .. } => "check it with ssh-keygen -l -f KEY, or use another copy",
    };
    (Exit::Credentials, hint)
}

pub(super) fn certificate(error: &CertificateError) -> Advice {
    use CertificateError as E;
    let hint = match error {
        E::Read { source, .. } => reading(source, CERTIFICATE_HINT),
        E::TooLarge { .. } | E::NotPem { .. } | E::WrongType { .. } => CERTIFICATE_HINT,
        E::Malformed { .. } => "check it with openssl x509 -noout -text, or use another copy",
        E::NotRsa { .. } => "the format knows RSA only: use a certificate with an RSA key",
        E::KeySize { .. } => "use a certificate with a key of 2048 bits or more",
    };
    (Exit::Credentials, hint)
}

/// Exit code 4 is for what claims to be a manifest and cannot be trusted.
pub(super) fn manifest(error: &ManifestError) -> Advice {
    use ManifestError as E;
    match error {
        E::Read { source, .. } => (Exit::Failed, reading(source, "check the path")),
        E::NotAFile { .. } | E::TooLarge { .. } | E::NotAManifest { .. } => {
            (Exit::Failed, OTHER_FILE_HINT)
        }
        E::Version { .. } => (
            Exit::Failed,
            "ask its maker for a bundle in the format of 2007-10-10, which all tools write",
        ),
        E::Xml { .. }
        | E::Missing { .. }
        | E::Duplicate { .. }
        | E::Value { .. }
        | E::PartCount { .. }
        | E::PartIndex { .. }
        | E::Ambiguous { .. } => (Exit::Integrity, DAMAGED_MANIFEST_HINT),
    }
}

pub(super) fn open(error: OpenError) -> Advice {
    match error {
        OpenError::NoSealedKey | OpenError::Incomplete { .. } => {
            (Exit::Integrity, DAMAGED_MANIFEST_HINT)
        }
        OpenError::OnlyForCloud => (
            Exit::Credentials,
            "the bundle was made without a user certificate: only the cloud's key opens it",
        ),
        OpenError::WrongKey { .. } => (Exit::Credentials, WRONG_KEY_HINT),
    }
}

pub(super) fn workspace(error: &WorkspaceError) -> Advice {
    use WorkspaceError as E;
    let hint = match error {
        E::NoDirectory { .. } => {
            "the destination must be an existing directory that you may write to"
        }
        E::Busy { .. } => "wait until it has ended, or choose another place",
        E::Create { source, .. } if source.raw_os_error() == Some(ELOOP) => IN_THE_WAY_HINT,
        E::Create { source, .. } => match source.kind() {
            ErrorKind::IsADirectory | ErrorKind::NotADirectory | ErrorKind::DirectoryNotEmpty => {
                IN_THE_WAY_HINT
            }
            _ => writing(source),
        },
        E::Exists { .. } => "pass --force to replace it, or another name",
        E::Publish { source, .. } => writing(source),
    };
    (Exit::Failed, hint)
}

fn disk(error: &DiskError) -> Advice {
    let hint = match error {
        DiskError::Open { source, .. } | DiskError::Read { source, .. } => {
            reading(source, "check the path")
        }
        DiskError::NotAnImage { .. } => "name a disk image, a disk or a manifest",
    };
    (Exit::Failed, hint)
}

/// A failure with its advice.
pub(super) fn advised(error: &(dyn Error + 'static), (exit, hint): Advice) -> Failure {
    Failure::from_error(exit, error).hint(hint)
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        advised(&error, key(&error))
    }
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Self {
        advised(&error, key_file(&error))
    }
}

impl From<CertificateError> for Failure {
    fn from(error: CertificateError) -> Self {
        advised(&error, certificate(&error))
    }
}

impl From<ManifestError> for Failure {
    fn from(error: ManifestError) -> Self {
        advised(&error, manifest(&error))
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        advised(&error, open(error))
    }
}

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Self {
        advised(&error, workspace(&error))
    }
}

impl From<DiskError> for Failure {
    fn from(error: DiskError) -> Self {
        advised(&error, disk(&error))
    }
}

impl From<AuditError> for Failure {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Disk(error) => error.into(),
            AuditError::Interrupted => Self::interrupted(),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let failure = Self::from_error(Exit::Credentials, &error);
        match error {
            ConfigError::Ambiguous { .. } => failure.hint("choose with --region USER@REGION"),
            _ => failure.hint("correct it, or name other files with EUCA_CONFIG_PATH"),
        }
    }
}

impl From<HexKeyError> for Failure {
    fn from(error: HexKeyError) -> Self {
        Self::from_error(Exit::Usage, &error)
    }
}
