//! Key pairs.

mod create_keypair;
mod delete_keypair;
mod describe_keypairs;
mod fingerprint_key;
mod import_keypair;

use clap::Arg;

use crate::aws::ec2::KeyPair;
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row};
use crate::cli::spec::CommandSpec;

/// The commands.
pub(super) const COMMANDS: &[&CommandSpec] = &[
    &create_keypair::SPEC,
    &create_keypair::ADD,
    &import_keypair::SPEC,
    &delete_keypair::SPEC,
    &describe_keypairs::SPEC,
    &fingerprint_key::SPEC,
];

/// The name of a key pair that is made.
fn name_arg() -> Arg {
    Arg::new("keypair")
        .value_name("KEYPAIR")
        .required(true)
        .help("Name of the new key pair")
}

impl Row for KeyPair {
    const HEADS: &'static [&'static str] = &["name", "type", "fingerprint", "id", "created"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            Some(self.key_name.clone()),
            self.key_type.clone(),
            self.key_fingerprint.clone(),
            self.key_pair_id.clone(),
            self.create_time.clone(),
        ]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        let fields = [Some(&*self.key_name), self.key_fingerprint.as_deref()];
        vec![Line::new("KEYPAIR", &fields)]
    }
}
