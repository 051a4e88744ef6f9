//! Bodies of requests: from the connection to where they are kept, judged on the way.
//!
//! ```text
//! headers, signature ─► Expectation         what the request says about its body
//!                            │
//! connection ─► intake ─► chunked ─► MD5, SHA-256, checksum ─► sink
//!     └─ form ─┘  pace      framing, signatures, trailers        │
//!                                                     Received ◄─┘ only if all of it is true
//! ```
//!
//! Data reaches the sink while it comes, so the sink must be one that can be thrown away: it is
//! given back only when every length, digest and signature was right, and dropped otherwise.
//! Memory for a body in flight is about 1 MiB, whatever is sent.
//!
//! Source: Amazon S3's API reference: `PutObject`, "Checking object integrity", "Signature
//! calculations: transferring payload in multiple chunks", "Browser-based uploads using POST".

pub mod checksum;
pub mod chunked;
pub mod expectation;
pub mod form;
pub mod intake;

pub use checksum::{Algorithm, Checksum, Hasher};
pub use expectation::{Expectation, Purpose};
pub use form::Form;
pub use intake::{Pace, Received, gather, receive, receive_with};
