//! `bundle-instance`.

use clap::Arg;

use super::policy;
use crate::aws::ec2::{BundleInstance, BundleTask, DescribeBundleTasks};
use crate::cli::ec2::{Waiting, change, connect, show_one, wait, wait_args, writing_args};
use crate::cli::failure::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, option};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "bundle-instance",
    about: "Let the cloud bundle an instance into a bucket",
    details: "The cloud gets an upload policy that is signed with the secret key of the \
              bucket's owner, and good for that bucket and prefix and some hours.",
    examples: &["amikit bundle-instance i-1A2B3C4D -b images -p winter --wait"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("instance")
            .value_name("INSTANCE")
            .required(true)
            .help("The instance"),
        option("bucket", "BUCKET", "Bucket to upload to")
            .short('b')
            .required(true),
        option("prefix", "PREFIX", "How the bundle's names begin")
            .short('p')
            .required(true),
    ];
    args.extend(policy::args());
    args.extend(wait_args());
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let connected = connect(session)?;
    let bucket = session.values.given("bucket").unwrap_or_default();
    let prefix = session.values.given("prefix").unwrap_or_default();
    let form = policy::form(session, &connected.watcher, &bucket, &prefix)?;
    let request = BundleInstance {
        instance_id: session.values.given("instance").unwrap_or_default(),
        bucket,
        prefix,
        access_key_id: form.access_key_id,
        upload_policy: form.policy,
        upload_policy_signature: form.signature,
    };
    let Some(made) = change(session, &connected.ec2, &request)? else {
        return Ok(Outcome::Done);
    };
    let mut task = made.0;
    if session.values.flag("wait") {
        let describe = DescribeBundleTasks {
            bundle_ids: vec![task.bundle_id.clone()],
            filters: Vec::new(),
        };
        let what = format!("bundle task {}", task.bundle_id);
        task = wait(session, &connected.watcher, &what, || {
            let found = connected.ec2.call(&describe)?;
            Ok(judge(found.into_iter().next()))
        })?;
    } else if task.state.as_deref() == Some("failed") {
        let why = why(&task);
        let message = format!("bundle task {} failed: {why}", task.bundle_id);
        return Err(Failure::new(Exit::Service, message));
    }
    show_one(session, &task)?;
    Ok(Outcome::Done)
}

fn judge(task: Option<BundleTask>) -> Waiting<BundleTask> {
    let Some(task) = task else {
        return Waiting::Not("unknown".to_owned());
    };
    match task.state.clone().unwrap_or_default().as_str() {
        "complete" => Waiting::Done(task),
        state @ ("failed" | "cancelling" | "cancelled" | "canceling" | "canceled") => {
            Waiting::Never(format!("it is {state}: {}", why(&task)))
        }
        state => Waiting::Not(state.to_owned()),
    }
}

fn why(task: &BundleTask) -> String {
    let error = task.error.as_ref();
    let said = error.and_then(|error| error.message.clone().or(error.code.clone()));
    said.unwrap_or_else(|| "the service tells no reason".to_owned())
}
