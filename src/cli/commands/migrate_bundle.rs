//! `migrate-bundle`: copies a bundle within a service, for another cloud or region.

use std::time::Instant;

use clap::Arg;
use serde_json::json;

use super::migrate_manifest::{SOURCES, ids, parties, party_args, warn_of_removed};
use super::upload_bundle::{acl, bucket, location, requests, transfer_jobs};
use crate::cli::cloud;
use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, option};
use crate::upload::migrate::{MigratedBundle, MoveOptions, migrate_bundle};

/// What every manifest's name ends with.
const SUFFIX: &str = ".manifest.xml";

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "migrate-bundle",
    about: "Copy a bundle to another bucket of the service, for another cloud or region",
    details: "The parts are copied by the service itself; the manifest is made as by \
              migrate-manifest and goes last. The destination's bucket is created if need be. The \
              bundle at the source stays.",
    examples: &[
        "amikit migrate-bundle -b images -d images-eu -m disk.img.manifest.xml -c cert.pem \\\n      -k pk.pem --ec2cert target-cert.pem --kernel aki-919dcaf8",
    ],
    args,
    sources: SOURCES,
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        option(
            "manifest",
            "NAME",
            "Name of the manifest in the bucket, without the prefix",
        )
        .short('m')
        .required(true),
        option("bucket", "BUCKET[/PREFIX]", "Where the bundle is")
            .short('b')
            .required(true),
        option(
            "destination-bucket",
            "BUCKET[/PREFIX]",
            "Where the copy goes",
        )
        .short('d')
        .required(true),
        option(
            "acl",
            "ACL",
            "Canned ACL of every copy, as of upload-bundle; none: no ACL",
        )
        .default_value("aws-exec-read"),
        option(
            "location",
            "LOCATION",
            "Where a new bucket is created; an existing one must be there",
        ),
    ];
    args.extend(party_args());
    args.push(transfer_jobs());
    args.extend(cloud::s3_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let manifest = manifest(session)?;
    let to = session.parsed("destination-bucket")?;
    let options = MoveOptions {
        manifest,
        from: bucket(session)?,
        to: to.ok_or_else(|| session.missing("destination-bucket"))?,
        acl: acl(session)?,
        location: location(session)?,
        jobs: requests(session)?,
    };
    let (ids, parties) = (ids(session)?, parties(session)?);
    let watcher = Watcher::new(session)?;
    let s3 = cloud::s3(session, &watcher)?;
    tracing::info!(
        manifest = options.manifest,
        from = %options.from,
        to = %options.to,
        jobs = options.jobs,
        ?ids,
        "migrating"
    );
    let started = Instant::now();

    let result = migrate_bundle(&s3, &options, &parties, &ids, &watcher);

    let done = watcher.end(result)?;
    warn_of_removed(session, &done.migrated.removed);
    tell(session, &options, &done, started.elapsed().as_secs_f64())?;
    Ok(Outcome::Done)
}

/// A plain name that ends as it must, since the parts are sought beside it.
fn manifest(session: &Session<'_>) -> Result<String, Failure> {
    let name = session.text("manifest")?;
    let name = name.ok_or_else(|| session.missing("manifest"))?;
    let is_plain = !name.contains('/') && !name.contains(char::is_control);
    if is_plain && name.len() > SUFFIX.len() && name.ends_with(SUFFIX) {
        return Ok(name);
    }
    let why = format!("\"{name}\" is no name such as disk.img{SUFFIX}");
    Err(session.invalid("manifest", &name, &why))
}

fn tell(
    session: &Session<'_>,
    options: &MoveOptions,
    done: &MigratedBundle,
    seconds: f64,
) -> Result<(), Failure> {
    let manifest = format!("{}/{}", options.to.bucket(), done.manifest_key);
    let image = &done.migrated.manifest.image;
    if session.manner.family == Family::Ec2 {
        session.line("Your new bundle is in S3 at the following location:")?;
        return session.line(&manifest);
    }
    if session.is_json() {
        return session.json(&json!({
            "manifest": manifest,
            "parts": image.parts.len(),
            "bundled_size": image.bundled_size,
            "removed": done.migrated.removed,
            "seconds": seconds,
            "warnings": *session.warnings.borrow(),
        }));
    }
    if session.verbosity.quiet {
        return Ok(());
    }
    session.print(&format!(
        "manifest  {manifest}\n\
         parts     {}, copied by the service\n\
         time      {seconds:.1} s\n",
        image.parts.len(),
    ))
}
