//! Accounts that a password opens: shadow(5) and passwd(5).

use super::super::text::{listed, printable};

/// What the second field of a line means.
#[derive(PartialEq)]
enum Password {
    /// Nothing is asked.
    None,
    /// A hash that a password can match.
    Hash,
    /// A hash behind a `!`, as `usermod --lock` leaves it.
    LockedHash,
    /// No password fits: `*`, `!`, `x` (it is in the other file).
    Impossible,
}

/// The accounts that can log in with a password, or without one.
pub(super) fn passwords(content: &[u8]) -> Option<String> {
    let with = names(content, &Password::Hash);
    let without = names(content, &Password::None);
    let mut facts = Vec::new();
    if !with.is_empty() {
        facts.push(format!("a password opens {}", listed(&with)));
    }
    if !without.is_empty() {
        facts.push(format!("no password is needed for {}", listed(&without)));
    }
    (!facts.is_empty()).then(|| facts.join("; "))
}

/// The accounts that are locked, but whose password can be guessed from its hash.
pub(super) fn locked(content: &[u8]) -> Option<String> {
    let names = names(content, &Password::LockedHash);
    (!names.is_empty()).then(|| format!("a hash is left of {}", listed(&names)))
}

fn names(content: &[u8], wanted: &Password) -> Vec<String> {
    content
        .split(|byte| *byte == b'\n')
        .filter_map(|line| {
            let mut fields = line.split(|byte| *byte == b':');
            let (name, password, _more) = (fields.next()?, fields.next()?, fields.next()?);
            let is_account = !name.is_empty() && !matches!(name[0], b'#' | b'+' | b'-');
            (is_account && kind(password) == *wanted).then(|| printable(name))
        })
        .collect()
}

fn kind(password: &[u8]) -> Password {
    match password {
        [] => Password::None,
        [b'!', rest @ ..] => match kind(rest) {
            Password::Hash | Password::LockedHash => Password::LockedHash,
            Password::None | Password::Impossible => Password::Impossible,
        },
        hash if is_hash(hash) => Password::Hash,
        _ => Password::Impossible,
    }
}

/// crypt(5): `$id$…`, `_` and 19 characters, or the 13 of DES.
fn is_hash(text: &[u8]) -> bool {
    let is_plain = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'/');
    match text {
        [b'$', rest @ ..] => rest.contains(&b'$'),
        [b'_', rest @ ..] => rest.len() == 19 && rest.iter().all(is_plain),
        text => text.len() == 13 && text.iter().all(is_plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_told_by_what_opens_them() {
        let shadow = b"root:$6$salt$hash:19000:0:99999:7:::\nbin:*:19000::::::\n\
                       alice:!$y$j9T$salt$hash:1::::::\nbob::19000::::::\nnew:!:1::::::\n\
                       old:abJnggxhB/yWI:1::::::\ncloud:!!:1::::::\n";

        assert_eq!(
            passwords(shadow).unwrap(),
            "a password opens root, old; no password is needed for bob"
        );
        assert_eq!(locked(shadow).unwrap(), "a hash is left of alice");
    }

    #[test]
    fn a_clean_image_has_no_passwords() {
        let passwd = b"root:x:0:0:root:/root:/bin/bash\n+::::::\n# note::x\n\n";

        assert_eq!(passwords(passwd), None);
        assert_eq!(locked(b"root:*:1::::::\nubuntu:!:1::::::\n"), None);
        assert_eq!(
            passwords(b"\xff\x00:::\n:::\nx"),
            Some("no password is needed for \u{fffd}\u{fffd}".into())
        );
    }
}
