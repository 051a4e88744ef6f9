//! A running front: takes connections, and stops without hurry.
//!
//! ```text
//! stop ─► listeners close ─► idle connections end ─► running requests end ─► stopped, 0 cut
//!                                                       └─ stop_time ─► cut ─► stopped, n cut
//! ```

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout_at};
use tracing::{debug, info, warn};

use super::admission::Admission;
use super::clock;
use super::connection::Reception;
use super::limits::Limits;
use super::listen::Bound;
use super::metrics::Metrics;
use super::service::Service;
use super::tls::Tls;
use crate::cloud::Surroundings;

/// How long nothing is accepted after the system had no descriptor or memory for a connection.
/// Trying at once would fail at once, with a core kept busy.
const PAUSE: Duration = Duration::from_millis(100);

/// A bound socket and what answers there.
pub struct Listener {
    /// Where.
    pub socket: Bound,
    /// Certificate and key, where TLS is spoken.
    pub tls: Option<Tls>,
    /// Who answers.
    pub service: Arc<dyn Service>,
}

/// A front that serves. Dropping it lets the front run on, until its stop signal.
#[derive(Debug)]
pub struct Running {
    addresses: Vec<SocketAddr>,
    stopped: JoinHandle<Stopped>,
}

/// How a front ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Requests that were not over in time.
    pub cut: usize,
}

impl Running {
    /// Where the front listens, in the order of its listeners.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Waits until the front has stopped, after its stop signal.
    pub async fn stopped(self) -> Stopped {
        match self.stopped.await {
            Ok(stopped) => stopped,
            Err(_) => Stopped { cut: 0 }, // the runtime is going down, and nobody waits any more
        }
    }
}

/// Serves listeners until `stop` is ready. Must be called inside a tokio runtime.
pub fn serve(
    listeners: Vec<Listener>,
    limits: &Limits,
    metrics: &Arc<Metrics>,
    surroundings: Surroundings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Running {
    let admission = Admission::new(limits.clone(), Arc::clone(metrics));
    let (stop_sender, stopping) = watch::channel(false);
    let mut addresses = Vec::new();
    let mut accepting = JoinSet::new();
    for Listener {
        socket,
        tls,
        service,
    } in listeners
    {
        addresses.push(socket.address());
        let reception = Reception {
            service,
            tls,
            local: socket.address(),
            limits: limits.clone(),
            admission: Arc::clone(&admission),
            metrics: Arc::clone(metrics),
            random: surroundings.random,
        };
        accepting.spawn(accept(
            socket.listener,
            Arc::new(reception),
            stopping.clone(),
        ));
    }
    let stop_time = limits.stop_time;
    let stopped = tokio::spawn(async move {
        stop.await;
        let deadline = clock::now() + stop_time;
        let in_flight = admission.in_flight();
        info!(in_flight, "front stops");
        stop_sender.send_replace(true);

        let mut connections = Vec::new();
        while let Some(accepted) = accepting.join_next().await {
            connections.extend(accepted);
        }
        let all_end = async {
            for of_listener in &mut connections {
                while of_listener.join_next().await.is_some() {}
            }
        };
        let is_in_time = timeout_at(deadline, all_end).await.is_ok();
        let cut = if is_in_time { 0 } else { admission.in_flight() };
        for mut of_listener in connections {
            of_listener.shutdown().await;
        }
        info!(cut, "front stopped");
        Stopped { cut }
    });
    Running { addresses, stopped }
}

/// Takes a listener's connections until the front stops; returns those that are open.
async fn accept(
    listener: TcpListener,
    reception: Arc<Reception>,
    stopping: watch::Receiver<bool>,
) -> JoinSet<()> {
    let mut connections = JoinSet::new();
    let mut stop = stopping.clone();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return connections,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                if let Some(connected) = reception.admit(&stream, address) {
                    let reception = Arc::clone(&reception);
                    let stop = stopping.clone();
                    connections.spawn(reception.serve(stream, address, connected, stop));
                }
            }
            Err(error) if is_of_one_connection(&error) => debug!(%error, "connection not taken"),
            Err(error) => {
                warn!(%error, "no connection can be taken");
                tokio::select! {
                    _ = stop.wait_for(|stop| *stop) => return connections,
                    () = sleep(PAUSE) => {}
                }
            }
        }
    }
}

/// Whether only this connection is lost, and the next may be taken at once.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}
