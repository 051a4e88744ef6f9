//! minio-py, which knows no path in an endpoint, and signs its chunks itself.

use super::round::Client;
use crate::support::small_cloud::{Address, Kind};

pub const CLIENTS: [Client; 1] = [Client {
    title: "minio-py",
    script: "minio_round.py",
    arguments: &[],
    address: Address::Root,
}];

#[test]
fn minio_py_does_everything_it_can() {
    CLIENTS[0].succeeds(&[Kind::DEFAULT, Kind::REMOTE]);
}
