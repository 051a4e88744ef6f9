//! A point in time, in the forms that the protocols write it.

use std::fmt;

use time::format_description::well_known::{Rfc2822, Rfc3339};
use time::{OffsetDateTime, UtcOffset};

/// Seconds since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Timestamp {
    /// `20261121T062151Z`, as `x-amz-date` has it.
    #[must_use]
    pub fn basic(self) -> String {
        self.iso8601().replace(['-', ':'], "")
    }

    /// `20261121`, as a credential scope has it.
    #[must_use]
    pub fn date(self) -> String {
        self.basic().chars().take(8).collect()
    }

    /// `2026-11-21T06:21:51Z`.
    #[must_use]
    pub fn iso8601(self) -> String {
        let t = self.parts();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            t.year(),
            u8::from(t.month()),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }

    /// `Sat, 21 Nov 2026 06:21:51 GMT`, as HTTP's `Date` has it (RFC 9110, section 5.6.7).
    #[must_use]
    pub fn http_date(self) -> String {
        let t = self.parts();
        format!(
            "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
            DAYS[usize::from(t.weekday().number_days_from_monday())],
            t.day(),
            MONTHS[usize::from(u8::from(t.month()) - 1)],
            t.year(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }

    /// Reads any of the forms above, and RFC 3339 with fractions and offsets.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let seconds = |time: OffsetDateTime| Self(time.unix_timestamp());
        if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
            return Some(seconds(time));
        }
        if let Some(long) = expanded(text) {
            return OffsetDateTime::parse(&long, &Rfc3339).ok().map(seconds);
        }
        OffsetDateTime::parse(text, &Rfc2822).ok().map(seconds)
    }

    /// The calendar's parts; what lies outside its years is its first moment.
    fn parts(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(UtcOffset::UTC)
    }
}

/// The basic form with its separators.
fn expanded(text: &str) -> Option<String> {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    if date.len() != 8 || time.len() != 6 || !digits(date) || !digits(time) {
        return None;
    }
    Some(format!(
        "{}-{}-{}T{}:{}:{}Z",
        &date[..4],
        &date[4..6],
        &date[6..],
        &time[..2],
        &time[2..4],
        &time[4..]
    ))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iso8601())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_written_and_read_back() {
        let time = Timestamp(1_795_242_111);

        assert_eq!(time.iso8601(), "2026-11-21T06:21:51Z");
        assert_eq!(time.basic(), "20261121T062151Z");
        assert_eq!(time.date(), "20261121");
        assert_eq!(time.http_date(), "Sat, 21 Nov 2026 06:21:51 GMT");
        for text in [time.iso8601(), time.basic(), time.http_date()] {
            assert_eq!(Timestamp::parse(&text), Some(time), "{text}");
        }
        assert_eq!(
            Timestamp::parse("2026-11-21T07:21:51.250+01:00"),
            Some(time)
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "now",
            "20261121",
            "20261321T062151Z",
            "2026-11-21",
            "é0261121T062151Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
