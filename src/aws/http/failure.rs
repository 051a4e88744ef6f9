//! What the library's errors mean. Their own words are not shown where they have the URL in
//! them, whose query may be a signature.

use std::error::Error;
use std::io;

use super::{HttpOptions, TransportError};

/// The innermost cause.
pub(super) fn deepest<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    chain(error).last().unwrap_or(error)
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        cause(*error)
    })
}

fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    // An input/output error that wraps another skips it when it is asked for its cause.
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn io_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    chain(error).filter_map(|error| error.downcast_ref()).last()
}

/// Why there is no response.
pub(super) fn of_request(error: &reqwest::Error, options: &HttpOptions) -> TransportError {
    let words = words(error);
    if error.is_timeout() && error.is_connect() {
        let seconds = options.connect_timeout.as_secs();
        return TransportError::Connect(format!("no connection within {seconds} seconds"));
    }
    if error.is_dns() {
        return TransportError::Dns(words);
    }
    if error.is_connect() {
        // The TLS library's errors come as invalid data, those of a server that hangs up as an
        // early end; a failed connection is neither.
        let kind = io_error(error).map(io::Error::kind);
        return match kind {
            Some(io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => {
                TransportError::Tls(words)
            }
            _ => TransportError::Connect(words),
        };
    }
    // "invalid HTTP version parsed", "message head is too large": somebody who is no server.
    if io_error(error).is_none() && ["invalid", "too large"].iter().any(|w| words.contains(w)) {
        return TransportError::Truncated(format!("not HTTP: {words}"));
    }
    TransportError::Broken(words)
}

/// Why a response has no end.
pub(super) fn of_body(error: &reqwest::Error) -> TransportError {
    let words = words(error);
    match io_error(error).map(io::Error::kind) {
        None | Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData) => {
            TransportError::Truncated(words)
        }
        Some(_) => TransportError::Broken(words),
    }
}

fn words(error: &reqwest::Error) -> String {
    match error.source() {
        Some(cause) => deepest(cause).to_string(),
        None if error.is_timeout() => "time-out".to_owned(),
        None => "the request cannot be made".to_owned(),
    }
}
