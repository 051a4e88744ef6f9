//! rclone: folders, their comparison, and parts of 5 MiB.

use super::round::Client;
use crate::support::small_cloud::{Address, Kind};

pub const CLIENTS: [Client; 2] = [
    Client {
        title: "rclone",
        script: "rclone_round.py",
        arguments: &[],
        address: Address::Root,
    },
    Client {
        title: "rclone, service path",
        script: "rclone_round.py",
        arguments: &[],
        address: Address::Walrus,
    },
];

#[test]
fn rclone_does_everything_it_can() {
    CLIENTS[0].succeeds(&[Kind::DEFAULT, Kind::REMOTE]);
}

#[test]
fn rclone_does_everything_below_the_service_path() {
    CLIENTS[1].succeeds(&[Kind::DEFAULT]);
}
