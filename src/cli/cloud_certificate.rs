//! The cloud's certificate, for which bundles are sealed: a file, or what the cloud hands out.
//!
//! ```text
//! --ec2cert, its sources ─► where the old packages put Amazon's ─► bootstrap service
//!                                (ec2-ami-tools' names)              (where one is named)
//! ```

use std::path::{Path, PathBuf};

use super::credentials::expiry;
use super::failure::{Exit, Failure};
use super::progress::Watcher;
use super::session::Session;
use super::{cloud, host};
use crate::aws::ec2::{BOOTSTRAP_VERSION, DescribeServiceCertificates, Ec2, ServiceCertificate};
use crate::config::cloud::ServiceKind;
use crate::crypto::x509::Certificate;

/// Where the old packages put Amazon's certificate.
const AMAZON_CERTIFICATES: [&str; 2] = [
    "/etc/ec2/amitools/cert-ec2.pem",
    "/usr/share/euca2ools/certs/cert-ec2.pem",
];

/// The certificate of the cloud. Amazon's expired in 2006 and EC2 uses it still, so that an
/// expired one is told of only to those who want to know more.
///
/// # Errors
/// When there is none, it cannot be read, or the bootstrap service does not give it.
pub(super) fn find(session: &Session<'_>) -> Result<Certificate, Failure> {
    let certificate = match session.path("ec2cert")? {
        Some(path) => Certificate::read(&path)?,
        None if session.manner.finds_amazon_certificate => {
            Certificate::read(&amazon_certificate(session)?)?
        }
        None => fetched(session)?.ok_or_else(|| missing(session))?,
    };
    let path = certificate.path().display();
    tracing::info!(%path, "cloud's certificate");
    if session.verbosity.level > 0
        && let Some(fault) = expiry(&certificate, host::now())
    {
        session.warn(format!("the cloud's certificate {path} {fault}"));
    }
    Ok(certificate)
}

fn amazon_certificate(session: &Session<'_>) -> Result<PathBuf, Failure> {
    let home = session
        .env("EC2_AMITOOL_HOME")
        .or_else(|| session.env("EC2_HOME"));
    let in_home = home.map(|home| Path::new(&home).join("etc/ec2/amitools/cert-ec2.pem"));
    let candidates = in_home
        .into_iter()
        .chain(AMAZON_CERTIFICATES.map(PathBuf::from));
    let mut sought = Vec::new();
    for candidate in candidates {
        if candidate.is_file() {
            return Ok(candidate);
        }
        sought.push(candidate.display().to_string());
    }
    let mut failure = Failure::new(
        Exit::Credentials,
        format!("Amazon's certificate is at none of {}", sought.join(", ")),
    );
    failure.missing_file = true;
    Err(failure.hint("pass the cloud's certificate with --ec2cert FILE"))
}

fn missing(session: &Session<'_>) -> Failure {
    let mut failure = session.missing("ec2cert");
    failure.chain = vec!["the cloud's certificate is needed (--ec2cert)".to_owned()];
    let hint = failure.hint.take().unwrap_or_default();
    failure.hint(format!(
        "{hint}; a Eucalyptus cloud hands it out with its credentials as cloud-cert.pem, and at \
         its --bootstrap-url; for AWS it is cert-ec2.pem of ec2-ami-tools or euca2ools"
    ))
}

/// What the bootstrap service hands out, where the command asks one and somebody names it.
fn fetched(session: &Session<'_>) -> Result<Option<Certificate>, Failure> {
    if !session.values.has("bootstrap-url") {
        return Ok(None);
    }
    let service = cloud::cloud_of(session, ServiceKind::Bootstrap)?;
    if !service.has_own_url()? {
        return Ok(None);
    }
    let place = service.place()?;
    let (url, scheme) = (place.endpoint.url(), place.endpoint.scheme);
    let certificate = fetch(session, &url).map_err(|failure| unfetched(failure, &url))?;
    if scheme != "https" {
        session.warn(format!(
            "the cloud's certificate comes from {url} without encryption, and whoever is between \
             could have put another there, to read the image: compare its SHA-256, {}",
            hex::encode(certificate.fingerprint())
        ));
    }
    Ok(Some(certificate))
}

fn fetch(session: &Session<'_>, url: &str) -> Result<Certificate, Failure> {
    let watcher = Watcher::new(session)?;
    let connection = cloud::bootstrap(session, &watcher)?;
    let service = Ec2::new(connection, Some(BOOTSTRAP_VERSION.to_owned()));
    let all = watcher.end(service.call(&DescribeServiceCertificates))?;
    let mut chosen = all.into_iter().filter(ServiceCertificate::is_for_bundles);
    let told = chosen
        .next()
        .ok_or_else(|| Failure::new(Exit::Failed, "it has no certificate for image bundling"))?;
    let certificate = Certificate::from_pem(&told.certificate, Path::new(url))?;
    let digest = certificate.fingerprint();
    match told.has_sha256(digest) {
        Some(true) => Ok(certificate),
        Some(false) => Err(Failure::new(
            Exit::Integrity,
            format!(
                "the certificate has SHA-256 {}, the service says {}",
                hex::encode(digest),
                told.fingerprint.unwrap_or_default()
            ),
        )),
        None => Err(Failure::new(
            Exit::Integrity,
            "the service does not tell the certificate's SHA-256",
        )),
    }
}

/// A failure of fetching, with the other way to a certificate.
fn unfetched(mut failure: Failure, url: &str) -> Failure {
    if matches!(failure.exit, Exit::Interrupted(_)) {
        return failure;
    }
    let what = format!("cannot get the cloud's certificate from {url}");
    failure.chain.insert(0, what);
    let other = "pass the cloud's certificate with --ec2cert FILE";
    let hint = match failure.hint.take() {
        Some(hint) => format!("{hint}; or {other}"),
        None => other.to_owned(),
    };
    failure.hint(hint)
}
