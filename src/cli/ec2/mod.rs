//! What commands that talk to EC2 have in common.
//!
//! ```text
//! args ─► connect ─► request ─► call, or check (--dry-run) ─► rows ─► show
//!                                                              └─ table │ JSON │ TSV │ old tools' lines
//! ```

mod disks;
mod filters;
mod ids;
mod output;
mod tags;
mod wait;

use clap::Arg;

use super::cloud;
use super::failure::{Exit, Failure};
use super::progress::Watcher;
use super::session::Session;
use super::spec::flag;
use crate::aws::AwsError;
use crate::aws::ec2::{Done, Ec2, Ec2Request};

pub use disks::{encryption, time};
pub use filters::{filter_arg, filters};
pub use ids::{client_token, ids, one_id};
pub use output::{Line, Row, plain, show, show_one};
pub use tags::{resource_type, tag_arg, tag_lines, tags};
pub use wait::{Waiting, wait, wait_args, wait_limit};

/// The options of a command that only reads: those of the connection.
#[must_use]
pub fn reading_args() -> Vec<Arg> {
    cloud::ec2_args()
}

/// The options of a command that changes something: `--dry-run` besides.
#[must_use]
pub fn writing_args() -> Vec<Arg> {
    let mut args = vec![flag(
        "dry-run",
        "Ask whether it would be granted, and do nothing",
    )];
    args.extend(cloud::ec2_args());
    args
}

/// A connection, and who watches over it.
#[derive(Debug)]
pub struct Connected {
    /// The service.
    pub ec2: Ec2,
    /// Progress, and the wish to stop.
    pub watcher: Watcher,
}

/// Connects to the EC2 that options, environment and files lead to.
///
/// # Errors
/// When there is no endpoint, no credentials, or one of them is unusable.
pub fn connect(session: &Session<'_>) -> Result<Connected, Failure> {
    let watcher = Watcher::new(session)?;
    let ec2 = cloud::ec2(session, &watcher)?;
    Ok(Connected { ec2, watcher })
}

/// Makes a request that changes something; nothing is returned if it was only a dry run, which
/// is told.
///
/// # Errors
/// When the service says no, or cannot be reached.
pub fn change<R: Ec2Request>(
    session: &Session<'_>,
    ec2: &Ec2,
    request: &R,
) -> Result<Option<R::Response>, Failure> {
    if !session.values.flag("dry-run") {
        return Ok(Some(asked(request, ec2.call(request))?));
    }
    ec2.check(request)?;
    if session.is_json() {
        session.json(&serde_json::json!({"dry_run": true, "action": R::ACTION}))?;
    } else {
        session.note(&format!("{} would be granted", R::ACTION));
    }
    Ok(None)
}

/// The answer to a request. Where it failed in a way that leaves open whether it was done, the
/// hint tells the client token, with which the user can ask again and gets nothing twice.
///
/// # Errors
/// Those of the call.
pub fn asked<R: Ec2Request, T>(request: &R, answer: Result<T, AwsError>) -> Result<T, Failure> {
    answer.map_err(|error| {
        let token = request.client_token().filter(|_| error.may_pass());
        let mut failure = Failure::from(error);
        if let Some(token) = token {
            let again = format!(
                "it may have been done; the same command with --client-token {token} makes \
                 nothing twice"
            );
            failure.hint = Some(match failure.hint.take() {
                Some(hint) => format!("{hint}; {again}"),
                None => again,
            });
        }
        failure
    })
}

/// Makes a request that is only done; false if it was only a dry run, which is told.
///
/// # Errors
/// As [`change`]; when the service says that it was not done, as Eucalyptus may.
pub fn change_done<R: Ec2Request<Response = Done>>(
    session: &Session<'_>,
    ec2: &Ec2,
    request: &R,
) -> Result<bool, Failure> {
    match change(session, ec2, request)? {
        Some(done) => must_be_done(done, R::ACTION).map(|()| true),
        None => Ok(false),
    }
}

/// Old services answer `false` where newer ones refuse.
///
/// # Errors
/// When they do: `what` was not done.
pub fn must_be_done(done: Done, what: &str) -> Result<(), Failure> {
    if done.0 {
        return Ok(());
    }
    let message = format!("{what} was not done: the service answered false");
    Err(Failure::new(Exit::Service, message)
        .hint("it does not tell why: is it there, is it yours, and was it done before?"))
}
