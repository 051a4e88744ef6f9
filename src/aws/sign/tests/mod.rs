//! Published examples under their names, another implementation as judge, and both sides of ours.

mod any;
mod both_sides;
mod oracle;
mod published_v2;
mod published_v4;

use zeroize::Zeroizing;

use super::SignableRequest;
use crate::aws::Credentials;

/// The credentials of all of Amazon's examples.
fn example_credentials() -> Credentials {
    Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: Zeroizing::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
        session_token: None,
        expires: None,
    }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    list.iter().map(owned).collect()
}

/// The value of a header or parameter that must be there.
fn value<'a>(list: &'a [(String, String)], wanted: &str) -> &'a str {
    let mut found = list.iter().filter(|(name, _)| name == wanted);
    &found.next().expect("it is there").1
}

fn request<'a>(
    method: &'a str,
    host: &'a str,
    path: &'a str,
    query: &'a [(String, String)],
    headers: &'a [(String, String)],
) -> SignableRequest<'a> {
    SignableRequest {
        method,
        host,
        path,
        service_path: "",
        virtual_bucket: None,
        query,
        headers,
    }
}
