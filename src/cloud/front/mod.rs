//! The way in: sockets, TLS, HTTP/1.1, limits, health, metrics, log.
//!
//! ```text
//!           bind ─► accept ─► slot ─► TLS ─► hyper ─► admitted? ─► Service ─► answer, counted
//!                     │         └ 503              431, 400 └ 503     │ │
//! operator ─ stop ────┘                                     Switch ───┘ └─── S3, EC2 …
//!                                                             └─ Operator: health, metrics
//! ```
//!
//! A service sees each request as the client sent it and answers with a stream. The front promises:
//! nothing waits in a queue of unknown length; a client that is slow, silent or sends garbage costs
//! one connection's buffers and is cut in a known time; a panic costs one connection; stopping
//! takes at most [`Limits::stop_time`]. Each limit with its reason is in [`Limits`].
//!
//! `100 Continue` is sent when the service first asks for the body, so that what is refused by its
//! head is never uploaded. An answer to a request whose body was not read to its end says
//! `Connection: close`, since what is left of it is no request.

mod admission;
mod asked;
mod clock;
mod connection;
mod health;
mod limits;
mod listen;
mod metrics;
mod operator;
mod serve;
mod service;
mod tls;
mod visit;
mod watched;

pub use asked::Asked;
pub use health::{Health, Readiness, State};
pub use limits::{Limits, Rate};
pub use listen::{Bound, FrontError, bind};
pub use metrics::Metrics;
pub use operator::Operator;
pub use serve::{Listener, Running, Stopped, serve};
pub use service::{
    Answering, Body, BoxError, FnService, Operation, Peer, Refusal, RequestId, Service, Switch,
    Why, body_of, service_fn,
};
pub use tls::Tls;

#[cfg(test)]
mod tests;
