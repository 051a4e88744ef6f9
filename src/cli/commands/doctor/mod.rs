//! `doctor`: says where every setting comes from, and whether what it leads to works.
//!
//! ```text
//! values    region, endpoint, keys, … and the source that won
//! checks    configuration ─► keys ─► endpoint ─► answer ─► clock ─► access ─► bucket ─► write
//!                              └─► EC2's endpoint ─► clock ─► access ─► account
//!           private key ─► certificate ─► cloud's certificate
//! ```
//!
//! A check that needs what an earlier one did not get is passed over. Nothing is changed,
//! unless `--write` asks for an object to be put and deleted.

mod bucket;
mod cloud;
mod ec2;
mod files;
mod report;
mod settings;

use clap::Arg;

use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{
    ACCOUNT, CLOUD_CERTIFICATE, CommandSpec, Outcome, PRIVATE_KEY, Source, USER_CERTIFICATE, flag,
    option, path,
};

use report::Report;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "doctor",
    about: "Say where every setting comes from, and check that it works",
    details: "Options, environment and files are asked as every other command asks them; of \
              each value the source that won is told. Secrets are never shown. Then the keys, \
              the service, this machine's clock, the bucket (with --bucket), EC2 where somebody \
              says where it is, the private key and the certificates are checked, and what helps \
              is said beside what fails.\n\n\
              Nothing is changed. Only --write puts a small object into the bucket, and deletes \
              it again.\n\n\
              Exit codes: 0 nothing failed; else that of the first check that failed: 6 \
              configuration, keys or certificates, 3 the service said no, 5 no answer in time, \
              1 unreachable.",
    examples: &[
        "amikit doctor",
        "amikit doctor --region admin@cloud -b images/prod --write",
        "amikit doctor --output json",
    ],
    args,
    sources: SOURCES,
    rows: false,
    run,
};

/// As `bundle-image` finds them.
const SOURCES: &[Source] = &[PRIVATE_KEY, USER_CERTIFICATE, CLOUD_CERTIFICATE, ACCOUNT];

fn args() -> Vec<Arg> {
    let own = [
        option("bucket", "BUCKET[/PREFIX]", "Bucket to check").short('b'),
        flag("write", "Put a small object into the bucket, and delete it").requires("bucket"),
        option("acl", "ACL", "Canned ACL of that object, or none").default_value("aws-exec-read"),
        path("privatekey", "FILE", "Private key to check").short('k'),
        path("cert", "FILE", "Certificate that belongs to it").short('c'),
        path("ec2cert", "FILE", "Certificate of the cloud"),
        option("user", "ACCOUNT", "Account that images belong to").short('u'),
    ];
    // Nothing is asked of the service for snapshots' blocks.
    let beside = crate::cli::cloud::beside_s3_args();
    let beside = beside.into_iter().filter(|arg| arg.get_id() != "ebs-url");
    own.into_iter()
        .chain(crate::cli::cloud::s3_args())
        .chain(beside)
        .collect()
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let watcher = Watcher::new(session)?;
    let mut report = Report::default();
    // Options that make no sense are no finding: they are told as everywhere.
    let bucket = bucket::named(session)?;
    match session.configuration() {
        Ok((config, _)) => {
            files::configuration(&mut report, config.files());
            let cloud = crate::cli::cloud::cloud(session)?;
            settings::tell(session, &cloud, &mut report)?;
            cloud::check(session, &cloud, &watcher, bucket.as_ref(), &mut report)?;
            files::check(session, &mut report);
        }
        Err(failure) => report.fail("configuration", &failure),
    }
    if session.is_json() {
        session.json(&report.to_json(session))?;
    } else if !session.verbosity.quiet || report.first_failure().is_some() {
        session.print(&report.to_text())?;
    }
    match report.first_failure() {
        None => Ok(Outcome::Done),
        Some(check) => Err(Failure::new(
            check.exit,
            format!(
                "{} of {} checks failed",
                report.failures(),
                report.checks.len()
            ),
        )
        .hint(format!("begin with \"{}\" in the report", check.name))),
    }
}

#[cfg(test)]
mod tests;
