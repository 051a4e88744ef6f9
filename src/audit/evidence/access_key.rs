//! AWS access keys in any text: the id is known by its letters, the secret by standing near it.
//!
//! Source: the IAM user guide, "IAM identifiers" (prefixes of unique ids).

use memchr::memmem;

/// How ids begin: of users, and of sessions.
const PREFIXES: [&[u8]; 2] = [b"AKIA", b"ASIA"];
/// Characters in an id and in a secret.
const ID: usize = 20;
const SECRET: usize = 40;
/// How far from its id a secret is looked for, in bytes.
const NEAR: usize = 400;

/// Whether an access key stands in a text with its secret. An id alone opens nothing.
pub(super) fn proof(content: &[u8]) -> Option<String> {
    if content.contains(&0) {
        return None;
    }
    let count = PREFIXES
        .iter()
        .flat_map(|prefix| memmem::find_iter(content, prefix))
        .filter(|at| is_id(content, *at) && is_near_secret(content, *at))
        .count();
    (count > 0).then(|| "an access key id with its secret".to_owned())
}

/// Whether an id begins at `at`, and is none of the examples of manuals.
fn is_id(content: &[u8], at: usize) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric();
    let Some(id) = content.get(at..at + ID) else {
        return false;
    };
    let alone = !at
        .checked_sub(1)
        .is_some_and(|before| is_word(&content[before]))
        && !content.get(at + ID).is_some_and(is_word);
    alone
        && id
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && !id.ends_with(b"EXAMPLE")
}

fn is_near_secret(content: &[u8], at: usize) -> bool {
    let end = content.len().min(at + ID + NEAR);
    let near = &content[at.saturating_sub(NEAR)..end];
    near.split(|byte| !is_secret_byte(*byte)).any(is_secret)
}

fn is_secret_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// 40 characters of base64 that are no digest and no example.
fn is_secret(word: &[u8]) -> bool {
    word.len() == SECRET
        && word.iter().any(u8::is_ascii_lowercase)
        && word.iter().any(u8::is_ascii_uppercase)
        && !word.iter().all(u8::is_ascii_hexdigit)
        && !word.ends_with(b"EXAMPLEKEY")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Put together here, so that no scanner takes this file for a leak.
    fn id() -> String {
        ["AKIA", "QWERTYUIOPASDFGH"].concat()
    }

    fn secret() -> String {
        "aB3/".repeat(10)
    }

    #[test]
    fn an_id_with_its_secret_is_found() {
        let text = format!("export ID={}\nexport SECRET={}\n", id(), secret());

        let detail = proof(text.as_bytes()).unwrap();

        assert!(
            !detail.contains(&id()) && !detail.contains("aB3"),
            "{detail}"
        );
        assert!(proof(format!("{} {}", secret(), id()).as_bytes()).is_some());
    }

    #[test]
    fn ids_alone_digests_and_examples_are_passed_over() {
        let silent = |text: String| assert_eq!(proof(text.as_bytes()), None, "{text}");

        silent(id());
        silent(format!(
            "{} {}",
            id(),
            "0123456789abcdef0123456789ABCDEF01234567"
        ));
        silent(format!("{} {}{}", id(), "-".repeat(500), secret()));
        silent(format!("X{} {}", id(), secret()));
        silent(format!("{}\0 {}", id(), secret()));
        silent(format!("AKIAIOSFODNN7EXAMPLE {}", secret()));
        silent(format!("{} wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", id()));
        silent("AKIA".to_owned());
    }
}
