//! Writes bits, lowest first, behind whole bytes.

/// Appends bits to bytes.
pub(super) struct BitWriter {
    out: Vec<u8>,
    /// Bytes of `out` that are written; behind them is room.
    written: usize,
    buffer: u64,
    count: u32,
}

impl BitWriter {
    /// A writer behind whole bytes.
    pub(super) fn new(out: Vec<u8>) -> Self {
        let written = out.len();
        Self {
            out,
            written,
            buffer: 0,
            count: 0,
        }
    }

    /// Makes room for so many bytes, and a word more.
    pub(super) fn reserve(&mut self, bytes: usize) {
        let wanted = self.written + bytes + 8;
        if self.out.len() < wanted {
            self.out.resize(wanted, 0);
        }
    }

    /// Adds bits that must fit: at most 56 between two flushes.
    #[inline]
    pub(super) fn put(&mut self, bits: u64, count: u32) {
        self.buffer |= bits << self.count;
        self.count += count;
    }

    /// Writes whole bytes. Room must have been reserved.
    #[inline]
    pub(super) fn flush(&mut self) {
        if let Some(room) = self.out.get_mut(self.written..self.written + 8) {
            room.copy_from_slice(&self.buffer.to_le_bytes());
        }
        self.written += (self.count >> 3) as usize;
        self.buffer >>= self.count & !7;
        self.count &= 7;
    }

    /// Ends on a byte with an empty stored block.
    pub(super) fn align(&mut self) {
        self.put_stored(&[]);
    }

    /// Adds a stored block of up to 65,535 bytes that is not final.
    pub(super) fn put_stored(&mut self, block: &[u8]) {
        self.reserve(block.len() + 16);
        self.put(0, 3);
        self.count = self.count.next_multiple_of(8);
        self.flush();
        let len = u16::try_from(block.len()).unwrap_or(u16::MAX); // callers cut
        self.put(u64::from(len), 16);
        self.put(u64::from(!len), 16);
        self.flush();
        self.out[self.written..self.written + block.len()].copy_from_slice(block);
        self.written += block.len();
    }

    /// The bytes. The stream must have been aligned.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.out.truncate(self.written);
        self.out
    }
}
