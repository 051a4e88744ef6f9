//! Which bytes of an object are asked for.
//!
//! ```text
//! bytes=0-99      the first hundred      ┐
//! bytes=100-      all from byte 100      ├─► of(size) ─► Span ─► 206, Content-Range
//! bytes=-100      the last hundred       ┘       └─► 416 InvalidRange
//! bytes=0-1,5-6   several, or anything else ─► the whole object, as S3 answers
//! ```
//!
//! Source: RFC 9110, section 14; Amazon S3 API reference, `GetObject` and `UploadPartCopy`.

use super::xml::{excerpt, invalid_argument};
use super::{Code, S3Error, S3Result};

/// A range as a request has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// From the first byte to the last one, both included; to the end when there is no last.
    From {
        /// First byte.
        first: u64,
        /// Last byte, not before the first.
        last: Option<u64>,
    },
    /// So many bytes at the end.
    Last(u64),
}

/// Bytes that are in the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first one.
    pub offset: u64,
    /// How many; at least one.
    pub length: u64,
}

impl Span {
    /// The header `Content-Range` for an object of this size.
    #[must_use]
    pub fn content_range(self, size: u64) -> String {
        let last = self.offset + (self.length - 1);
        format!("bytes {}-{last}/{size}", self.offset)
    }
}

impl ByteRange {
    /// Reads the header `Range`. None means the whole object: no header, several ranges, or
    /// something else that is not one range of bytes.
    #[must_use]
    pub fn from_header(header: Option<&str>) -> Option<Self> {
        let (unit, range) = header?.split_once('=')?;
        let (first, last) = range.split_once('-')?;
        let (first, last) = (first.trim(), last.trim());
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            None
        } else if first.is_empty() {
            Some(Self::Last(number(last)?))
        } else {
            let first = number(first)?;
            let last = match last {
                "" => None,
                digits => Some(number(digits).filter(|last| *last >= first)?),
            };
            Some(Self::From { first, last })
        }
    }

    /// The bytes in an object of this size; what goes beyond its end is cut off.
    ///
    /// # Errors
    /// `InvalidRange` when none of them is in the object.
    pub fn of(self, size: u64) -> S3Result<Span> {
        let offset = match self {
            Self::From { first, .. } => first,
            Self::Last(count) => size - count.min(size),
        };
        let end = match self {
            Self::From { last, .. } => last.unwrap_or(u64::MAX).saturating_add(1).min(size),
            Self::Last(_) => size,
        };
        if offset < end {
            let length = end - offset;
            return Ok(Span { offset, length });
        }
        Err(S3Error::new(
            Code::InvalidRange,
            format!("the range has no byte of the object, which has {size}"),
        )
        .with("RangeRequested", self.to_string())
        .with("ActualObjectSize", size.to_string())
        .with_header("Content-Range", format!("bytes */{size}")))
    }
}

impl std::fmt::Display for ByteRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::From { first, last: None } => write!(f, "bytes={first}-"),
            Self::From {
                first,
                last: Some(last),
            } => write!(f, "bytes={first}-{last}"),
            Self::Last(count) => write!(f, "bytes=-{count}"),
        }
    }
}

/// The bytes that `x-amz-copy-source-range` names of a source of this size: `bytes=FIRST-LAST`,
/// both within it.
///
/// # Errors
/// `InvalidArgument` when it is not of that form, `InvalidRange` when it goes beyond the end.
pub fn of_copy_source(header: &str, size: u64) -> S3Result<Span> {
    let Some(
        range @ ByteRange::From {
            last: Some(last), ..
        },
    ) = ByteRange::from_header(Some(header))
    else {
        return Err(invalid_argument(
            "x-amz-copy-source-range",
            header,
            "expected bytes=FIRST-LAST, the offsets of the first and the last byte to copy",
        ));
    };
    if last >= size {
        return Err(S3Error::new(
            Code::InvalidRange,
            format!("the range goes beyond the end of the source, which has {size} bytes"),
        )
        .with("RangeRequested", excerpt(header))
        .with("ActualObjectSize", size.to_string()));
    }
    range.of(size)
}

/// A number of plain digits; one too large for any object becomes the largest.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn span(header: &str, size: u64) -> S3Result<Span> {
        let range = ByteRange::from_header(Some(header));
        range.expect("a range").of(size)
    }

    fn part(offset: u64, length: u64) -> Span {
        Span { offset, length }
    }

    #[test]
    fn a_range_is_cut_off_at_the_end() {
        assert_eq!(span("bytes=0-0", 10), Ok(part(0, 1)));
        assert_eq!(span("bytes=2-5", 10), Ok(part(2, 4)));
        assert_eq!(span("bytes=5-99", 10), Ok(part(5, 5)));
        assert_eq!(span("bytes=9-", 10), Ok(part(9, 1)));
        assert_eq!(span("bytes=-3", 10), Ok(part(7, 3)));
        assert_eq!(span("bytes=-99", 10), Ok(part(0, 10)));
        assert_eq!(span("Bytes = 2 - 5 ", 10), Ok(part(2, 4)));
        assert_eq!(span("bytes=1-99999999999999999999999", 10), Ok(part(1, 9)));
        assert_eq!(
            span("bytes=0-18446744073709551615", u64::MAX),
            Ok(part(0, u64::MAX))
        );
    }

    #[test]
    fn a_range_without_a_byte_is_not_satisfiable() {
        for (header, size) in [
            ("bytes=10-", 10),
            ("bytes=10-20", 10),
            ("bytes=-0", 10),
            ("bytes=0-", 0),
            ("bytes=-5", 0),
        ] {
            let error = span(header, size).unwrap_err();
            assert_eq!(error.code, Code::InvalidRange, "{header}");
            assert_eq!(error.details[0], ("RangeRequested", header.to_owned()));
            assert_eq!(error.details[1], ("ActualObjectSize", size.to_string()));
            assert_eq!(error.headers[0].1, format!("bytes */{size}"));
        }
    }

    #[test]
    fn anything_else_is_the_whole_object() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=0-1,5-6",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1-+2",
            "items=0-1",
            "bytes=--1",
            "0-1",
            "bytes=１-２",
        ] {
            assert_eq!(ByteRange::from_header(Some(header)), None, "{header}");
        }
        assert_eq!(ByteRange::from_header(None), None);
    }

    #[test]
    fn content_range_has_both_ends_and_the_size() {
        let span = span("bytes=2-5", 10).unwrap();

        assert_eq!(span.content_range(10), "bytes 2-5/10");
    }

    #[test]
    fn a_copied_range_lies_within_its_source() {
        assert_eq!(of_copy_source("bytes=0-9", 10), Ok(part(0, 10)));
        let code = |header| of_copy_source(header, 10).unwrap_err().code;

        assert_eq!(code("bytes=0-10"), Code::InvalidRange);
        assert_eq!(code("bytes=10-12"), Code::InvalidRange);
        for header in ["bytes=0-", "bytes=-5", "0-5", "bytes=5-2", "bytes=0-1,2-3"] {
            assert_eq!(code(header), Code::InvalidArgument, "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_header_panics_and_a_span_is_inside(
            header in "bytes=[0-9]{0,21}-[0-9]{0,21}", other in any::<String>(), size in any::<u64>()
        ) {
            let _ = of_copy_source(&header, size);
            let _ = ByteRange::from_header(Some(&other));
            if let Some(Ok(span)) = ByteRange::from_header(Some(&header)).map(|it| it.of(size)) {
                prop_assert!(span.length > 0);
                prop_assert!(span.offset.checked_add(span.length).is_some_and(|end| end <= size));
                prop_assert!(span.content_range(size).starts_with("bytes "));
            }
        }

        #[test]
        fn a_range_is_read_as_it_is_written(first in 0..u64::MAX, length in 0..9_u64) {
            for range in [
                ByteRange::From { first, last: None },
                ByteRange::From { first, last: Some(first.saturating_add(length)) },
                ByteRange::Last(first),
            ] {
                prop_assert_eq!(ByteRange::from_header(Some(&range.to_string())), Some(range));
            }
        }
    }
}
