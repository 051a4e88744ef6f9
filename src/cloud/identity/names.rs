//! Names and numbers that accounts and keys are known by, drawn at random.
//!
//! ```text
//! account number   12 digits, the first not 0          ec2's, manifests' `user`
//! canonical id     64 hex digits                       owner of buckets and grants
//! access key       AKI + 17 letters and digits         20 in all, as Amazon's and Eucalyptus'
//! secret           40 letters and digits, 238 bits
//! ```

use zeroize::Zeroizing;

/// The alphabet of access keys: no 0, 1, 8 and 9, as Amazon's (base 32).
const KEY_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The alphabet of secrets. Amazon's have `/` and `+` as well, which shells, URLs and settings
/// files have trouble with.
const SECRET_ALPHABET: &[u8; 62] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Where randomness comes from: fills all of the slice.
pub type Random = fn(&mut [u8]);

/// An access key's id: `AKI` and 17 letters and digits.
#[must_use]
pub fn access_key_id(random: Random) -> String {
    let mut id = "AKI".to_owned();
    id.push_str(&letters(KEY_ALPHABET, 17, random));
    id
}

/// An access key's secret: 40 letters and digits.
#[must_use]
pub fn secret_key(random: Random) -> Zeroizing<String> {
    letters(SECRET_ALPHABET, 40, random)
}

/// An account's number: 12 digits, of which the first is not 0, since programs lose it.
#[must_use]
pub fn account_number(random: Random) -> String {
    let first = letters(b"123456789", 1, random);
    format!("{}{}", *first, *letters(b"0123456789", 11, random))
}

/// An account's canonical id: 64 hex digits.
#[must_use]
pub fn canonical_id(random: Random) -> String {
    let mut bytes = [0; 32];
    random(&mut bytes);
    hex::encode(bytes)
}

/// `count` letters of an alphabet, each as likely as any other.
fn letters(alphabet: &[u8], count: usize, random: Random) -> Zeroizing<String> {
    // What lies beyond the largest multiple would make the first letters likelier.
    let fair = 256 / alphabet.len() * alphabet.len();
    let mut text = Zeroizing::new(String::with_capacity(count));
    let mut block = Zeroizing::new([0; 64]);
    while text.len() < count {
        random(&mut *block);
        let drawn = block.iter().map(|byte| usize::from(*byte));
        let drawn = drawn
            .filter(|number| *number < fair)
            .take(count - text.len());
        text.extend(drawn.map(|number| char::from(alphabet[number % alphabet.len()])));
    }
    text
}

/// What is wrong with a user's name; none if nothing is.
///
/// 1 to 30 letters of `[A-Za-z0-9_.@-]`, as Eucalyptus has it; not `eucalyptus`, and nothing that
/// is special as a file name, since files are called after it.
#[must_use]
pub fn wrong_user_name(name: &str) -> Option<&'static str> {
    let inside = |b: u8| b.is_ascii_alphanumeric() || b"_.@-".contains(&b);
    if name.is_empty() {
        Some("it is empty")
    } else if !name.bytes().all(inside) {
        Some("expected letters, digits, '_', '.', '@' and '-' only")
    } else if name.len() > 30 {
        Some("it is too long: expected 30 letters at most")
    } else if name.starts_with(['.', '-']) {
        Some("expected a letter, a digit, '_' or '@' at its beginning")
    } else if name.eq_ignore_ascii_case("eucalyptus") {
        Some("that name is the cloud's own")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::random;
    use super::*;

    #[test]
    fn each_has_its_form() {
        for _ in 0..200 {
            let id = access_key_id(random);
            let secret = secret_key(random);
            let number = account_number(random);

            let upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
            assert!(id.len() == 20 && id.starts_with("AKI"), "{id}");
            assert!(id.bytes().all(upper), "{id}");
            assert_eq!(secret.len(), 40);
            assert!(secret.bytes().all(|b| b.is_ascii_alphanumeric()));
            let parsed: crate::units::AccountId = number.parse().unwrap();
            assert!(
                parsed.is_aws_shaped() && !number.starts_with('0'),
                "{number}"
            );
            assert_eq!(canonical_id(random).len(), 64);
        }
        assert_ne!(access_key_id(random), access_key_id(random));
    }

    #[test]
    fn every_letter_is_as_likely() {
        let mut counts = [0_u32; 62];
        for letter in letters(SECRET_ALPHABET, 62 * 1000, random).bytes() {
            let at = SECRET_ALPHABET.iter().position(|b| *b == letter).unwrap();
            counts[at] += 1;
        }

        // Ten standard deviations; without the cut the first 8 letters had a fourth more.
        assert!(
            counts.iter().all(|count| (700..1300).contains(count)),
            "{counts:?}"
        );
        let first: u32 = counts[..8].iter().sum();
        assert!((7200..8800).contains(&first), "{first}");
    }

    #[test]
    fn names_of_users_are_those_that_eucalyptus_takes() {
        for name in ["admin", "a", "Jo.Doe@example.org", "x_1-y", &"a".repeat(30)] {
            assert_eq!(wrong_user_name(name), None, "{name}");
        }
        for name in [
            "",
            "a b",
            "a/b",
            "..",
            ".a",
            "-a",
            "é",
            "Eucalyptus",
            &"a".repeat(31),
        ] {
            assert!(wrong_user_name(name).is_some(), "{name}");
        }
    }
}
