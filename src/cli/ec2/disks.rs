//! Fields that ec2-api-tools print of volumes and snapshots in a form of their own.

use crate::cli::dialect::Family;

/// A time as an old tool prints it: Amazon's print whole seconds, and the offset in digits.
#[must_use]
pub fn time(time: Option<&str>, family: Family) -> Option<String> {
    time.map(|time| match family {
        Family::Ec2Api => in_seconds(time),
        _ => time.to_owned(),
    })
}

/// Whether a disk is encrypted; nothing if the service is older than encryption.
#[must_use]
pub fn encryption(encrypted: Option<bool>) -> Option<&'static str> {
    let word = |encrypted| {
        if encrypted {
            "Encrypted"
        } else {
            "Not Encrypted"
        }
    };
    encrypted.map(word)
}

/// `2013-06-25T14:50:04+0000` of `2013-06-25T14:50:04.276Z`. What has another form stays as it is.
fn in_seconds(time: &str) -> String {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(utc) = time.strip_suffix('Z') else {
        return time.to_owned();
    };
    let (seconds, fraction) = utc.split_once('.').unwrap_or((utc, "0"));
    if digits(fraction) && seconds.len() == "2013-06-25T14:50:04".len() {
        return format!("{seconds}+0000");
    }
    time.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_of_a_second_are_cut_off() {
        for time in ["2013-06-25T14:50:04.276Z", "2013-06-25T14:50:04Z"] {
            assert_eq!(in_seconds(time), "2013-06-25T14:50:04+0000");
        }
        for other in ["", "yesterday", "yesterdayZ", "2013-06-25T14:50:04+02:00"] {
            assert_eq!(in_seconds(other), other);
        }
    }
}
