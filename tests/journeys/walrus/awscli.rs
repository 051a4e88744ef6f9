//! awscli of today: `aws s3` and `aws s3api`, with the checksums and trailers of its defaults.

use super::round::Client;
use crate::support::small_cloud::{Address, Kind};

pub const CLIENTS: [Client; 1] = [Client {
    title: "awscli",
    script: "awscli_round.py",
    arguments: &[],
    address: Address::Root,
}];

#[test]
fn awscli_does_everything_it_can() {
    CLIENTS[0].succeeds(&[Kind::DEFAULT, Kind::REMOTE]);
}
