//! Lays out the tar stream of an image: what comes where, before any of it is read.

#[cfg(test)]
mod tests;

use super::header::{self, LONG_NAME, MAP_ENTRY, REGULAR, SPARSE};
use super::{BLOCK, ENTRIES_IN_EXTENSION, ENTRIES_IN_HEADER, NAME_FIELD, RECORD};
use crate::disk::extents::Extent;

/// A tar stream with one member, as a list of segments.
#[derive(Debug)]
pub struct TarLayout {
    segments: Vec<Segment>,
    data_len: u64,
    len: u64,
}

/// A piece of a tar stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// These bytes: headers.
    Bytes(Vec<u8>),
    /// These bytes of the image.
    Image(Extent),
    /// Zeros: what the image has in a hole, or padding.
    Zeros(u64),
}

impl TarLayout {
    /// A stream that holds every byte of an image of `size` bytes. `allocated` says where the
    /// image need be read, in ascending order; elsewhere it has zeros.
    #[must_use]
    pub fn plain(name: &str, size: u64, allocated: &[Extent]) -> Self {
        let mut header = header::new(short(name), 0o644, REGULAR, size);
        header::seal(&mut header);
        let mut layout = Self::begin(name);
        layout.push(Segment::Bytes(header.to_vec()));
        let mut position = 0;
        for extent in allocated {
            layout.push(Segment::Zeros(extent.offset - position));
            layout.push(Segment::Image(*extent));
            position = extent.end();
        }
        layout.push(Segment::Zeros(size - position));
        layout.data_len = size;
        layout.pad();
        layout
    }

    /// A stream that holds `data` alone and a map of it: GNU tar's old sparse format, type `S`.
    /// Without holes it is the plain stream. `data` is in ascending order, none of it empty, and
    /// of whole blocks but for the last: GNU tar pads every extent to whole blocks.
    #[must_use]
    pub fn sparse(name: &str, size: u64, data: &[Extent]) -> Self {
        let data_len = data.iter().map(|extent| extent.len).sum();
        if data_len == size {
            return Self::plain(
                name,
                size,
                &[Extent {
                    offset: 0,
                    len: size,
                }],
            );
        }
        let mut map = data.to_vec();
        if map.last().is_none_or(|last| last.end() < size) {
            // A hole at the end is told by an empty extent behind it, as GNU tar does.
            map.push(Extent {
                offset: size,
                len: 0,
            });
        }
        let (first, rest) = map.split_at(map.len().min(ENTRIES_IN_HEADER));
        let mut header = header::new(short(name), 0o644, SPARSE, data_len);
        put_entries(&mut header, header::MAP, first);
        header[header::EXTENDED] = u8::from(!rest.is_empty());
        header::put_number(&mut header[header::REAL_SIZE], size);
        header::seal(&mut header);
        let mut head = header.to_vec();
        let mut blocks = rest.chunks(ENTRIES_IN_EXTENSION).peekable();
        while let Some(entries) = blocks.next() {
            let mut block = [0; header::LEN];
            put_entries(&mut block, 0, entries);
            block[ENTRIES_IN_EXTENSION * MAP_ENTRY] = u8::from(blocks.peek().is_some());
            head.extend_from_slice(&block);
        }
        let mut layout = Self::begin(name);
        layout.push(Segment::Bytes(head));
        for extent in data {
            layout.push(Segment::Image(*extent));
        }
        layout.data_len = data_len;
        layout.pad();
        layout
    }

    /// The segments, in order.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Bytes of the image that are in the stream.
    #[must_use]
    pub fn data_len(&self) -> u64 {
        self.data_len
    }

    /// Length of the whole stream.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Never: there is always a header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A layout that holds nothing yet but the name, if that needs a member of its own.
    fn begin(name: &str) -> Self {
        let mut layout = Self {
            segments: Vec::new(),
            data_len: 0,
            len: 0,
        };
        if name.len() > NAME_FIELD {
            let len = name.len() as u64 + 1; // with a NUL
            let mut header = header::new(b"././@LongLink", 0, LONG_NAME, len);
            header::seal(&mut header);
            let mut head = header.to_vec();
            head.extend_from_slice(name.as_bytes());
            head.push(0);
            head.resize(head.len().next_multiple_of(header::LEN), 0);
            layout.push(Segment::Bytes(head));
        }
        layout
    }

    fn push(&mut self, segment: Segment) {
        let len = segment.len();
        if len > 0 {
            self.segments.push(segment);
            self.len += len;
        }
    }

    /// Fills the last block, ends the archive with two blocks of zeros and fills the record.
    fn pad(&mut self) {
        let end = (self.len.next_multiple_of(BLOCK) + 2 * BLOCK).next_multiple_of(RECORD);
        self.push(Segment::Zeros(end - self.len));
    }
}

impl Segment {
    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Image(extent) => extent.len,
            Self::Zeros(len) => *len,
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// As much of a name as fits into a header.
fn short(name: &str) -> &[u8] {
    &name.as_bytes()[..name.len().min(NAME_FIELD)]
}

fn put_entries(block: &mut [u8; header::LEN], start: usize, entries: &[Extent]) {
    for (index, extent) in entries.iter().enumerate() {
        header::put_map_entry(block, start + index * MAP_ENTRY, *extent);
    }
}
