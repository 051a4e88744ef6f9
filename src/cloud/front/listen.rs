//! Sockets that take connections.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::net::{TcpListener, TcpSocket};

/// Connections that the system keeps for us between two looks. More than the system's own limit
/// (4096 on Linux) is cut to it.
const BACKLOG: u32 = 1024;

/// Why a front cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrontError {
    /// Another program listens there.
    #[error("cannot listen on {address}: another program does")]
    Occupied {
        /// Where.
        address: SocketAddr,
    },
    /// The system keeps the port for root.
    #[error("cannot listen on {address}: the system keeps this port for root")]
    Forbidden {
        /// Where.
        address: SocketAddr,
    },
    /// No network interface has the address.
    #[error("cannot listen on {address}: this machine has no such address")]
    NotOurs {
        /// Where.
        address: SocketAddr,
    },
    /// Anything else that the system says.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A PEM file that cannot be read.
    #[error("cannot read {path}")]
    ReadPem {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// PEM without what is looked for.
    #[error("{origin} holds no {expected}: expected PEM with a block of that kind")]
    NoPem {
        /// Which file, or what the text is for.
        origin: String,
        /// What is missing.
        expected: &'static str,
    },
    /// Certificate and key that rustls does not take, or that do not belong together.
    #[error(
        "cannot use certificate {certificate} with key {key} for TLS: they must be valid and belong together"
    )]
    Tls {
        /// Where the certificate is from.
        certificate: String,
        /// Where the key is from.
        key: String,
        /// What rustls says.
        source: tokio_rustls::rustls::Error,
    },
}

/// A socket that is bound: connections already queue, and are taken once it is served.
#[derive(Debug)]
pub struct Bound {
    pub(super) listener: TcpListener,
    address: SocketAddr,
}

impl Bound {
    /// Where it listens, with the port that the system chose for 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Binds each address, in this order, or none. Must be called inside a tokio runtime.
///
/// # Errors
///
/// When an address is taken, not permitted, or not this machine's.
pub fn bind(addresses: &[SocketAddr]) -> Result<Vec<Bound>, FrontError> {
    addresses.iter().map(|&address| bind_one(address)).collect()
}

fn bind_one(address: SocketAddr) -> Result<Bound, FrontError> {
    let listen = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        socket.set_reuseaddr(true)?; // connections of the last run may linger in TIME_WAIT
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        Ok(Bound { listener, address })
    };
    listen().map_err(|source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => FrontError::Occupied { address },
        io::ErrorKind::PermissionDenied => FrontError::Forbidden { address },
        io::ErrorKind::AddrNotAvailable => FrontError::NotOurs { address },
        _ => FrontError::Listen { address, source },
    })
}
