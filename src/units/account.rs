//! The account that owns a bundle.

use std::fmt;
use std::str::FromStr;

/// An account number as the manifest's `user` element carries it.
///
/// AWS numbers have 12 digits; Eucalyptus 1.5 and 2.0 wrote the decimal MD5 of the user's
/// name, up to 39 digits. Dashes (`1234-5678-9012`) are dropped, since EC2 refuses them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountId(String);

/// Why a text is not an account number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not an account number: expected 12 digits (dashes may stand between them)")]
pub struct AccountIdError {
    /// The text as given.
    pub text: String,
}

impl AccountId {
    /// The digits, without dashes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the number has the 12 digits that AWS' numbers have.
    #[must_use]
    pub fn is_aws_shaped(&self) -> bool {
        self.0.len() == 12
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AccountId {
    type Err = AccountIdError;

    fn from_str(text: &str) -> Result<Self, AccountIdError> {
        let digits: String = text.trim().chars().filter(|c| *c != '-').collect();
        let plausible = (1..=39).contains(&digits.len());
        if plausible && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(AccountIdError {
                text: text.to_owned(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_are_dropped_and_leading_zeros_kept() {
        let account: AccountId = "0123-4567-8901".parse().unwrap();

        assert_eq!(account.as_str(), "012345678901");
        assert!(account.is_aws_shaped());
    }

    #[test]
    fn names_keys_and_nothing_are_refused() {
        for text in ["", "--", "alice", "AKIA1234567890123456", "12 34", "１２３"] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
        }
        assert!("1".repeat(40).parse::<AccountId>().is_err());
    }
}
