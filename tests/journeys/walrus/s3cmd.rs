//! s3cmd with both signatures, at the root and below the service path.

use super::round::Client;
use crate::support::small_cloud::{Address, Kind};

pub const CLIENTS: [Client; 3] = [
    Client {
        title: "s3cmd, V4",
        script: "s3cmd_round.py",
        arguments: &["v4"],
        address: Address::Root,
    },
    Client {
        title: "s3cmd, V2",
        script: "s3cmd_round.py",
        arguments: &["v2"],
        address: Address::Root,
    },
    Client {
        title: "s3cmd, V2, service path",
        script: "s3cmd_round.py",
        arguments: &["v2"],
        address: Address::Walrus,
    },
];

#[test]
fn s3cmd_does_everything_with_version_4() {
    CLIENTS[0].succeeds(&[Kind::DEFAULT, Kind::REMOTE]);
}

#[test]
fn s3cmd_does_everything_with_version_2() {
    CLIENTS[1].succeeds(&[Kind::DEFAULT]);
}

#[test]
fn s3cmd_does_everything_below_the_service_path() {
    CLIENTS[2].succeeds(&[Kind::DEFAULT]);
}
