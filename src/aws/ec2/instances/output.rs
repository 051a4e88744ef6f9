//! What an instance printed while it started, and the password that it made.

use std::fmt;

use base64ct::{Base64, Encoding as _};

use super::super::{Ec2Request, Fields, FromFields, Parameters, Unreadable};

/// `GetConsoleOutput`.
#[derive(Debug, Clone)]
pub struct GetConsoleOutput {
    /// The instance's id.
    pub instance_id: String,
    /// What it printed until now, where the service can tell; else what it had printed some
    /// minutes after its start.
    pub latest: bool,
}

/// What an instance printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleOutput {
    /// Its id.
    pub instance_id: String,
    /// When it had printed that.
    pub timestamp: Option<String>,
    /// Every byte; empty if there is nothing yet.
    pub output: Vec<u8>,
}

/// `GetPasswordData`.
#[derive(Debug, Clone)]
pub struct GetPasswordData {
    /// The instance's id.
    pub instance_id: String,
}

/// The password that a Windows instance made when it first started.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordData {
    /// Its id.
    pub instance_id: String,
    /// When it was told.
    pub timestamp: Option<String>,
    /// The base64 text of the password, sealed with the public half of the instance's key pair;
    /// none if there is none yet.
    pub password_data: Option<String>,
}

/// Without the sealed password.
impl fmt::Debug for PasswordData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordData")
            .field("instance_id", &self.instance_id)
            .finish_non_exhaustive()
    }
}

impl Ec2Request for GetConsoleOutput {
    const ACTION: &'static str = "GetConsoleOutput";
    const REPEATABLE: bool = true;
    type Response = ConsoleOutput;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("InstanceId", &self.instance_id);
        parameters.set_some("Latest", self.latest.then_some(true));
    }
}

impl FromFields for ConsoleOutput {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        let text = fields.text("output").unwrap_or_default();
        let text: String = text.split_ascii_whitespace().collect();
        let output = Base64::decode_vec(&text).map_err(|_| Unreadable {
            found: "an <output> that is not base64".to_owned(),
            expected: "the base64 text of what the instance printed",
        })?;
        Ok(Self {
            instance_id: fields.required("instanceId")?,
            timestamp: fields.text("timestamp"),
            output,
        })
    }
}

impl Ec2Request for GetPasswordData {
    const ACTION: &'static str = "GetPasswordData";
    const REPEATABLE: bool = true;
    type Response = PasswordData;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("InstanceId", &self.instance_id);
    }
}

impl FromFields for PasswordData {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        let data = fields.text("passwordData");
        Ok(Self {
            instance_id: fields.required("instanceId")?,
            timestamp: fields.text("timestamp"),
            password_data: data.map(|text| text.split_ascii_whitespace().collect()),
        })
    }
}

impl PasswordData {
    /// The sealed bytes; none if there are none yet, or the text is not base64.
    #[must_use]
    pub fn sealed(&self) -> Option<Vec<u8>> {
        Base64::decode_vec(self.password_data.as_deref()?).ok()
    }
}
