//! boto3 of today, by path, by service path, and by virtual host.

use super::round::Client;
use crate::support::small_cloud::{Address, Kind};

pub const CLIENTS: [Client; 3] = [
    Client {
        title: "boto3",
        script: "boto3_round.py",
        arguments: &["path"],
        address: Address::Root,
    },
    Client {
        title: "boto3, service path",
        script: "boto3_round.py",
        arguments: &["path"],
        address: Address::ObjectStorage,
    },
    Client {
        title: "boto3, virtual hosts",
        script: "boto3_round.py",
        arguments: &["virtual"],
        address: Address::Domain,
    },
];

#[test]
fn boto3_does_everything_with_every_database_and_store() {
    CLIENTS[0].succeeds(&Kind::ALL);
}

#[test]
fn boto3_does_everything_below_a_service_path() {
    CLIENTS[1].succeeds(&[Kind::DEFAULT]);
}

#[test]
fn boto3_does_everything_with_buckets_in_host_names() {
    CLIENTS[2].succeeds(&[Kind::DEFAULT]);
}
