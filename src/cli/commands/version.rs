//! `version`: tells which version this is, and which tools' it stands for.

use clap::Arg;
use serde_json::json;

use crate::cli::dialect::{Dialect, Family};
use crate::cli::dialect::{EC2, EUCA};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "version",
    about: "Tell the version of amikit, and of the tools whose names it takes",
    details: "",
    examples: &["amikit version"],
    args: Vec::<Arg>::new,
    sources: &[],
    rows: false,
    run,
};

/// Version of the manifests, which ec2-ami-tools tell with their own.
const MANIFEST_VERSION: &str = "20071010";

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    match session.manner.family {
        Family::Euca | Family::Ec2Api => {
            session.line(&format!("{} (amikit {version})", EUCA.tools))?;
        }
        Family::Ec2 => {
            let number = number(&EC2);
            session.line(&format!("{number} {MANIFEST_VERSION} (amikit {version})"))?;
        }
        Family::Native if session.is_json() => session.json(&json!({
            "amikit": version,
            "euca2ools": number(&EUCA),
            "ec2-ami-tools": number(&EC2),
        }))?,
        Family::Native => session.line(&format!(
            "amikit {version}, for {} and {}",
            EUCA.tools, EC2.tools
        ))?,
    }
    Ok(Outcome::Done)
}

/// The number in the name of a dialect's tools.
fn number(dialect: &Dialect) -> &'static str {
    dialect.tools.rsplit(' ').next().unwrap_or_default()
}
