//! Why an image or an instance is in its state.

use serde::Serialize;

use super::{Fields, FromFields, Unreadable};

/// Why something is in its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StateReason {
    /// `Server.InsufficientInstanceCapacity`, `Client.UserInitiatedShutdown`, …
    pub code: Option<String>,
    /// The same in words.
    pub message: Option<String>,
}

impl StateReason {
    /// The words, or the code where there are none.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        self.message.as_deref().or(self.code.as_deref())
    }
}

impl FromFields for StateReason {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            code: fields.text("code"),
            message: fields.text("message"),
        })
    }
}
