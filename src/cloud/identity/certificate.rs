//! Makes keys and certificates.
//!
//! ```text
//! cloud, user    RSA 2048, signed by itself, 10 years     what bundles are sealed for, signed with
//! TLS authority  P-256, signed by itself, 10 years        what clients are given to trust
//! TLS server     P-256, signed by the authority, 397 days
//! ```
//!
//! Who signed a user's certificate is looked at by nobody: clouds compare it with those they have
//! noted. So it is signed by itself, as Eucalyptus' are, and the cloud's key signs nothing.
//! Serial numbers come from the given randomness, dates from the given clock; the keys themselves
//! are AWS-LC's, which draws its own randomness.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SerialNumber,
};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::error::IdentityError;
use super::names::Random;
use crate::units::Timestamp;

const DAY: i64 = 86_400;

/// How long the certificates of clouds and users last. What they sealed or signed is asked for
/// as long as the image is there, and EC2 itself never looked at the dates.
const LASTING_DAYS: i64 = 3650;

/// How long a server's certificate lasts: the longest that all clients take.
const SERVER_DAYS: i64 = 397;

/// How far a client's clock may be behind without taking a new certificate for one of tomorrow.
const SLACK_SECONDS: i64 = DAY;

/// A private key and the certificate for it, both PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Pair {
    /// The private key, PKCS #8.
    pub key: Zeroizing<String>,
    /// The certificate.
    pub certificate: String,
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair").finish_non_exhaustive()
    }
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose<'a> {
    /// The cloud itself: bundles are sealed for its key.
    Cloud,
    /// A user, by name and account number: bundles are signed with its key.
    User(&'a str, &'a str),
    /// The authority that signs the TLS server's certificate.
    TlsAuthority,
}

impl Purpose<'_> {
    fn is_rsa(self) -> bool {
        !matches!(self, Self::TlsAuthority)
    }

    fn subject(self) -> (String, Option<String>) {
        match self {
            Self::Cloud => ("amikit-cloud".to_owned(), None),
            Self::User(name, account) => (name.to_owned(), Some(account.to_owned())),
            Self::TlsAuthority => ("amikit-cloud TLS authority".to_owned(), None),
        }
    }

    fn usages(self) -> Vec<KeyUsagePurpose> {
        match self {
            // A bundle's keys are sealed for its owner, too.
            Self::Cloud | Self::User(..) => vec![
                KeyUsagePurpose::DigitalSignature,
                KeyUsagePurpose::KeyEncipherment,
            ],
            Self::TlsAuthority => vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign],
        }
    }
}

/// A new private key for a purpose, PEM.
pub(super) fn new_key(purpose: Purpose<'_>) -> Result<Zeroizing<String>, IdentityError> {
    let kind = if purpose.is_rsa() {
        &rcgen::PKCS_RSA_SHA256 // of 2048 bits
    } else {
        &rcgen::PKCS_ECDSA_P256_SHA256
    };
    let key = KeyPair::generate_for(kind).map_err(make("private key"))?;
    Ok(Zeroizing::new(key.serialize_pem()))
}

/// A new key for a TLS server, PEM.
pub(super) fn new_server_key() -> Result<Zeroizing<String>, IdentityError> {
    new_key(Purpose::TlsAuthority)
}

/// A certificate for a key, signed by itself.
pub(super) fn self_signed(
    purpose: Purpose<'_>,
    key: &str,
    now: Timestamp,
    random: Random,
) -> Result<String, IdentityError> {
    let key = KeyPair::from_pem(key).map_err(make("certificate"))?;
    let params = lasting_params(purpose, now, random)?;
    let certificate = params.self_signed(&key).map_err(make("certificate"))?;
    Ok(certificate.pem())
}

fn lasting_params(
    purpose: Purpose<'_>,
    now: Timestamp,
    random: Random,
) -> Result<CertificateParams, IdentityError> {
    let mut params = params(now, LASTING_DAYS, random)?;
    let (name, account) = purpose.subject();
    params.distinguished_name.push(DnType::CommonName, name);
    if let Some(account) = account {
        params
            .distinguished_name
            .push(DnType::OrganizationalUnitName, account);
    }
    params.key_usages = purpose.usages();
    if purpose == Purpose::TlsAuthority {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    }
    Ok(params)
}

/// A TLS server's certificate for these names and addresses, signed by the authority.
pub(super) fn server_certificate(
    names: &[String],
    key: &str,
    authority_key: &str,
    now: Timestamp,
    random: Random,
) -> Result<String, IdentityError> {
    const WHAT: &str = "server's certificate";
    let key = KeyPair::from_pem(key).map_err(make(WHAT))?;
    let signer = KeyPair::from_pem(authority_key).map_err(make(WHAT))?;
    // Of its issuer a certificate has name and key, and those are the authority's whenever it was
    // made.
    let issuer = Issuer::new(lasting_params(Purpose::TlsAuthority, now, random)?, signer);
    let named = CertificateParams::new(names).map_err(make(WHAT))?;
    let mut params = params(now, SERVER_DAYS, random)?;
    params.subject_alt_names = named.subject_alt_names;
    params
        .distinguished_name
        .push(DnType::CommonName, "amikit-cloud");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.is_ca = IsCa::ExplicitNoCa;
    let certificate = params.signed_by(&key, &issuer).map_err(make(WHAT))?;
    Ok(certificate.pem())
}

/// Makes a user's key and certificate.
///
/// # Errors
/// When the name cannot be one, the clock is out of range or the system has no randomness.
pub fn user(
    name: &str,
    account: &str,
    now: Timestamp,
    random: Random,
) -> Result<Pair, IdentityError> {
    if let Some(why) = super::names::wrong_user_name(name) {
        let name = name.to_owned();
        return Err(IdentityError::UserName { name, why });
    }
    let key = new_key(Purpose::User(name, account))?;
    of_user_s_key(name, account, key, now, random)
}

/// A user's key with a new certificate for it.
pub(super) fn of_user_s_key(
    name: &str,
    account: &str,
    key: Zeroizing<String>,
    now: Timestamp,
    random: Random,
) -> Result<Pair, IdentityError> {
    let certificate = self_signed(Purpose::User(name, account), &key, now, random)?;
    Ok(Pair { key, certificate })
}

/// What all certificates have: a serial number and the time they hold.
fn params(now: Timestamp, days: i64, random: Random) -> Result<CertificateParams, IdentityError> {
    let clock = |seconds: i64| {
        let moment = OffsetDateTime::from_unix_timestamp(seconds);
        // X.509 has years of four digits, and none before 1950 in their common form.
        moment
            .ok()
            .filter(|moment| (1950..=9999).contains(&moment.year()))
            .ok_or(IdentityError::Clock { seconds: now.0 })
    };
    let mut serial = [0; 16];
    random(&mut serial);
    serial[0] = serial[0] & 0x7f | 0x40; // positive, and never shorter
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.not_before = clock(now.0.saturating_sub(SLACK_SECONDS))?;
    params.not_after = clock(now.0.saturating_add(days * DAY))?;
    Ok(params)
}

fn make(what: &'static str) -> impl Fn(rcgen::Error) -> IdentityError {
    move |error| IdentityError::Make {
        what,
        why: error.to_string(),
    }
}
