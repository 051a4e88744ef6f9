//! Reads the one image out of a tar stream, piece by piece as the stream comes.
//!
//! ```text
//! Header ─┬─► LongName, Extended ─► Header
//!         ├─► Map ─► Data             sparse: 21 more entries a block
//!         └─► Data ─► Padding ─► End  zeros only
//! ```
//!
//! Anything but one regular or sparse member is refused: links, devices, directories, a second
//! member. The member's name means nothing; the manifest names the image.

mod map;
#[cfg(test)]
mod tests;
mod text;

use map::ImageMap;

use super::header::{self, LONG_NAME, MAP_ENTRY, REGULAR, SPARSE};
use super::{BLOCK, ENTRIES_IN_HEADER};

/// Longest name or extended header that is read past.
const LONGEST_TEXT: usize = 64 << 10;

/// Most long names and extended headers before the image: GNU tar and PAX need two at most.
const MOST_TEXTS: u32 = 4;

/// Most zeros behind the member. Tars pad to records of 10 KiB; some to a megabyte.
const MOST_PADDING: u64 = 16 << 20;

/// Takes what the image consists of.
pub trait ImageSink {
    /// Why the sink fails.
    type Error;

    /// The image will have `size` bytes. Called once, first.
    ///
    /// # Errors
    /// When that is not what was expected, or more than there is room for.
    fn begin(&mut self, size: u64) -> Result<(), Self::Error>;

    /// These bytes are at `offset`. Offsets ascend; what is left out is zeros.
    ///
    /// # Errors
    /// When they cannot be written.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Self::Error>;
}

/// Why a tar stream was not read.
#[derive(Debug)]
pub enum ReadError<E> {
    /// It is not what a bundle contains, for this reason.
    Tar(String),
    /// The sink failed.
    Sink(E),
}

/// A tar stream that is being read.
#[derive(Debug, Default)]
pub struct TarParser {
    state: State,
    /// What has come of the block, name or extended header that is being collected.
    collected: Vec<u8>,
    /// Long names and extended headers that have come.
    texts: u32,
    image: Option<ImageMap>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Header,
    /// Collecting a long name or an extended header of this many bytes with its padding.
    Text {
        padded: usize,
        len: usize,
        type_flag: u8,
    },
    /// Collecting a block of map entries.
    Map,
    /// Passing on data of extent `index`, from `done` bytes after its start.
    Data { index: usize, done: u64 },
    /// Passing over so many bytes of the data's last block.
    Padding { left: u64 },
    /// After the member: so many zeros have come.
    End { zeros: u64 },
}

impl TarParser {
    /// Takes the next bytes of the stream and passes on what is data.
    ///
    /// # Errors
    /// When the stream is not one image, or the sink fails.
    pub fn push<S: ImageSink>(
        &mut self,
        mut bytes: &[u8],
        sink: &mut S,
    ) -> Result<(), ReadError<S::Error>> {
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Header => match self.collect(bytes, header::LEN) {
                    (Some(block), rest) => {
                        self.read_header(&block, sink)?;
                        rest
                    }
                    (None, rest) => rest,
                },
                State::Text {
                    padded,
                    len,
                    type_flag,
                } => match self.collect(bytes, padded) {
                    (Some(text), rest) => {
                        text::check(&text[..len], type_flag).map_err(ReadError::Tar)?;
                        self.state = State::Header;
                        rest
                    }
                    (None, rest) => rest,
                },
                State::Map => match self.collect(bytes, header::LEN) {
                    (Some(block), rest) => {
                        self.read_map(&block, sink)?;
                        rest
                    }
                    (None, rest) => rest,
                },
                State::Data { index, done } => self.pass_data(bytes, index, done, sink)?,
                State::Padding { left } => {
                    let len =
                        usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
                    let left = left - len as u64;
                    self.state = match left {
                        0 => State::End { zeros: 0 },
                        left => State::Padding { left },
                    };
                    &bytes[len..]
                }
                State::End { zeros } => {
                    let zeros = zeros + bytes.len() as u64;
                    if bytes.iter().any(|byte| *byte != 0) {
                        return tar_error(
                            "there is something behind the image, such as a second member",
                        );
                    }
                    if zeros > MOST_PADDING {
                        return tar_error("there are more than 16 MiB of zeros behind the image");
                    }
                    self.state = State::End { zeros };
                    &[]
                }
            };
        }
        Ok(())
    }

    /// Checks that the stream ended where it may.
    ///
    /// # Errors
    /// When it ended early.
    pub fn finish(&self) -> Result<(), String> {
        match (&self.state, &self.image) {
            // Tars that miss their last blocks of zeros have existed; the image is whole.
            (State::End { .. }, _) => Ok(()),
            (State::Header, None) if self.collected.is_empty() && self.texts == 0 => {
                Err("it is empty".to_owned())
            }
            (State::Data { .. } | State::Padding { .. }, _) => {
                Err("it ends in the middle of the image".to_owned())
            }
            _ => Err("it ends in the middle of a header".to_owned()),
        }
    }

    /// Collects `wanted` bytes; returns them when they are complete, and the bytes behind.
    fn collect<'a>(&mut self, bytes: &'a [u8], wanted: usize) -> (Option<Vec<u8>>, &'a [u8]) {
        let missing = wanted - self.collected.len();
        let (now, rest) = bytes.split_at(missing.min(bytes.len()));
        self.collected.extend_from_slice(now);
        let complete = self.collected.len() == wanted;
        (complete.then(|| std::mem::take(&mut self.collected)), rest)
    }

    fn read_header<S: ImageSink>(
        &mut self,
        block: &[u8],
        sink: &mut S,
    ) -> Result<(), ReadError<S::Error>> {
        let Ok(block) = <&[u8; header::LEN]>::try_from(block) else {
            return tar_error("a header is incomplete");
        };
        if block.iter().all(|byte| *byte == 0) {
            return tar_error("it holds no file");
        }
        if !header::is_sealed(block) {
            return tar_error("a header has a wrong checksum");
        }
        let Some(size) = header::number(&block[header::SIZE]) else {
            return tar_error("a header has a malformed size");
        };
        match block[header::TYPE] {
            REGULAR | 0 | b'7' => {
                self.image = Some(ImageMap::plain(size));
                self.begin_data(sink)
            }
            SPARSE => {
                let Some(real_size) = header::number(&block[header::REAL_SIZE]) else {
                    return tar_error("a header has a malformed size of a sparse file");
                };
                let mut image = ImageMap::sparse(real_size, size);
                let entries = &block[header::MAP..][..ENTRIES_IN_HEADER * MAP_ENTRY];
                let more = image
                    .add(entries)
                    .and_then(|all_used| map::more_follow(all_used, block[header::EXTENDED]))
                    .map_err(ReadError::Tar)?;
                self.image = Some(image);
                if more {
                    self.state = State::Map;
                    return Ok(());
                }
                self.begin_data(sink)
            }
            type_flag @ (LONG_NAME | b'K' | b'x' | b'g') => {
                self.begin_text(size, type_flag).map_err(ReadError::Tar)
            }
            other => tar_error(match other {
                b'1' => "it holds a hard link, expected a regular file",
                b'2' => "it holds a symbolic link, expected a regular file",
                b'3' | b'4' => "it holds a device, expected a regular file",
                b'5' => "it holds a directory, expected a regular file",
                b'6' => "it holds a fifo, expected a regular file",
                _ => "it holds a member of an unknown type, expected a regular file",
            }),
        }
    }

    fn begin_text(&mut self, size: u64, type_flag: u8) -> Result<(), String> {
        let Some(len) = usize::try_from(size)
            .ok()
            .filter(|len| (1..=LONGEST_TEXT).contains(len))
        else {
            return Err(format!(
                "a long name or extended header has {size} bytes, expected 1 to {LONGEST_TEXT}"
            ));
        };
        self.texts += 1;
        if self.texts > MOST_TEXTS {
            return Err(format!(
                "it has more than {MOST_TEXTS} long names and extended headers"
            ));
        }
        self.state = State::Text {
            padded: len.next_multiple_of(header::LEN),
            len,
            type_flag,
        };
        Ok(())
    }

    fn read_map<S: ImageSink>(
        &mut self,
        block: &[u8],
        sink: &mut S,
    ) -> Result<(), ReadError<S::Error>> {
        let Some(image) = &mut self.image else {
            return Ok(());
        };
        if image.add_block(block).map_err(ReadError::Tar)? {
            return Ok(());
        }
        self.begin_data(sink)
    }

    fn begin_data<S: ImageSink>(&mut self, sink: &mut S) -> Result<(), ReadError<S::Error>> {
        let Some(image) = &self.image else {
            return Ok(());
        };
        image.check_whole().map_err(ReadError::Tar)?;
        sink.begin(image.size).map_err(ReadError::Sink)?;
        self.state = State::Data { index: 0, done: 0 };
        self.skip_finished();
        Ok(())
    }

    fn pass_data<'a, S: ImageSink>(
        &mut self,
        bytes: &'a [u8],
        index: usize,
        done: u64,
        sink: &mut S,
    ) -> Result<&'a [u8], ReadError<S::Error>> {
        let Some(extent) = self
            .image
            .as_ref()
            .and_then(|image| image.extents.get(index))
        else {
            return tar_error("there is more data than the map of a sparse file has room for");
        };
        let left = extent.len - done;
        let len = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let (data, rest) = bytes.split_at(len);
        sink.write_at(extent.offset + done, data)
            .map_err(ReadError::Sink)?;
        self.state = State::Data {
            index,
            done: done + len as u64,
        };
        self.skip_finished();
        Ok(rest)
    }

    /// Goes on to the next extent, or behind the data, when an extent is done.
    fn skip_finished(&mut self) {
        let (State::Data { index, done }, Some(image)) = (&mut self.state, &self.image) else {
            return;
        };
        while image
            .extents
            .get(*index)
            .is_some_and(|extent| extent.len == *done)
        {
            *index += 1;
            *done = 0;
        }
        if *index == image.extents.len() {
            let left = image.data_len.next_multiple_of(BLOCK) - image.data_len;
            self.state = match left {
                0 => State::End { zeros: 0 },
                left => State::Padding { left },
            };
        }
    }
}

fn tar_error<T, E>(why: &str) -> Result<T, ReadError<E>> {
    Err(ReadError::Tar(why.to_owned()))
}
