//! Files on this machine: configuration, private key, certificates.

use std::path::PathBuf;

use super::report::Report;
use crate::cli::cloud::shared_mode;
use crate::cli::credentials::{expiry, open};
use crate::cli::failure::{Exit, Failure};
use crate::cli::host;
use crate::cli::session::Session;
use crate::crypto::rsa::PrivateKey;
use crate::crypto::x509::Certificate;

/// Seconds before its end from which a certificate is worth a warning: thirty days.
const SOON: i64 = 30 * 86_400;

const KEY: &str = "private key";
const CERTIFICATE: &str = "certificate";
const CLOUD: &str = "cloud's cert";

/// Tells which of euca2ools' files were read; what is wrong with one has been told.
pub(super) fn configuration(report: &mut Report, files: &[PathBuf]) {
    let names: Vec<String> = files
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    if names.is_empty() {
        report.ok(
            "configuration",
            "there are no files of euca2ools; none is needed",
        );
    } else {
        report.ok("configuration", format!("read: {}", names.join(", ")));
    }
}

/// Checks private key and certificates: needed to bundle, not to upload.
pub(super) fn check(session: &Session<'_>, report: &mut Report) {
    let key = private_key(session, report);
    let own = certificate(session, report, "cert", CERTIFICATE);
    if let (Some(key), Some(own)) = (&key, &own) {
        if own.matches(key) {
            report.ok("key pair", "private key and certificate belong together");
        } else {
            let message = format!(
                "the private key does not belong to certificate {}",
                own.path().display()
            );
            let failure = Failure::new(Exit::Credentials, message)
                .hint("pass a pair that belongs together with --privatekey and --cert");
            report.fail("key pair", &failure);
        }
    }
    certificate(session, report, "ec2cert", CLOUD);
}

fn private_key(session: &Session<'_>, report: &mut Report) -> Option<PrivateKey> {
    let path = match session.path("privatekey") {
        Ok(Some(path)) => path,
        Ok(None) => {
            report.skip(KEY, "none: only needed to bundle and unbundle");
            return None;
        }
        Err(failure) => {
            report.fail(KEY, &failure);
            return None;
        }
    };
    match open(session, &path) {
        Ok(key) => {
            match shared_mode(&path) {
                Some(mode) => report.warn(
                    KEY,
                    format!(
                        "{} is accessible to others (mode {mode:04o})",
                        path.display()
                    ),
                    format!("chmod 600 {}", path.display()),
                ),
                None => report.ok(KEY, format!("{}, {} bits", path.display(), key.bits())),
            }
            Some(key)
        }
        Err(failure) => {
            report.fail(KEY, &failure);
            None
        }
    }
}

fn certificate(
    session: &Session<'_>,
    report: &mut Report,
    id: &str,
    name: &'static str,
) -> Option<Certificate> {
    let read = match session.path(id) {
        Ok(Some(path)) => Certificate::read(&path).map_err(Failure::from),
        Ok(None) => {
            report.skip(name, "none: only needed to bundle");
            return None;
        }
        Err(failure) => Err(failure),
    };
    let certificate = match read {
        Ok(certificate) => certificate,
        Err(failure) => {
            report.fail(name, &failure);
            return None;
        }
    };
    let (path, subject) = (certificate.path().display(), certificate.subject());
    let now = host::now();
    match expiry(&certificate, now) {
        // Clouds look at the key and not at the dates: Amazon's own has expired long ago.
        Some(fault) => report.warn(
            name,
            format!("{path} ({subject}) {fault}"),
            "most clouds do not mind; get another if yours does",
        ),
        None if certificate.not_after() - now < SOON => report.warn(
            name,
            format!("{path} ({subject}) expires within thirty days"),
            "get another in time",
        ),
        None => report.ok(name, format!("{path} ({subject})")),
    }
    Some(certificate)
}
