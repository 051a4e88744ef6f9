//! boto 2, the library of euca2ools' days: signature version 2, below the service path.

use super::round::Client;
use crate::support::small_cloud::{Address, Kind};

pub const CLIENTS: [Client; 2] = [
    Client {
        title: "boto 2, service path",
        script: "boto2_round.py",
        arguments: &[],
        address: Address::Walrus,
    },
    Client {
        title: "boto 2",
        script: "boto2_round.py",
        arguments: &[],
        address: Address::Root,
    },
];

#[test]
fn boto_2_does_everything_below_the_service_path() {
    CLIENTS[0].succeeds(&[Kind::DEFAULT, Kind::REMOTE]);
}

#[test]
fn boto_2_does_everything_at_the_root() {
    CLIENTS[1].succeeds(&[Kind::DEFAULT]);
}
