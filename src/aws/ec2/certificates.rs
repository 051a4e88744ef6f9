//! `DescribeServiceCertificates`: the certificates of a Eucalyptus cloud's services.
//!
//! Eucalyptus' bootstrap service answers it at `/services/Empyrean`, in the query API's form with
//! a version of its own; Amazon has nothing of the kind.

use super::{Ec2Request, Fields, FromFields, Parameters, Unreadable};

/// The version that the bootstrap service is asked for.
pub const BOOTSTRAP_VERSION: &str = "eucalyptus";

/// Asks for certificates in PEM, with their SHA-256.
#[derive(Debug, Clone, Copy, Default)]
pub struct DescribeServiceCertificates;

impl Ec2Request for DescribeServiceCertificates {
    const ACTION: &'static str = "DescribeServiceCertificates";
    const REPEATABLE: bool = true;
    type Response = Vec<ServiceCertificate>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("Format", "pem");
        parameters.set("FingerprintDigest", "SHA-256");
    }
}

/// A certificate of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCertificate {
    /// The service: `compute`.
    pub service_type: Option<String>,
    /// What it is for: `image-bundling`.
    pub usage: Option<String>,
    /// The certificate, PEM.
    pub certificate: String,
    /// Its digest, in hex with colons.
    pub fingerprint: Option<String>,
    /// How that was made: `SHA-256`.
    pub fingerprint_digest: Option<String>,
}

impl ServiceCertificate {
    /// Whether images are bundled for it.
    #[must_use]
    pub fn is_for_bundles(&self) -> bool {
        self.usage.as_deref() == Some("image-bundling")
            && self.service_type.as_deref() == Some("compute")
    }

    /// Whether a certificate with this SHA-256 is the one that is told of; nothing if no SHA-256
    /// is told.
    #[must_use]
    pub fn has_sha256(&self, digest: [u8; 32]) -> Option<bool> {
        let told = self.fingerprint.as_ref()?;
        if !matches!(self.fingerprint_digest.as_deref(), None | Some("SHA-256")) {
            return None;
        }
        let told: String = told.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        Some(told.eq_ignore_ascii_case(&hex::encode(digest)))
    }
}

impl FromFields for ServiceCertificate {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            service_type: fields.text("serviceType"),
            usage: fields.text("certificateUsage"),
            certificate: fields.required("certificate")?,
            fingerprint: fields.text("certificateFingerprint"),
            fingerprint_digest: fields.text("certificateFingerprintDigest"),
        })
    }
}

impl FromFields for Vec<ServiceCertificate> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        fields.list("serviceCertificates")
    }
}
