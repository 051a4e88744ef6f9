//! Public keys that may log in, by their comments (sshd(8), the format of `authorized_keys`).

use super::super::text::{counted, listed, short};

/// What the type of a key begins with.
const TYPES: [&[u8]; 5] = [
    b"ssh-",
    b"ecdsa-sha2-",
    b"sk-ssh-",
    b"sk-ecdsa-",
    b"x509v3-",
];

/// How many keys there are, and what they call themselves.
pub(super) fn proof(content: &[u8]) -> Option<String> {
    let comments: Vec<String> = content
        .split(|byte| *byte == b'\n')
        .filter_map(comment)
        .collect();
    if comments.is_empty() {
        return None;
    }
    let count = counted(comments.len() as u64, "key");
    let named: Vec<String> = comments.into_iter().filter(|c| !c.is_empty()).collect();
    Some(if named.is_empty() {
        format!("{count} without a comment")
    } else {
        format!("{count}: {}", listed(&named))
    })
}

/// The comment of the key on a line, which may be empty; none if there is no key.
fn comment(line: &[u8]) -> Option<String> {
    let line = line.trim_ascii();
    if line.starts_with(b"#") {
        return None;
    }
    let mut rest = line;
    // Options may come before the type.
    for _ in 0..2 {
        let (word, after) = word(rest);
        if TYPES.iter().any(|begin| word.starts_with(begin)) {
            let (key, comment) = self::word(after);
            return (!key.is_empty()).then(|| short(comment));
        }
        rest = after;
    }
    None
}

/// Splits at the first blank outside quotes.
fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let line = line.trim_ascii_start();
    let mut quoted = false;
    let mut escaped = false;
    let end = line.iter().position(|byte| {
        let is_quote = *byte == b'"' && !escaped;
        quoted ^= is_quote;
        escaped = *byte == b'\\' && !escaped;
        byte.is_ascii_whitespace() && !quoted
    });
    line.split_at(end.unwrap_or(line.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_their_comments() {
        let file = b"# a note\n\nssh-ed25519 AAAAC3Nz alice@laptop\n\
                     no-pty,command=\"echo ssh-rsa \\\" x\" ssh-rsa AAAAB3Nz build server 7\n\
                     ecdsa-sha2-nistp256 AAAAE2Vj\nnot a key at all\n";

        assert_eq!(proof(file).unwrap(), "3 keys: alice@laptop, build server 7");
        assert_eq!(proof(b"ssh-rsa AAAA\n").unwrap(), "1 key without a comment");
    }

    #[test]
    fn a_file_without_keys_says_nothing() {
        assert_eq!(proof(b"# put your keys here\n\n"), None);
        assert_eq!(proof(b"ssh-rsa\n\"\nssh-rsa  \n"), None);
    }
}
