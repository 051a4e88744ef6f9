//! Which bundle in a bucket is meant: the options of all commands that read or delete one.

use clap::Arg;

use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{option, path};
use crate::upload::{BucketPath, BundleAddress, BundleSelector};

/// The options that can name a bundle, in the order of their help.
const SELECTORS: [&str; 3] = ["manifest", "prefix", "local-manifest"];

/// `--bucket`, and the three ways to name a bundle in it.
pub(super) fn args() -> Vec<Arg> {
    vec![
        option(
            "bucket",
            "BUCKET[/PREFIX]",
            "Bucket of the bundle, and what its keys begin with",
        )
        .short('b')
        .required(true),
        option("manifest", "NAME", "Name of the manifest in the bucket").short('m'),
        option(
            "prefix",
            "PREFIX",
            "Prefix of the bundle: its manifest is PREFIX.manifest.xml",
        )
        .short('p'),
        path(
            "local-manifest",
            "FILE",
            "Manifest of the bundle on this machine",
        ),
    ]
}

/// The bundle that the options name.
///
/// # Errors
/// When they name none, or several.
pub(super) fn address(session: &Session<'_>) -> Result<BundleAddress, Failure> {
    let bucket: BucketPath = session
        .parsed("bucket")?
        .ok_or_else(|| session.missing("bucket"))?;
    let given: Vec<&str> = SELECTORS
        .into_iter()
        .filter(|id| session.values.is_on_command_line(id))
        .collect();
    let selector = match given[..] {
        ["local-manifest"] => BundleSelector::Local(session.required_path("local-manifest")?),
        ["manifest"] => BundleSelector::Manifest(name(session, "manifest")?),
        // A dialect may have a default for it.
        ["prefix"] | [] if session.text("prefix")?.is_some() => {
            BundleSelector::Prefix(name(session, "prefix")?)
        }
        [] => return Err(none_given(session)),
        _ => return Err(several_given(session, &given)),
    };
    Ok(BundleAddress {
        bucket: bucket.bucket().to_owned(),
        key_prefix: bucket.prefix().to_owned(),
        selector,
    })
}

/// A name in a bucket. Amazon's tool wants one without a slash.
fn name(session: &Session<'_>, id: &str) -> Result<String, Failure> {
    let name = session.text(id)?.unwrap_or_default();
    let why = if name.is_empty() {
        "it is empty"
    } else if name.ends_with('/') {
        "it ends with a slash"
    } else if name.starts_with('/') {
        "it begins with a slash"
    } else if name.chars().any(char::is_control) {
        "it has control characters"
    } else if name.contains('/') && session.manner.family == Family::Ec2 {
        "it has a slash"
    } else {
        return Ok(name);
    };
    let why = format!("\"{name}\" is not the name of a bundle: {why}");
    Err(session.invalid(id, &name, &why))
}

fn none_given(session: &Session<'_>) -> Failure {
    match session.manner.family {
        Family::Ec2 => Failure::usage("missing mandatory parameter: --manifest or --prefix"),
        Family::Native | Family::Euca | Family::Ec2Api => {
            Failure::usage("one of --manifest, --prefix and --local-manifest is needed")
        }
    }
}

fn several_given(session: &Session<'_>, given: &[&str]) -> Failure {
    match session.manner.family {
        // There a manifest is given by one option alone, whatever it is called here.
        Family::Ec2 => Failure::usage("--manifest and --prefix may not both be provided"),
        Family::Native | Family::Euca | Family::Ec2Api => {
            let names: Vec<String> = given.iter().map(|id| format!("--{id}")).collect();
            Failure::usage(format!("only one of {} may be given", names.join(" and ")))
        }
    }
}
