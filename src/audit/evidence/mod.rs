//! What a file has to be before a rule speaks: a name alone proves little.
//!
//! Each proof returns words about what it saw, or nothing. The words never hold the secret.

mod access_key;
mod accounts;
mod authorized_keys;
mod private_key;
mod setting;

use super::memory;
use super::rules::Evidence;
use super::text::counted;
use crate::disk::{ExtError, ExtFs, Inode};
use crate::units::Bytes;

/// Bytes of a file that are looked at. Keys, credentials and tables of accounts are smaller.
pub(super) const MAX_CONTENT: usize = 64 << 10;

/// A file under suspicion, of which the content is read once at most.
pub(super) struct Suspect<'a> {
    fs: &'a ExtFs<'a>,
    pub(super) inode: Inode,
    content: Option<Vec<u8>>,
}

impl<'a> Suspect<'a> {
    pub(super) fn new(fs: &'a ExtFs<'a>, inode: Inode) -> Self {
        Self {
            fs,
            inode,
            content: None,
        }
    }

    /// Whether its content was read already.
    pub(super) fn is_read(&self) -> bool {
        self.content.is_some()
    }

    /// The first [`MAX_CONTENT`] bytes.
    fn content(&mut self) -> Result<&[u8], ExtError> {
        let content = match self.content.take() {
            Some(content) => content,
            None => self.fs.read(&self.inode, MAX_CONTENT)?,
        };
        Ok(self.content.insert(content))
    }

    /// What is known of the file if `evidence` holds for it.
    pub(super) fn proof(&mut self, evidence: Evidence) -> Result<Option<String>, ExtError> {
        let size = self.inode.size;
        if size == 0 {
            return Ok(None);
        }
        Ok(match evidence {
            Evidence::Gathered(_) => Some(Bytes(size).to_string()),
            Evidence::NotEmpty => written(self.content()?, size),
            Evidence::PrivateKey => private_key::proof(self.content()?),
            Evidence::SmallKey => self.small()?.and_then(private_key::proof),
            Evidence::KeyStore => private_key::store(self.content()?),
            Evidence::Setting(names) => setting::proof(self.content()?, names),
            Evidence::Passwords => accounts::passwords(self.content()?),
            Evidence::LockedPasswords => accounts::locked(self.content()?),
            Evidence::AuthorizedKeys => authorized_keys::proof(self.content()?),
            Evidence::MachineId => machine_id(self.content()?),
            Evidence::AccessKey => self.small()?.and_then(access_key::proof),
            Evidence::UsedSwap => memory::swap_file(self.content()?),
        })
    }

    /// The content of a file that is small enough to be a text somebody wrote.
    fn small(&mut self) -> Result<Option<&[u8]>, ExtError> {
        if self.inode.size > MAX_CONTENT as u64 {
            return Ok(None);
        }
        self.content().map(Some)
    }
}

/// What says nothing but blanks or zeros is as good as empty.
fn written(content: &[u8], size: u64) -> Option<String> {
    let is_blank = content
        .iter()
        .all(|byte| byte.is_ascii_whitespace() || *byte == 0);
    if is_blank && size <= content.len() as u64 {
        return None;
    }
    let is_text = !content.contains(&0);
    Some(if is_text && size <= content.len() as u64 {
        let lines = content
            .trim_ascii_end()
            .split(|byte| *byte == b'\n')
            .count();
        counted(lines as u64, "line")
    } else {
        Bytes(size).to_string()
    })
}

/// An image that is made to be started many times has none, or says so (machine-id(5)).
fn machine_id(content: &[u8]) -> Option<String> {
    let id = content.trim_ascii();
    let is_set = !id.is_empty() && id != b"uninitialized";
    is_set.then(|| "set, so that all instances are the same machine".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_zeros_are_nothing() {
        assert_eq!(written(b" \n\0\0", 4), None);
        assert_eq!(written(b"ls\ncd /\n", 8).as_deref(), Some("2 lines"));
        assert_eq!(written(b"SQLite\0", 7).as_deref(), Some("7 B"));
        assert!(written(&[0; 10], 1 << 20).is_some());
    }

    #[test]
    fn a_machine_id_may_be_empty_or_not_initialised() {
        assert_eq!(machine_id(b"\n"), None);
        assert_eq!(machine_id(b"uninitialized\n"), None);
        assert!(machine_id(b"7f1c3b0e6d5a4c2b9e8f7a6b5c4d3e2f\n").is_some());
    }
}
