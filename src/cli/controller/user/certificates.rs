//! `amikit-cloud user certificates`.

use clap::Arg;
use serde::Serialize;

use super::{about_one, in_office};
use crate::cli::controller::settings;
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, show};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};
use crate::cloud::state::accounts::Certificate;
use crate::cloud::walrus::iso_ms;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "cloud user certificates",
    about: "List every certificate that a user has or had",
    details: "\
Bundles name the certificate they were signed with, and stay good when there is a newer one. JSON \
has the certificates themselves.",
    examples: &["amikit-cloud user certificates jo"],
    args,
    sources: settings::SOURCES,
    rows: true,
    run,
};

/// A certificate in the list.
#[derive(Debug, Serialize)]
struct CertificateRow {
    fingerprint: String,
    created: String,
    revoked: Option<String>,
    pem: String,
}

impl Row for CertificateRow {
    const HEADS: &'static [&'static str] = &["fingerprint", "created", "revoked"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.fingerprint.clone()),
            Some(self.created.clone()),
            self.revoked.clone(),
        ]
    }

    /// No old tool lists them.
    fn lines(&self, _: Family) -> Vec<Line> {
        Vec::new()
    }
}

fn args() -> Vec<Arg> {
    about_one(Vec::new())
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let name = session.required_text("name")?;
    let found = in_office(session, async |office| office.certificates(&name).await)?;
    let row = |certificate: Certificate| CertificateRow {
        fingerprint: certificate.fingerprint,
        created: iso_ms(certificate.created_ms),
        revoked: certificate.revoked_ms.map(iso_ms),
        pem: certificate.pem,
    };
    let rows: Vec<_> = found.into_iter().map(row).collect();
    show(session, "certificates", &rows)?;
    Ok(Outcome::Done)
}
