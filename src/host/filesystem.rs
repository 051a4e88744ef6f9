//! What a path is, and how much room is left where it is.

use std::fs::FileType;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use crate::units::Bytes;

/// Room for unprivileged users in the filesystem that holds `path`.
///
/// # Errors
/// When the filesystem cannot be asked.
pub fn free_space(path: &Path) -> io::Result<Bytes> {
    let answer = rustix::fs::statvfs(path)?;
    Ok(Bytes(answer.f_bavail.saturating_mul(answer.f_frsize)))
}

/// What a file is, in words for an error message.
#[must_use]
pub fn describe(file_type: FileType) -> &'static str {
    if file_type.is_file() {
        "regular file"
    } else if file_type.is_dir() {
        "directory"
    } else if file_type.is_symlink() {
        "symbolic link"
    } else if file_type.is_block_device() {
        "block device"
    } else if file_type.is_char_device() {
        "character device"
    } else if file_type.is_fifo() {
        "fifo"
    } else {
        "socket"
    }
}

/// What is wrong with `name` as the name of a file inside a directory, if anything is.
#[must_use]
pub fn plain_name_problem(name: &str) -> Option<&'static str> {
    /// Linux' limit for one name (`NAME_MAX`).
    const LONGEST: usize = 255;
    match name {
        "" => Some("it is empty"),
        "." | ".." => Some("it names a directory"),
        _ if name.contains('/') => Some("it contains a slash"),
        _ if name.chars().any(char::is_control) => Some("it contains a control character"),
        _ if name.len() > LONGEST => Some("it is longer than 255 bytes"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_directory_are_no_plain_names() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "/etc/passwd",
            "../x",
            "a\0b",
            "a\nb",
            &"x".repeat(256),
        ] {
            assert!(plain_name_problem(name).is_some(), "{name:?}");
        }
    }

    #[test]
    fn odd_but_plain_names_are_accepted() {
        for name in [
            "disk.img",
            "...",
            "..x",
            "a b",
            "$(id)",
            "-rf",
            "é",
            &"x".repeat(255),
        ] {
            assert_eq!(plain_name_problem(name), None, "{name:?}");
        }
    }

    #[test]
    fn there_is_room_somewhere() {
        assert!(free_space(Path::new("/")).unwrap() > Bytes(0));
    }
}
