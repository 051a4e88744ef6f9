//! The EBS direct APIs for trying and measuring: the strict server of the tests, on a free port of
//! the loopback.
//!
//! ```text
//! cargo run --release --example ebs-server -- [--forget]
//! ```
//!
//! Its first line is its URL. It ends when its standard input does, and its last line tells how
//! many requests of each kind came. It keeps everything in memory; with `--forget` only checksums,
//! so that images of any size can be sent to it.

// The tests use more of it.
#[allow(dead_code)]
#[path = "../tests/support/ebs_server/mod.rs"]
mod ebs_server;

use std::error::Error;
use std::io::{self, Read as _, Write as _};

use ebs_server::EbsServer;

fn main() -> Result<(), Box<dyn Error>> {
    let server = EbsServer::start();
    match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => {}
        [option] if option == "--forget" => server.forget_bytes(),
        _ => return Err("usage: ebs-server [--forget]".into()),
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
