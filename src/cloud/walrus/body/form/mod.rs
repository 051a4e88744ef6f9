//! Objects that are posted by a form (`multipart/form-data`), from a browser or by euca2ools.
//!
//! ```text
//! --boundary  key, acl, policy, signature, …    Fields: at most 20 KiB before the file
//! --boundary  file                              FormFile: a body that intake takes
//! --boundary  whatever else                     not looked at
//! ```
//!
//! [`Form::read`] stops where the file begins: who signed ([`Fields::claim`]) and what the policy
//! allows ([`policy::Policy::allows`]) is judged before any of the file is taken.
//!
//! Source: RFC 7578; Amazon S3's API reference, "POST Object" and "Browser-based uploads using
//! POST".

mod fields;
mod file;
mod multipart;
pub mod policy;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use http_body::Body;

use super::intake::{BoxError, Pace, Source};
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
pub use fields::{Fields, Success};
pub use file::FormFile;
use multipart::{Boundary, Parser, Step};

/// The most that may come before the file's data, in bytes: S3's 20 KB.
pub const LONGEST_PREFIX: usize = 20 * 1024;

/// A form of which the fields were read.
#[derive(Debug)]
pub struct Form<B> {
    /// What stood before the file.
    pub fields: Fields,
    /// The file, still to be received.
    pub file: FormFile<B>,
}

impl<B> Form<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    /// Reads a form up to its file. `content_type` is the request's.
    ///
    /// # Errors
    /// When it is not a form, has no file, or more than [`LONGEST_PREFIX`] before it; and when it
    /// comes too slowly or breaks off.
    pub async fn read(body: B, content_type: &str, pace: Pace) -> S3Result<Self> {
        let boundary = Boundary::of(content_type)?;
        let mut source = Source::new(body, pace);
        let mut parser = Parser::new(&boundary, LONGEST_PREFIX);
        let mut pairs = Vec::new();
        loop {
            match parser.step()? {
                Step::Field { name, value } => pairs.push((name, value)),
                Step::File { filename, begun } => {
                    return Ok(Self {
                        fields: Fields::of(pairs, filename)?,
                        file: FormFile::new(source.into_body(), &boundary, begun),
                    });
                }
                Step::More => match source.next().await? {
                    Some(piece) => parser.push(&piece),
                    None => return Err(malformed("the form ends before its file")),
                },
            }
        }
    }
}

fn malformed(why: &str) -> S3Error {
    S3Error::new(Code::MalformedPOSTRequest, why)
}
