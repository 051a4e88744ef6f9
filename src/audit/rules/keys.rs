//! Private keys, and keys that open accounts.

use super::{Evidence, Rule};
use crate::audit::report::{FindingKind, Severity};

const NEW_KEY: &str = "delete it, and replace the key wherever it is trusted";
const OTHERS_KEY: &str = "nothing, if no machine relies on it; delete it where it is not needed";

pub(super) const RULES: &[Rule] = &[
    Rule {
        kind: FindingKind::SshHostKey,
        severity: Severity::Danger,
        places: &[
            "/etc/ssh/ssh_host_*_key",
            "/etc/ssh/ssh_host_key",
            "/etc/dropbear/*_host_key",
        ],
        evidence: Evidence::NotEmpty,
        remedy: "delete it with its .pub: the first start makes new ones (ssh-keygen -A)",
    },
    Rule {
        kind: FindingKind::SshUserKey,
        severity: Severity::Danger,
        places: &["~/.ssh/*", "~/.ssh/*/*"],
        evidence: Evidence::PrivateKey,
        remedy: NEW_KEY,
    },
    Rule {
        kind: FindingKind::AuthorizedKeys,
        severity: Severity::Danger,
        places: &[
            "~/.ssh/authorized_keys",
            "~/.ssh/authorized_keys2",
            "/etc/ssh/authorized_keys/*",
            "/etc/dropbear/authorized_keys",
        ],
        evidence: Evidence::AuthorizedKeys,
        remedy: "delete it: cloud-init puts in the key that an instance is started with",
    },
    Rule {
        kind: FindingKind::KnownKey,
        severity: Severity::Notice,
        places: &["/etc/ssl/private/ssl-cert-snakeoil.key"],
        evidence: Evidence::PrivateKey,
        remedy: "delete it with its certificate: make-ssl-cert generate-default-snakeoil makes \
                 new ones",
    },
    Rule {
        kind: FindingKind::KnownKey,
        severity: Severity::Notice,
        places: &[
            "~/**/node_modules/**/*",
            "~/**/site-packages/**/*",
            "~/**/dist-packages/**/*",
            "~/.cargo/registry/**/*",
            "~/go/pkg/mod/**/*",
            "~/**/gems/**/*",
        ],
        evidence: Evidence::SmallKey,
        remedy: OTHERS_KEY,
    },
    Rule {
        kind: FindingKind::PrivateKey,
        severity: Severity::Danger,
        places: &["~/.gnupg/private-keys-v1.d/*.key", "~/.gnupg/secring.gpg"],
        evidence: Evidence::NotEmpty,
        remedy: NEW_KEY,
    },
    Rule {
        kind: FindingKind::PrivateKey,
        severity: Severity::Danger,
        places: &[
            "/etc/ssl/private/*",
            "/etc/ssl/private/*/*",
            "/etc/letsencrypt/archive/*/*",
            "/etc/letsencrypt/keys/*",
            "/etc/pki/tls/private/*",
            "/etc/pki/CA/private/*",
            "/etc/kubernetes/pki/*",
            "/etc/kubernetes/pki/*/*",
            "/var/lib/eucalyptus/keys/*",
        ],
        evidence: Evidence::PrivateKey,
        remedy: NEW_KEY,
    },
    Rule {
        kind: FindingKind::PrivateKey,
        severity: Severity::Danger,
        places: &[
            "/etc/letsencrypt/accounts/*/*/*/private_key.json",
            "/etc/krb5.keytab",
        ],
        evidence: Evidence::NotEmpty,
        remedy: NEW_KEY,
    },
    Rule {
        kind: FindingKind::PrivateKey,
        severity: Severity::Danger,
        places: &["~/**/*.p12", "~/**/*.pfx", "/etc/**/*.p12", "/etc/**/*.pfx"],
        evidence: Evidence::KeyStore,
        remedy: NEW_KEY,
    },
    Rule {
        kind: FindingKind::PrivateKey,
        severity: Severity::Danger,
        places: &[
            "~/**/*.pem",
            "~/**/*.key",
            "~/**/*.gpg",
            "~/**/*.asc",
            "/etc/**/*.pem",
            "/etc/**/*.key",
            "/etc/**/*.gpg",
            "/etc/**/*.asc",
        ],
        evidence: Evidence::PrivateKey,
        remedy: NEW_KEY,
    },
    Rule {
        kind: FindingKind::PrivateKey,
        severity: Severity::Danger,
        places: &["~/**/*", "/etc/**/*"],
        evidence: Evidence::SmallKey,
        remedy: NEW_KEY,
    },
];
