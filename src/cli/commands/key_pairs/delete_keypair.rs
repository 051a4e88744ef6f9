//! `delete-keypair`.

use clap::{Arg, ArgAction};
use serde::Serialize;

use crate::aws::ec2::DeleteKeyPair;
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, change, connect, ids, must_be_done, show, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "delete-keypair",
    about: "Delete key pairs",
    details: "Instances keep the public keys that they have. It is no error if there is no such \
              key pair.",
    examples: &["amikit delete-keypair web"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("keypair")
            .value_name("KEYPAIR")
            .action(ArgAction::Append)
            .num_args(1..)
            .required(true)
            .help("Key pairs to delete"),
    ];
    args.extend(writing_args());
    args
}

/// A key pair that is gone.
#[derive(Serialize)]
struct Deleted {
    key_name: String,
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let names = ids(session, "keypair")?;
    let ec2 = connect(session)?.ec2;
    let mut deleted = Vec::new();
    let result = names.into_iter().try_for_each(|key_name| {
        let request = DeleteKeyPair { key_name };
        let Some(done) = change(session, &ec2, &request)? else {
            return Ok(());
        };
        let key_name = request.key_name;
        must_be_done(done, &format!("deleting the key pair {key_name}"))?;
        deleted.push(Deleted { key_name });
        Ok(())
    });
    if !deleted.is_empty() {
        show(session, "key_pairs", &deleted)?;
    }
    result.map(|()| Outcome::Done)
}

impl Row for Deleted {
    const HEADS: &'static [&'static str] = &["name"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![Some(self.key_name.clone())]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        vec![Line::new("KEYPAIR", &[Some(&self.key_name)])]
    }
}
