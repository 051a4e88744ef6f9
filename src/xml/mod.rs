//! XML as the formats and protocols of the clouds use it: a bounded reader, a stable writer.
//!
//! ```text
//! bytes ─► size ─► UTF-8 ─► no DOCTYPE, no entities ─► depth, number ─► tree of Elements
//! ```
//!
//! The reader gives a tree and never more work than its input is long: nothing is expanded or
//! fetched. The writer gives the same bytes for the same calls, on one line.

mod error;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use error::XmlError;
pub use reader::{Element, Limits, MAX_DEPTH, parse};
pub use writer::Writer;
