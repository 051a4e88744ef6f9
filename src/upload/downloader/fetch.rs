//! The bytes of one object, whatever happens to the connection.
//!
//! ```text
//! GET ─► bytes ─► breaks at N ─► wait ─► GET Range: N- ─► bytes ─► …
//!                                 └─ too often without a byte: error
//! ```
//!
//! The service retries what fails before the body; this retries the body. Attempts count only
//! while they bring nothing: a connection that breaks every megabyte still ends well.

use std::thread;
use std::time::Duration;

use bytes::Bytes;

use super::DownloadError;
use crate::aws::AwsError;
use crate::aws::http::{HttpResponse, TransportError};
use crate::aws::s3::{ObjectName, S3};
use crate::upload::select::is_absent;

/// How long a sleeping thread takes to notice that the user wants to stop.
const NAP: Duration = Duration::from_millis(50);

/// An object, or a range of it, on its way here.
#[derive(Debug)]
pub(in crate::upload) struct Fetch<'a> {
    s3: &'a S3,
    object: ObjectName<'a>,
    /// Where the next byte stands in the object.
    position: u64,
    /// Where the byte after the last stands, once that is known.
    end: Option<u64>,
    /// The version of the object that the first bytes came from.
    etag: Option<String>,
    response: Option<HttpResponse>,
    /// Failures since the last byte.
    failures: u32,
}

/// What the service tells of a part before it is read.
#[derive(Debug, Clone)]
pub(in crate::upload) struct PartInfo {
    /// Size in bytes.
    pub(in crate::upload) size: u64,
    /// The version.
    pub(in crate::upload) etag: String,
}

/// Asks for the size and version of a part.
///
/// # Errors
/// When there is none, or the service refuses to tell.
pub(in crate::upload) fn look_up(
    s3: &S3,
    object: ObjectName<'_>,
) -> Result<PartInfo, DownloadError> {
    match s3.head_object(object)? {
        Some(info) => Ok(PartInfo {
            size: info.size,
            etag: info.etag,
        }),
        None => Err(missing(object)),
    }
}

fn missing(object: ObjectName<'_>) -> DownloadError {
    DownloadError::MissingPart {
        bucket: object.bucket.to_owned(),
        key: object.key.to_owned(),
    }
}

impl<'a> Fetch<'a> {
    /// All of an object.
    pub(in crate::upload) fn whole(s3: &'a S3, object: ObjectName<'a>) -> Self {
        Self {
            s3,
            object,
            position: 0,
            end: None,
            etag: None,
            response: None,
            failures: 0,
        }
    }

    /// The `len` bytes from `first` on of a known version.
    pub(in crate::upload) fn range(
        s3: &'a S3,
        object: ObjectName<'a>,
        (first, len): (u64, u64),
        etag: String,
    ) -> Self {
        Self {
            position: first,
            end: Some(first.saturating_add(len)),
            etag: Some(etag),
            ..Self::whole(s3, object)
        }
    }

    /// Size of the object, once the service has told it.
    pub(in crate::upload) fn end(&self) -> Option<u64> {
        self.end
    }

    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// When the service refuses, the connection breaks too often, the object is another than
    /// at the beginning or has more bytes than it should, or the user wants to stop.
    pub(in crate::upload) fn chunk(&mut self) -> Result<Option<Bytes>, DownloadError> {
        loop {
            if (self.s3.service().connection().ambient.interrupted)() {
                return Err(DownloadError::Interrupted);
            }
            let response = match &mut self.response {
                Some(response) => response,
                None if self.end == Some(self.position) => return Ok(None),
                None => {
                    let response = self.open()?;
                    self.response.insert(response)
                }
            };
            match response.chunk() {
                Ok(Some(bytes)) if bytes.is_empty() => {}
                Ok(Some(bytes)) => {
                    let position = self.position.saturating_add(bytes.len() as u64);
                    if let Some(end) = self.end.filter(|end| position > *end) {
                        return Err(DownloadError::PartTooLong {
                            key: self.object.key.to_owned(),
                            limit: end,
                        });
                    }
                    self.position = position;
                    self.failures = 0;
                    return Ok(Some(bytes));
                }
                Ok(None) if self.end.is_none_or(|end| end == self.position) => {
                    self.response = None;
                    self.end = Some(self.position);
                    return Ok(None);
                }
                Ok(None) => {
                    self.failed(TransportError::Truncated(format!(
                        "after {} bytes",
                        self.position
                    )))?;
                }
                Err(TransportError::Interrupted { .. }) => return Err(DownloadError::Interrupted),
                Err(error) => self.failed(error)?,
            }
        }
    }

    /// Asks for what is still to come.
    fn open(&mut self) -> Result<HttpResponse, DownloadError> {
        let range = match (self.position, self.end) {
            (0, None) => None,
            (first, Some(end)) => Some((first, end - first)),
            (first, None) => {
                // It broke before its length was known.
                let size = look_up(self.s3, self.object)?.size;
                self.end = Some(size);
                let rest = size.checked_sub(first).ok_or_else(|| self.changed())?;
                Some((first, rest))
            }
        };
        let answer = self.s3.get_object(self.object, range);
        let download = answer.map_err(|error| {
            if is_absent(&error) {
                missing(self.object)
            } else {
                error.into()
            }
        })?;
        if self
            .etag
            .as_ref()
            .is_some_and(|etag| *etag != download.etag)
        {
            return Err(self.changed());
        }
        self.etag = Some(download.etag);
        if range.is_none() {
            self.end = download.object_size;
        }
        Ok(download.response)
    }

    fn changed(&self) -> DownloadError {
        DownloadError::Changed {
            key: self.object.key.to_owned(),
        }
    }

    /// Counts a failure, and waits until it is time for the next attempt.
    fn failed(&mut self, source: TransportError) -> Result<(), DownloadError> {
        self.response = None;
        self.failures += 1;
        let connection = self.s3.service().connection();
        if self.failures >= connection.retry.attempts {
            return Err(DownloadError::Aws(AwsError::Transport {
                operation: "GetObject",
                host: connection.endpoint.host.clone(),
                attempts: self.failures,
                source,
            }));
        }
        tracing::debug!(
            key = self.object.key,
            position = self.position,
            %source,
            "the body broke off: continued from here"
        );
        // The first break costs nothing: most are a server's that closes old connections.
        if self.failures > 1 {
            self.wait();
        }
        Ok(())
    }

    /// Waits a random time that grows with the failures, as calls do.
    fn wait(&self) {
        let connection = self.s3.service().connection();
        let doubled = 2_u32.saturating_pow(self.failures.saturating_sub(2));
        let most = connection.retry.base.saturating_mul(doubled);
        let most = most.min(connection.retry.longest).as_millis().max(1);
        let chosen = u128::from((connection.ambient.random)()) % most;
        let mut left = Duration::from_millis(u64::try_from(chosen).unwrap_or(u64::MAX));
        while !left.is_zero() && !(connection.ambient.interrupted)() {
            let nap = left.min(NAP);
            thread::sleep(nap);
            left -= nap;
        }
    }
}
