//! Words from an image, made fit to be shown.

/// Characters of a name or comment that are shown.
const LONGEST: usize = 60;
/// Names of a list that are shown.
const MOST: usize = 5;

/// `bytes` as text, without control characters.
pub(super) fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(plain).collect()
}

/// `bytes` as one short word or comment.
pub(super) fn short(bytes: &[u8]) -> String {
    let text = printable(bytes.trim_ascii());
    if text.chars().count() <= LONGEST {
        return text;
    }
    let mut cut: String = text.chars().take(LONGEST - 1).collect();
    cut.push('…');
    cut
}

/// The first names and how many more there are: `root, alice and 3 more`.
pub(super) fn listed(names: &[String]) -> String {
    let shown = names.iter().take(MOST).map(String::as_str);
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `1 file`, `2 files`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_comments_stay_short_and_plain() {
        let names: Vec<String> = (1..=7).map(|n| format!("n{n}")).collect();

        assert_eq!(listed(&names), "n1, n2, n3, n4, n5 and 2 more");
        assert_eq!(listed(&names[..2]), "n1, n2");
        assert_eq!(short(b" a\x1b[2Jb\n"), "a\u{fffd}[2Jb");
        assert_eq!(short(&[b'x'; 100]).chars().count(), 60);
        assert_eq!(
            (counted(1, "key"), counted(0, "key")),
            ("1 key".into(), "0 keys".into())
        );
    }
}
