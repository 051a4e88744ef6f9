//! A number of bytes, as people write and read it.

use std::fmt;
use std::str::FromStr;

/// A number of bytes.
///
/// ```
/// use amikit::units::Bytes;
///
/// assert_eq!("10m".parse(), Ok(Bytes::mib(10)));
/// assert_eq!(Bytes::mib(1536).to_string(), "1.5 GiB");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub u64);

/// Why a text is not a number of bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a size: expected a whole number of bytes, or one with k, m, g or t")]
pub struct BytesError {
    /// The text as given.
    pub text: String,
}

impl Bytes {
    /// `count` kibibytes.
    #[must_use]
    pub const fn kib(count: u64) -> Self {
        Self(count << 10)
    }

    /// `count` mebibytes.
    #[must_use]
    pub const fn mib(count: u64) -> Self {
        Self(count << 20)
    }

    /// `count` gibibytes.
    #[must_use]
    pub const fn gib(count: u64) -> Self {
        Self(count << 30)
    }

    /// The plain number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
        if self.0 < 1024 {
            return write!(f, "{} B", self.0);
        }
        let mut whole = self.0;
        let mut rest = 0;
        let mut unit = 0;
        while whole >= 1024 && unit < UNITS.len() {
            rest = whole % 1024;
            whole /= 1024;
            unit += 1;
        }
        match rest * 10 / 1024 {
            0 => write!(f, "{whole} {}", UNITS[unit - 1]),
            tenths => write!(f, "{whole}.{tenths} {}", UNITS[unit - 1]),
        }
    }
}

impl FromStr for Bytes {
    type Err = BytesError;

    /// Reads `N`, `Nk`, `Nm`, `Ng` or `Nt` (powers of 1024), with or without a trailing `b`
    /// or `ib`, in either case: the spellings of euca2ools' `--image-size` and more. A space may
    /// stand before the unit, as [`Bytes`] writes it itself.
    fn from_str(text: &str) -> Result<Self, BytesError> {
        let error = || BytesError {
            text: text.to_owned(),
        };
        let lower = text.trim().to_ascii_lowercase();
        let digits = lower.len() - lower.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, suffix) = lower.split_at(digits);
        let shift = match suffix.trim_start() {
            "" | "b" => 0,
            "k" | "kb" | "kib" => 10,
            "m" | "mb" | "mib" => 20,
            "g" | "gb" | "gib" => 30,
            "t" | "tb" | "tib" => 40,
            _ => return Err(error()),
        };
        let number: u64 = number.parse().map_err(|_| error())?;
        number.checked_mul(1 << shift).map(Self).ok_or_else(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn euca2ools_spellings_are_read() {
        for (text, want) in [
            ("0", 0),
            ("10485760", 10 << 20),
            ("10m", 10 << 20),
            ("10MB", 10 << 20),
            ("1g", 1 << 30),
            ("2GiB", 2 << 30),
            ("2 GiB", 2 << 30),
            ("3t", 3 << 40),
        ] {
            assert_eq!(text.parse(), Ok(Bytes(want)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "m", "-1", "1.5g", "10 0", "1e3", "99999999999t", "10x"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }

    #[test]
    fn display_is_short_and_never_rounds_up() {
        for (bytes, want) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1536, "1.5 KiB"),
            (10 << 20, "10 MiB"),
            ((1 << 30) - 1, "1023.9 MiB"),
            (u64::MAX, "16383.9 PiB"),
        ] {
            assert_eq!(Bytes(bytes).to_string(), want);
        }
    }
}
