//! The EBS direct APIs for trying and measuring: the strict server of the tests, on a free port of
//! the loopback.
//!
//! ```text
//! cargo run --release --example ebs-server -- [--forget] [--latency MS]
//! ```
//!
//! Its first line is its URL. It ends when its standard input does, and its last line tells how
//! many requests of each kind came. It keeps everything in memory; with `--forget` only checksums,
//! so that images of any size can be sent to it. With `--latency` every answer comes so many
//! milliseconds later, as from a service that is not on the loopback.

// The tests use more of it.
#[allow(dead_code)]
#[path = "../tests/support/ebs_server/mod.rs"]
mod ebs_server;

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::time::Duration;

use ebs_server::EbsServer;

fn main() -> Result<(), Box<dyn Error>> {
    let server = EbsServer::start();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = if argument == "--latency" {
            arguments.next().and_then(|text| text.parse().ok())
        } else {
            None
        };
        match (argument.as_str(), value) {
            ("--forget", _) => server.forget_bytes(),
            ("--latency", Some(time)) => server.set_latency(Duration::from_millis(time)),
            _ => return Err("usage: ebs-server [--forget] [--latency MS]".into()),
        }
    }
    let mut output = io::stdout().lock();
    writeln!(output, "{}", server.url())?;
    output.flush()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    let counts = ["StartSnapshot", "PutSnapshotBlock", "CompleteSnapshot"];
    let counts = counts.map(|operation| format!("{operation} {}", server.count(operation)));
    writeln!(output, "{}", counts.join(" "))?;
    Ok(())
}
