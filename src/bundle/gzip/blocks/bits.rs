//! The bits of a stream, lowest of each byte first.

/// A bit reader that may look past the end, into the slack.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    len: usize,
    /// Next byte to load.
    next: usize,
    /// Bits loaded and not taken, lowest first; above them there may be more of the stream.
    buffer: u64,
    /// How many: its low six bits. Those above mean nothing, which saves masking them out.
    count: u32,
}

impl<'a> Bits<'a> {
    /// The bits of `bytes`, of which `len` bytes are stream and the rest slack.
    pub fn new(bytes: &'a [u8], len: usize) -> Self {
        Self {
            bytes,
            len,
            next: 0,
            buffer: 0,
            count: 0,
        }
    }

    /// Bits before the next one.
    pub fn position(&self) -> usize {
        self.next * 8 - (self.count & 63) as usize
    }

    /// Makes at least 56 bits available, without a branch on how many there were.
    #[inline]
    pub fn refill(&mut self) -> Option<()> {
        let word = self.bytes.get(self.next..)?.first_chunk()?;
        self.buffer |= u64::from_le_bytes(*word) << (self.count & 63);
        self.next += ((!self.count & 63) >> 3) as usize;
        self.count |= 0b11_1000;
        Some(())
    }

    /// Goes past as many bits as the low six of `bits` say. They must be available.
    #[inline]
    pub fn skip(&mut self, bits: u32) {
        self.buffer >>= bits & 63;
        self.count = self.count.wrapping_sub(bits);
    }

    /// Takes up to 16 bits.
    pub fn take(&mut self, bits: u32) -> Option<usize> {
        self.refill()?;
        let value = usize::from(self.low16()) & ((1 << bits) - 1);
        self.skip(bits);
        Some(value)
    }

    /// The next 16 bits. They must be available.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // the low bits are what is wanted
    pub fn low16(&self) -> u16 {
        self.buffer as u16
    }

    /// Goes past a stored block, whose header has been read: its length, the length's
    /// complement, and so many bytes (RFC 1951, section 3.2.4).
    pub fn skip_stored(&mut self) -> Option<()> {
        let start = self.position().div_ceil(8);
        let length = self.bytes.get(start..)?.first_chunk()?;
        let end = start + 4 + usize::from(u16::from_le_bytes(*length));
        if end > self.len {
            return None;
        }
        (self.next, self.buffer, self.count) = (end, 0, 0);
        Some(())
    }
}
