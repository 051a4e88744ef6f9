//! As much of HTTP/1.1 as a proxy needs: heads, and where bodies end.

use std::io::{self, BufRead, Cursor, Read, Write};

/// A request line or status line, and the headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The first line.
    pub first: String,
    /// The headers, as they came.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// Reads a head; none at the end of the stream.
    pub fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(first) = line(reader)? else {
            return Ok(None);
        };
        let mut headers = Vec::new();
        loop {
            let text = line(reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if text.is_empty() {
                return Ok(Some(Self { first, headers }));
            }
            let (name, value) = text.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    /// The head of an answer.
    pub fn answer(status: u16, headers: &[(String, String)]) -> Self {
        Self {
            first: format!("HTTP/1.1 {status} Told"),
            headers: headers.to_vec(),
        }
    }

    /// Writes it, with the empty line.
    pub fn write(&self, writer: &mut impl Write) -> io::Result<()> {
        let mut text = format!("{}\r\n", self.first);
        for (name, value) in &self.headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        text.push_str("\r\n");
        writer.write_all(text.as_bytes())
    }

    /// The method of a request.
    pub fn method(&self) -> &str {
        self.first.split(' ').next().unwrap_or_default()
    }

    /// The path of a request, with its query.
    pub fn path(&self) -> &str {
        self.first.split(' ').nth(1).unwrap_or_default()
    }

    /// Puts another path in a request.
    pub fn set_path(&mut self, path: &str) {
        self.first = format!("{} {path} HTTP/1.1", self.method());
    }

    /// The status of an answer.
    pub fn status(&self) -> Option<u16> {
        self.first.split(' ').nth(1)?.parse().ok()
    }

    /// A header's value; names in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter();
        found
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Drops the headers whose names begin so; in lower case.
    pub fn remove(&mut self, start: &str) {
        self.headers
            .retain(|(name, _)| !name.to_ascii_lowercase().starts_with(start));
    }

    /// Puts a header in the place of all of its name.
    pub fn set(&mut self, name: &str, value: &str) {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// Takes the body of this message from what follows its head: its length, and what to read.
    ///
    /// A body whose length is not told in the head is read whole, and the length is put there.
    /// `bodiless` is for answers that have none whatever their head says, as to `HEAD`.
    pub fn body<'a>(
        &mut self,
        reader: &'a mut impl BufRead,
        bodiless: bool,
    ) -> io::Result<(u64, Box<dyn Read + 'a>)> {
        if bodiless {
            return Ok((0, Box::new(io::empty())));
        }
        let is_chunked = |value: &str| value.eq_ignore_ascii_case("chunked");
        let whole = if self.get("transfer-encoding").is_some_and(is_chunked) {
            chunks(reader)?
        } else if let Some(length) = self.get("content-length") {
            let length = length.parse().map_err(|_| io::ErrorKind::InvalidData)?;
            return Ok((length, Box::new(reader.take(length))));
        } else if self.first.starts_with("HTTP/") {
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest)?;
            rest
        } else {
            return Ok((0, Box::new(io::empty()))); // a request without body
        };
        self.remove("transfer-encoding");
        self.set("content-length", &whole.len().to_string());
        Ok((whole.len() as u64, Box::new(Cursor::new(whole))))
    }
}

/// A line without its end; none at the end of the stream.
fn line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut text = String::new();
    if reader.read_line(&mut text)? == 0 {
        return Ok(None);
    }
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// A chunked body, put together; its trailers are dropped.
fn chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let size = line(reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let digits = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        if size == 0 {
            while line(reader)?.is_some_and(|trailer| !trailer.is_empty()) {}
            return Ok(whole);
        }
        reader.take(size).read_to_end(&mut whole)?;
        line(reader)?;
    }
}
