//! Headers that stand in a signed URL, for who follows it to send nothing but the URL.
//!
//! ```text
//! PUT /images/disk?x-amz-acl=public-read&…&Signature=…   as if it had the header x-amz-acl
//! ```
//!
//! Version 2 signs them as headers, version 4 as parameters. What the request has as a header is
//! taken from there.

/// Parameters that say how a URL is signed.
const OF_SIGNATURE: [&str; 7] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// Puts the headers of a URL to those of the request, once the signature of version `parameter`
/// stands in the URL: `Signature` or `X-Amz-Signature`.
pub(super) fn add(
    headers: &mut Vec<(String, String)>,
    query: &[(String, String)],
    parameter: &str,
) {
    if !query.iter().any(|(name, _)| name == parameter) {
        return;
    }
    for (name, value) in query {
        let name = name.to_ascii_lowercase();
        let is_header = name.starts_with("x-amz-") && !OF_SIGNATURE.contains(&name.as_str());
        if is_header && !headers.iter().any(|(there, _)| *there == name) {
            headers.push((name, value.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        list.iter().map(pair).collect()
    }

    #[test]
    fn a_signed_url_brings_the_headers_that_the_request_does_not_have() {
        let query = pairs(&[
            ("acl", ""),
            ("X-Amz-Date", "20130524T000000Z"),
            ("X-Amz-Signature", "0"),
            ("x-amz-acl", "public-read"),
            ("x-amz-meta-a", "of the URL"),
        ]);
        let mut headers = pairs(&[("host", "a"), ("x-amz-meta-a", "sent")]);

        add(&mut headers, &query, "Signature");
        assert_eq!(headers.len(), 2);

        add(&mut headers, &query, "X-Amz-Signature");
        let want = [
            ("host", "a"),
            ("x-amz-meta-a", "sent"),
            ("x-amz-acl", "public-read"),
        ];
        assert_eq!(headers, pairs(&want));
    }
}
