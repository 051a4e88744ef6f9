//! Settings that have a value: `name = value`, `name: value`, `"name": "value"`, `name value`.

/// Characters that may be part of a name, so that `auth` is not found in `auths` or `no_auth`.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The first of `names` that has a value, whatever the case of its letters.
pub(super) fn proof(content: &[u8], names: &[&str]) -> Option<String> {
    let lines: Vec<Vec<u8>> = content
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !matches!(line.first(), None | Some(b'#' | b';')))
        .map(<[u8]>::to_ascii_lowercase)
        .collect();
    let found = names.iter().find(|name| {
        let name = name.to_ascii_lowercase();
        lines.iter().any(|line| has_value(line, name.as_bytes()))
    });
    found.map(|name| format!("{name} has a value"))
}

fn has_value(line: &[u8], name: &[u8]) -> bool {
    memchr::memmem::find_iter(line, name).any(|at| {
        let starts = at.checked_sub(1).and_then(|before| line.get(before));
        let after = line.get(at + name.len()..).unwrap_or_default();
        let is_whole = !starts.is_some_and(|byte| is_name(*byte))
            && !after.first().is_some_and(|byte| is_name(*byte));
        is_whole && is_value(after)
    })
}

/// Whether a value follows: not nothing, a list, or a place for one (`<password>`, `${X}`).
fn is_value(after: &[u8]) -> bool {
    let after = unquoted(after);
    let value = match after.trim_ascii_start() {
        [b'=' | b':', value @ ..] => value,
        value if value.len() < after.len() => value,
        _ => return false,
    };
    let value = unquoted(value.trim_ascii_start());
    let end = value
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b',' | b'}'));
    let value = value.get(..end.unwrap_or(value.len())).unwrap_or_default();
    let is_place = matches!(value.first(), None | Some(b'<' | b'$' | b'%' | b'{' | b'['));
    !is_place && !value.ends_with(b">") && value != b"null" && value != b"none"
}

/// `text` without the quote that it begins with.
fn unquoted(text: &[u8]) -> &[u8] {
    match text {
        [b'"' | b'\'', rest @ ..] => rest,
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(content: &str, name: &str) -> bool {
        proof(content.as_bytes(), &[name]).is_some()
    }

    #[test]
    fn values_are_seen_in_every_notation() {
        assert!(found(
            "[default]\nAWS_Secret_Access_Key = abc\n",
            "aws_secret_access_key"
        ));
        assert!(found("export EC2_SECRET_KEY='abc'", "EC2_SECRET_KEY"));
        assert!(found("{\"auths\": {\"x\": {\"auth\": \"YWJj\"}}}", "auth"));
        assert!(found("machine x login y password z", "password"));
        assert!(found(
            "//registry.npmjs.org/:_authToken=npm_abc",
            "_authToken"
        ));
        assert!(found("    token: abc", "token"));
    }

    #[test]
    fn what_has_no_value_is_passed_over() {
        assert!(!found("# password = abc\n; password = abc", "password"));
        assert!(!found("password =\n", "password"));
        assert!(!found("password: \"\"", "password"));
        assert!(!found("password = <your password>", "password"));
        assert!(!found("password=${PASSWORD}", "password"));
        assert!(!found("{\"auths\": {}}", "auth"));
        assert!(!found("no_password = abc\npasswords = abc", "password"));
        assert!(!found("password", "password"));
    }
}
