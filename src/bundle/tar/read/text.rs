//! Members that say something about the next one: long names and extended headers.

/// Checks the text of one. It may say anything about names and times, which mean nothing here,
/// but not where the data goes or how much there is.
///
/// A record of an extended header is `LENGTH KEY=VALUE` and a line feed, the length being that
/// of the whole record in decimal (POSIX.1-2017, pax, "pax Extended Header").
pub(super) fn check(text: &[u8], type_flag: u8) -> Result<(), String> {
    if !matches!(type_flag, b'x' | b'g') {
        return Ok(());
    }
    let mut rest = text;
    while !rest.is_empty() {
        let Some((key, behind)) = split_record(rest) else {
            return Err("an extended header is malformed".to_owned());
        };
        if key == b"size" || key.starts_with(b"GNU.sparse.") {
            return Err(format!(
                "an extended header sets {}, which no bundle has",
                key.escape_ascii()
            ));
        }
        rest = behind;
    }
    Ok(())
}

/// The key of the first record, and what is behind the record.
fn split_record(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = text.iter().position(|byte| !byte.is_ascii_digit())?;
    let len: usize = std::str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    let (record, rest) = text.split_at_checked(len)?;
    let pair = record
        .get(digits..)?
        .strip_prefix(b" ")?
        .strip_suffix(b"\n")?;
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    Some((&pair[..equals], rest))
}
