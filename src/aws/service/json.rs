//! Reads a refusal in JSON, as EBS and other services of AWS word it.
//!
//! ```text
//! x-amzn-errortype: ValidationException:http://…        or in the body: "__type", "code"
//! {"Message": "…", "Reason": "INVALID_VOLUME_SIZE"}
//! ```

use super::super::http::HttpResponse;

/// What a body in JSON says; nothing if it is none.
#[derive(Debug, Default)]
pub(super) struct Said {
    code: Option<String>,
    message: Option<String>,
}

impl Said {
    /// The field of this name in the words of XML: `Code`, `Message`.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        match name {
            "Code" => self.code.as_deref(),
            "Message" => self.message.as_deref(),
            _ => None,
        }
    }

    /// Whether something is said.
    pub(super) fn is_some(&self) -> bool {
        self.code.is_some() || self.message.is_some()
    }
}

/// Reads status line's companions and body.
pub(super) fn said(response: &HttpResponse, body: &[u8]) -> Said {
    let object = serde_json::from_slice::<serde_json::Value>(body).ok();
    let text = |names: [&str; 3]| {
        let object = object.as_ref()?;
        let mut found = names.iter().filter_map(|name| object.get(name)?.as_str());
        found.next().map(str::to_owned)
    };
    let code = response.header("x-amzn-errortype").map(str::to_owned);
    let code = code.or_else(|| text(["__type", "code", "Code"]));
    let message = text(["Message", "message", "errorMessage"]);
    let reason = text(["Reason", "reason", "ExceptionReason"]);
    Said {
        code: code.map(|code| plain(&code).to_owned()),
        message: match (message, reason) {
            (Some(message), Some(reason)) => Some(format!("{message} ({reason})")),
            (message, reason) => message.or(reason),
        },
    }
}

/// The name alone: without the namespace before a `#`, and what follows a colon.
fn plain(code: &str) -> &str {
    let name = code.rsplit('#').next().unwrap_or(code);
    name.split(':').next().unwrap_or(name).trim()
}
