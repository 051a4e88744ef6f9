//! `delete-bundle`: deletes a bundle from a bucket.

use std::io::{self, IsTerminal as _};

use clap::Arg;
use serde_json::json;

use super::bundle_address::{address, args as address_args};
use super::upload_bundle::{requests, transfer_jobs};
use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag};
use crate::cli::{cloud, host};
use crate::progress::Step;
use crate::upload::{DeleteOptions, DeleteOrder, DeletePlan, DeleteSummary, Knowledge, delete};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "delete-bundle",
    about: "Delete a bundle from a bucket",
    details: "The parts that the manifest lists go first, the manifest last: if it breaks off, \
              run the same command again. With --prefix a bundle whose manifest is gone is found \
              by the names of its parts. Nothing else is deleted; the bucket only with --clear, \
              and only if it is empty then. At a terminal you are asked first.",
    examples: &[
        "amikit delete-bundle -b images/web -p disk.img",
        "amikit delete-bundle -b images -m disk.img.manifest.xml --clear --yes",
    ],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = address_args();
    args.extend([
        flag("clear", "Delete the bucket, too, if nothing else is in it"),
        flag("dry-run", "List what would be deleted, and delete nothing"),
        flag("yes", "Do not ask").short('y').visible_alias("batch"),
        transfer_jobs(),
    ]);
    args.extend(cloud::s3_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let address = address(session)?;
    let clear = session.values.flag("clear");
    let (knowledge, order) = match session.manner.family {
        Family::Ec2 => (Knowledge::Listing, DeleteOrder::ManifestFirst),
        Family::Native | Family::Euca | Family::Ec2Api => {
            (Knowledge::Manifest, DeleteOrder::PartsFirst)
        }
    };
    let options = DeleteOptions {
        order,
        jobs: requests(session)?,
    };
    let watcher = Watcher::new(session)?;
    let s3 = cloud::s3(session, &watcher)?;
    tracing::info!(
        bucket = address.bucket,
        manifest = address.manifest_key(),
        "deleting"
    );

    let plan = match DeletePlan::make(&s3, &address, knowledge, clear) {
        Ok(plan) => plan,
        Err(error) => return watcher.end(Err(error)),
    };
    if plan.without_manifest {
        session.warn("there is no manifest: what belongs to the bundle is known by its names only");
    }
    if session.values.flag("dry-run") {
        report(session, &plan, None)?;
        return Ok(Outcome::Done);
    }
    announce(session, &plan)?;
    if !may_go_on(session, &plan)? {
        return Err(Failure::declined());
    }
    let watcher = match session.manner.family {
        Family::Ec2 => watcher.telling(|step| match step {
            Step::Done(key) => format!("Deleted {key}\n"),
            _ => String::new(),
        }),
        Family::Native | Family::Euca | Family::Ec2Api => watcher,
    };
    let result = delete(&s3, &plan, options, &watcher);

    let summary = watcher.end(result)?;
    report(session, &plan, Some(&summary))?;
    Ok(Outcome::Done)
}

/// Lists what is going to be deleted, as Amazon's tool does.
fn announce(session: &Session<'_>, plan: &DeletePlan) -> Result<(), Failure> {
    if session.manner.family != Family::Ec2 {
        return Ok(());
    }
    if plan.is_empty() {
        return session.line("No files to delete.");
    }
    session.line("Deleting files:")?;
    for key in plan.manifest_keys.iter().chain(&plan.part_keys) {
        session.line(&format!("   - {key}"))?;
    }
    Ok(())
}

/// Asks, where somebody can answer. Amazon's tool asks even then, and despite `--batch`.
fn may_go_on(session: &Session<'_>, plan: &DeletePlan) -> Result<bool, Failure> {
    if session.values.flag("yes") {
        return Ok(true);
    }
    match session.manner.family {
        Family::Euca | Family::Ec2Api => Ok(true),
        Family::Ec2 => Ok(plan.is_empty() || host::confirm(session, "Continue")?),
        Family::Native => {
            let can_answer = session.surroundings.may_ask && io::stdin().is_terminal();
            if !can_answer || session.is_json() || (plan.is_empty() && !plan.clears_bucket) {
                return Ok(true);
            }
            let bucket = &plan.bucket;
            let and_bucket = if plan.clears_bucket {
                " and the bucket itself"
            } else {
                ""
            };
            let objects = plan.len();
            let question = format!("Delete {objects} objects of bucket {bucket}{and_bucket}?");
            host::confirm(session, &question)
        }
    }
}

fn report(
    session: &Session<'_>,
    plan: &DeletePlan,
    summary: Option<&DeleteSummary>,
) -> Result<(), Failure> {
    match session.manner.family {
        Family::Euca | Family::Ec2Api => Ok(()),
        Family::Ec2 if plan.is_empty() => Ok(()),
        Family::Ec2 => session.line("ec2-delete-bundle complete."),
        Family::Native if session.is_json() => {
            let planned = || plan.part_keys.iter().chain(&plan.manifest_keys).collect();
            let keys: Vec<&String> =
                summary.map_or_else(planned, |done| done.keys.iter().collect());
            session.json(&json!({
                "bucket": plan.bucket,
                "keys": keys,
                "bucket_deleted": summary.is_some_and(|summary| summary.bucket.is_some()),
                "dry_run": summary.is_none(),
                "without_manifest": plan.without_manifest,
                "warnings": *session.warnings.borrow(),
            }))
        }
        Family::Native if summary.is_none() => {
            for key in plan.part_keys.iter().chain(&plan.manifest_keys) {
                session.line(&format!("{}/{key}", plan.bucket))?;
            }
            if plan.clears_bucket {
                session.line(&plan.bucket)?;
            }
            Ok(())
        }
        Family::Native if session.verbosity.quiet => Ok(()),
        Family::Native => {
            session.line(&format!("deleted    {} objects", plan.len()))?;
            match summary.and_then(|summary| summary.bucket.as_ref()) {
                Some(bucket) => session.line(&format!("bucket     {bucket} deleted")),
                None => Ok(()),
            }
        }
    }
}
