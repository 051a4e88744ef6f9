//! Other people's S3 clients, and our own commands, at the small cloud.
//!
//! ```text
//! tests/support/walrus/CLIENT_round.py ─► one line per operation of operations.txt ─┐
//! amikit.rs: our own commands          ─► the same                                  ┼► failures fail
//!                                                                                   └► round.rs
//! docs/walrus-clients.md ◄─ table.rs: every client's round, side by side
//! ```
//!
//! Every client meets both databases and both stores; boto3 meets every combination of them.

mod amikit;
mod awscli;
mod blob_stores;
mod boto2;
mod boto3;
mod concurrency;
mod crash;
mod credentials;
mod disk_full;
mod fsck;
mod hostile;
mod minio;
mod rclone;
mod round;
mod s3cmd;
mod table;
mod users;
