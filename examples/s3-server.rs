//! An S3 server for trying and measuring: `s3s` over a folder, on a free port of the loopback.
//!
//! ```text
//! cargo run --release --example s3-server -- FOLDER [KEY_ID SECRET]
//! ```
//!
//! Its first line is its URL. It ends when its standard input does, so that it never outlives
//! whoever started it. With a key it checks signatures; without one it lets everybody in.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::Ipv4Addr;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, keys) = match arguments.as_slice() {
        [folder] => (folder, None),
        [folder, id, secret] => (folder, Some((id.as_str(), secret.as_str()))),
        _ => return Err("usage: s3-server FOLDER [KEY_ID SECRET]".into()),
    };
    let store = FileSystem::new(folder).map_err(|error| format!("{folder}: {error:?}"))?;
    let mut service = S3ServiceBuilder::new(store);
    if let Some((id, secret)) = keys {
        service.set_auth(SimpleAuth::from_single(id, secret));
    }
    let service = service.build();

    let runtime = tokio::runtime::Runtime::new()?;
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let mut output = io::stdout().lock();
    writeln!(output, "http://{}", listener.local_addr()?)?;
    output.flush()?;
    runtime.spawn(serve(listener, service));
    io::stdin().read_to_end(&mut Vec::new())?;
    runtime.shutdown_background();
    Ok(())
}

/// Serves every connection for as long as the program runs.
async fn serve(listener: TcpListener, service: S3Service) {
    while let Ok((socket, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            let server = Builder::new(TokioExecutor::new());
            // Clients may go away when they like.
            let _ = server.serve_connection(TokioIo::new(socket), service).await;
        });
    }
}
