//! Quantities and identifiers that carry their unit or their check in the type.

mod account;
mod bytes;
mod time;

pub use account::{AccountId, AccountIdError};
pub use bytes::{Bytes, BytesError};
pub use time::Timestamp;
