//! Finds and reads the configuration files.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use super::{ConfigError, Env, MAX_FILE_BYTES};

/// The files to read, in the order in which they override each other.
pub(super) fn find(env: Env<'_>) -> Vec<PathBuf> {
    if let Some(list) = env("EUCA_CONFIG_PATH") {
        return std::env::split_paths(&list)
            .filter(|pattern| !pattern.as_os_str().is_empty())
            .flat_map(|pattern| expand(&home_expanded(&pattern, env)))
            .collect();
    }
    let mut found = vec![PathBuf::from("/etc/euca2ools/euca2ools.ini")];
    found.extend(expand(Path::new("/etc/euca2ools/conf.d/*.ini")));
    if let Some(home) = env("HOME").filter(|home| !home.is_empty()) {
        found.extend(expand(&Path::new(&home).join(".euca/*.ini")));
    }
    found
}

/// Reads one file; `None` when it is not there, not a regular file, or not for this user.
pub(super) fn read(path: &Path) -> Result<Option<String>, ConfigError> {
    let error = |source| ConfigError::Read {
        path: path.to_owned(),
        source,
    };
    // Asked before opening: opening a fifo would wait for a writer.
    if !fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(None);
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(failure) if failure.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(failure) if failure.kind() == io::ErrorKind::PermissionDenied => {
            tracing::warn!(path = %path.display(), "configuration file is not readable");
            return Ok(None);
        }
        Err(failure) => return Err(error(failure)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(error)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ConfigError::TooLarge {
            path: path.to_owned(),
        });
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Reads a file that must be there, regular, and not larger than `limit`.
pub(super) fn read_bytes(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    // Asked before opening: opening a fifo would wait for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("it has more than {limit} bytes")));
    }
    Ok(bytes)
}

/// Replaces a leading `~/` by the home directory.
pub(super) fn home_expanded(path: &Path, env: Env<'_>) -> PathBuf {
    match (path.strip_prefix("~"), env("HOME")) {
        (Ok(rest), Some(home)) => Path::new(&home).join(rest),
        _ => path.to_owned(),
    }
}

/// The existing files that a pattern with `*`, `?` and `[…]` stands for, sorted.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let part = component.as_os_str().as_bytes();
        let wild = matches!(component, Component::Normal(_))
            && part.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['));
        found = found
            .into_iter()
            .flat_map(|base| {
                if wild {
                    entries(&base, part)
                } else {
                    vec![base.join(component)]
                }
            })
            .collect();
    }
    found
}

/// The entries of a directory that match, sorted; hidden ones only if the pattern names the dot.
fn entries(directory: &Path, pattern: &[u8]) -> Vec<PathBuf> {
    let listed = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    let Ok(entries) = fs::read_dir(listed) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .filter(|name| shown(name, pattern) && matches(name.as_bytes(), pattern))
        .collect();
    names.sort();
    names.into_iter().map(|name| directory.join(name)).collect()
}

fn shown(name: &OsStr, pattern: &[u8]) -> bool {
    !name.as_bytes().starts_with(b".") || pattern.starts_with(b".")
}

/// Whether a name matches a pattern. Remembers only the last `*`, so the time is bounded by
/// the product of both lengths.
fn matches(name: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut wanted) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match pattern.get(wanted) {
            Some(b'*') => {
                star = Some((wanted, at));
                wanted += 1;
            }
            _ => match (element(&pattern[wanted..], name[at]), star) {
                (Some(length), _) => {
                    at += 1;
                    wanted += length;
                }
                (None, Some((star_at, matched))) => {
                    star = Some((star_at, matched + 1));
                    wanted = star_at + 1;
                    at = matched + 1;
                }
                (None, None) => return false,
            },
        }
    }
    pattern[wanted..].iter().all(|byte| *byte == b'*')
}

/// The length of the pattern's first element, a byte, `?` or `[…]`, if it matches `byte`.
fn element(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern.first()? {
        b'?' => Some(1),
        b'[' => match class(pattern) {
            Some(class) => in_class(class, byte).then_some(class.len() + 2),
            None => (byte == b'[').then_some(1),
        },
        literal => (*literal == byte).then_some(1),
    }
}

/// What stands between the brackets. A `]` in the first place is one of the bytes; brackets
/// that are not closed are no class.
fn class(pattern: &[u8]) -> Option<&[u8]> {
    let first = if pattern.get(1) == Some(&b'!') { 2 } else { 1 };
    let rest = pattern.get(first + 1..)?;
    let end = first + 1 + rest.iter().position(|byte| *byte == b']')?;
    Some(&pattern[1..end])
}

fn in_class(class: &[u8], byte: u8) -> bool {
    let (negated, mut rest) = match class.split_first() {
        Some((b'!', rest)) => (true, rest),
        _ => (false, class),
    };
    let mut found = false;
    while let Some((low, after)) = rest.split_first() {
        rest = after;
        let mut high = low;
        if let [b'-', end, after @ ..] = rest {
            (high, rest) = (end, after);
        }
        found |= (low..=high).contains(&&byte);
    }
    found != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_the_shell_does() {
        for (name, pattern, want) in [
            ("a.ini", "*.ini", true),
            (".ini", "*.ini", true),
            ("a.ini.bak", "*.ini", false),
            ("ab", "a?", true),
            ("a", "a?", false),
            ("abcbc", "a*bc", true),
            ("", "*", true),
            ("10-a.ini", "[0-9][0-9]-*.ini", true),
            ("x0-a.ini", "[0-9][0-9]-*.ini", false),
            ("b.ini", "[ab].ini", true),
            ("b.ini", "[!ab].ini", false),
            ("c.ini", "[!ab].ini", true),
            ("]", "[]]", true),
            ("-", "[a-]", true),
            ("[", "[", true),
            ("a[b", "*[b", true),
            ("xxc", "*[!x]", true),
        ] {
            assert_eq!(
                matches(name.as_bytes(), pattern.as_bytes()),
                want,
                "{name} {pattern}"
            );
        }
    }

    #[test]
    fn files_of_a_pattern_come_sorted_and_without_hidden_ones() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["b.ini", "a.ini", ".c.ini", "d.txt"] {
            fs::write(directory.path().join(name), "").unwrap();
        }

        let found = expand(&directory.path().join("*.ini"));

        let want: Vec<_> = ["a.ini", "b.ini"]
            .iter()
            .map(|name| directory.path().join(name))
            .collect();
        assert_eq!(found, want);
    }

    #[test]
    fn large_files_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("big.ini");
        File::create(&path).unwrap().set_len(2 << 20).unwrap();

        assert!(matches!(read(&path), Err(ConfigError::TooLarge { .. })));
    }
}
