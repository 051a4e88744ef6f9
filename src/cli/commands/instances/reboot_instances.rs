//! `reboot-instances`.

use clap::Arg;

use super::instances_arg;
use crate::aws::ec2::RebootInstances;
use crate::cli::ec2::{change, connect, ids, writing_args};
use crate::cli::failure::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "reboot-instances",
    about: "Reboot instances",
    details: "The service is asked to, and does it a little later.",
    examples: &["amikit reboot-instances i-0123456789abcdef0"],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![instances_arg("Instances to reboot")];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let request = RebootInstances {
        instance_ids: ids(session, "instance")?,
    };
    let connected = connect(session)?;
    let Some(done) = change(session, &connected.ec2, &request)? else {
        return Ok(Outcome::Done);
    };
    if !done.0 {
        let message = "the service did not reboot the instances, and tells no reason";
        return Err(Failure::new(Exit::Service, message));
    }
    if session.is_native() && session.is_json() {
        session.json(&serde_json::json!({ "rebooting": request.instance_ids }))?;
    }
    Ok(Outcome::Done)
}
