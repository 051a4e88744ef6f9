//! The parts of a form, up to the file.
//!
//! ```text
//! --BOUNDARY CR LF
//! Content-Disposition: form-data; name="key" CR LF
//! CR LF
//! value CR LF--BOUNDARY …
//! ```
//!
//! Every byte is looked at a bounded number of times, however finely they come.

use bytes::{Buf as _, Bytes, BytesMut};
use memchr::memmem;

use super::malformed;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};

/// Longest boundary (RFC 2046, section 5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// Longest head of a part.
const LONGEST_HEAD: usize = 4 * 1024;

/// Most parts before the file; with `x-amz-meta-` fields of some bytes 20 KiB hold few more.
const MOST_FIELDS: usize = 256;

/// What separates the parts: `CR LF --BOUNDARY`.
#[derive(Debug, Clone)]
pub(super) struct Boundary(Vec<u8>);

impl Boundary {
    /// Of a `Content-Type`.
    pub(super) fn of(content_type: &str) -> S3Result<Self> {
        let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
            let message = "a form is posted as multipart/form-data, the Content-Type is another";
            return Err(S3Error::new(Code::PreconditionFailed, message));
        }
        let boundary = parameter(parameters, "boundary").unwrap_or_default();
        let is_good = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        if boundary.is_empty()
            || boundary.len() > LONGEST_BOUNDARY
            || !boundary.bytes().all(is_good)
        {
            return Err(malformed(
                "the Content-Type has no boundary of 1 to 70 printable characters",
            ));
        }
        Ok(Self([b"\r\n--", boundary.as_bytes()].concat()))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What comes next in a form.
#[derive(Debug)]
pub(super) enum Step {
    /// More bytes are needed.
    More,
    /// A field.
    Field { name: String, value: String },
    /// The file; its data begins with these bytes.
    File {
        filename: Option<String>,
        begun: Bytes,
    },
}

/// Reads what comes before the file's data.
#[derive(Debug)]
pub(super) struct Parser {
    delimiter: Vec<u8>,
    /// What came and is not read yet.
    buffer: BytesMut,
    /// So many bytes of it were searched in vain.
    searched: usize,
    /// So many bytes may still be read before the file's data.
    left: usize,
    fields: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Before a delimiter: the value of a part, or what precedes the first.
    Value(Option<Head>),
    /// After a delimiter.
    Delimiter,
    /// In the head of a part.
    Head,
}

#[derive(Debug)]
struct Head {
    name: String,
    filename: Option<String>,
}

impl Parser {
    pub(super) fn new(boundary: &Boundary, longest: usize) -> Self {
        Self {
            delimiter: boundary.bytes().to_vec(),
            // The first delimiter may stand at the very beginning: without its line end.
            buffer: BytesMut::from(&b"\r\n"[..]),
            searched: 0,
            left: longest + 2,
            fields: 0,
            state: State::Value(None),
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Reads on.
    pub(super) fn step(&mut self) -> S3Result<Step> {
        loop {
            match &mut self.state {
                State::Value(head) => {
                    let head = head.take();
                    let Some(value) = self.until_delimiter(head.is_none())? else {
                        self.state = State::Value(head);
                        return Ok(Step::More);
                    };
                    self.state = State::Delimiter;
                    let Some(Head { name, .. }) = head else {
                        continue;
                    };
                    let value = String::from_utf8(value.to_vec())
                        .map_err(|_| malformed(&format!("the field {name} is not UTF-8")))?;
                    return Ok(Step::Field { name, value });
                }
                State::Delimiter => match self.buffer.get(..2) {
                    None => return self.more(),
                    Some(b"\r\n") => {
                        self.read(2)?;
                        self.state = State::Head;
                    }
                    Some(b"--") => {
                        let message = "the form has no file: exactly one is posted";
                        return Err(S3Error::new(Code::InvalidArgument, message)
                            .with("ArgumentName", "file"));
                    }
                    Some(_) => return Err(malformed("a boundary is not followed by CR LF")),
                },
                State::Head => {
                    let Some(head) = self.head()? else {
                        return self.more();
                    };
                    if head.name.eq_ignore_ascii_case("file") {
                        return Ok(Step::File {
                            filename: head.filename,
                            begun: self.buffer.split().freeze(),
                        });
                    }
                    self.fields += 1;
                    if self.fields > MOST_FIELDS {
                        return Err(malformed("the form has more than 256 fields"));
                    }
                    self.state = State::Value(Some(head));
                }
            }
        }
    }

    /// The bytes before the next delimiter. Before the first there may be none.
    fn until_delimiter(&mut self, first: bool) -> S3Result<Option<Bytes>> {
        if let Some(at) = self.find_delimiter() {
            if first && at > 0 {
                return Err(malformed("the form does not begin with its boundary"));
            }
            let value = self.buffer.split_to(at).freeze();
            self.spend(at)?;
            self.read(self.delimiter.len())?;
            return Ok(Some(value));
        }
        if first && self.buffer.len() >= self.delimiter.len() {
            return Err(malformed("the form does not begin with its boundary"));
        }
        self.more().map(|_| None)
    }

    fn find_delimiter(&mut self) -> Option<usize> {
        let from = self.searched.min(self.buffer.len());
        let found = memmem::find(&self.buffer[from..], &self.delimiter).map(|at| from + at);
        self.searched = self.buffer.len().saturating_sub(self.delimiter.len() - 1);
        found
    }

    /// The head of a part, once it is whole. A part without any header has an empty one.
    fn head(&mut self) -> S3Result<Option<Head>> {
        let from = self.searched.min(self.buffer.len());
        let Some(at) = memmem::find(&self.buffer[from..], b"\r\n\r\n") else {
            self.searched = self.buffer.len().saturating_sub(3);
            if self.buffer.len() > LONGEST_HEAD {
                return Err(malformed("the head of a part has more than 4 KiB"));
            }
            return Ok(None);
        };
        let head = self.buffer.split_to(from + at).freeze();
        self.spend(head.len())?;
        self.read(4)?;
        Head::of(&head).map(Some)
    }

    /// Drops bytes that were understood.
    fn read(&mut self, len: usize) -> S3Result<()> {
        self.buffer.advance(len);
        self.spend(len)
    }

    fn spend(&mut self, len: usize) -> S3Result<()> {
        self.searched = 0;
        self.left = self.left.checked_sub(len).ok_or_else(too_long)?;
        Ok(())
    }

    /// More is needed, if more may come.
    fn more(&self) -> S3Result<Step> {
        if self.buffer.len() > self.left {
            return Err(too_long());
        }
        Ok(Step::More)
    }
}

fn too_long() -> S3Error {
    S3Error::new(
        Code::MaxPostPreDataLengthExceeded,
        "the fields before the file have more than 20 KiB",
    )
}

impl Head {
    fn of(head: &[u8]) -> S3Result<Self> {
        let head =
            str::from_utf8(head).map_err(|_| malformed("the head of a part is not UTF-8"))?;
        let mut disposition = None;
        for line in head.split("\r\n") {
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| malformed("a line in the head of a part has no colon"))?;
            if name.eq_ignore_ascii_case("content-disposition") {
                disposition = Some(value.trim());
            }
        }
        let (kind, parameters) = disposition
            .and_then(|text| text.split_once(';'))
            .ok_or_else(|| malformed("a part has no Content-Disposition with a name"))?;
        let name = parameter(parameters, "name").filter(|name| !name.is_empty());
        match name {
            Some(name) if kind.trim().eq_ignore_ascii_case("form-data") => Ok(Self {
                name,
                filename: parameter(parameters, "filename"),
            }),
            _ => Err(malformed("a part is not form-data with a name")),
        }
    }
}

/// A parameter of a header: `; name=value; name="a \"quoted\" value"`.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim_matches([' ', '\t', ';']);
        let after = after.trim_start();
        let (value, left) = if let Some(quoted) = after.strip_prefix('"') {
            quoted_value(quoted)?
        } else {
            let (value, left) = after.split_once(';').unwrap_or((after, ""));
            (value.trim().to_owned(), left)
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = left;
    }
}

/// The value up to the closing quote, and what follows it. Browsers write a quote in a name as
/// `%22` and a backslash as itself; others put a backslash before both.
fn quoted_value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            _ => value.push(char),
        }
    }
    None
}
