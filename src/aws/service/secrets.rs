//! What a request carries that must not come back in an error.
//!
//! Some servers and proxies answer with a page that repeats the request. Their words are shown to
//! the user and end up in logs, where the token of temporary keys has no business, nor a
//! signature that is good for some more minutes.

use std::fmt;

use super::super::sign::canonical::uri_encode;
use super::refusal::Refusal;

/// What stands instead.
const HIDDEN: &str = "(hidden)";

/// Shorter values are no secrets of anybody, and stand in many words.
const SHORTEST: usize = 4;

/// The secrets of a request.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

/// Each is hidden as it is, and as it stands in a form or a URL.
impl<'a> FromIterator<&'a String> for Secrets {
    fn from_iter<I: IntoIterator<Item = &'a String>>(texts: I) -> Self {
        let long = texts.into_iter().filter(|text| text.len() >= SHORTEST);
        Self(long.flat_map(|text| forms(text)).collect())
    }
}

fn forms(text: &str) -> impl Iterator<Item = String> + use<> {
    let encoded = Some(uri_encode(text.as_bytes(), false)).filter(|encoded| encoded != text);
    encoded.into_iter().chain([text.to_owned()])
}

/// Only that there are some.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl Secrets {
    /// The token and the signature of a signed request, and what the body has of secrets.
    pub(super) fn of(headers: &[(String, String)], in_body: &Self) -> Self {
        let secrets = headers.iter().filter_map(|(name, value)| {
            let secret = match name.to_ascii_lowercase().as_str() {
                "x-amz-security-token" => value,
                "authorization" => signature(value),
                _ => return None,
            };
            (secret.len() >= SHORTEST).then(|| secret.to_owned())
        });
        Self(secrets.chain(in_body.0.iter().cloned()).collect())
    }

    /// These, and more.
    pub(super) fn and(mut self, more: &Self) -> Self {
        self.0.extend(more.0.iter().cloned());
        self
    }

    /// A body without them; what is no text in it is lost.
    pub(super) fn hidden(&self, body: &[u8]) -> Vec<u8> {
        self.hide(&String::from_utf8_lossy(body)).into_bytes()
    }

    /// Takes them out of what came in headers, and of what stood in the body as references to
    /// characters.
    pub(super) fn hide_in(&self, refusal: &mut Refusal) {
        let error = &mut refusal.error;
        let some = [&mut error.request_id, &mut error.region].into_iter();
        for text in some.flatten().chain([&mut error.code, &mut error.message]) {
            *text = self.hide(text);
        }
    }

    fn hide(&self, text: &str) -> String {
        let secrets = self.0.iter();
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
    }
}

/// The signature in a header: `AWS4-HMAC-SHA256 …, Signature=…` or `AWS KEY:…`.
fn signature(authorization: &str) -> &str {
    let of_v4 = authorization.rsplit_once("Signature=");
    let found = of_v4.or_else(|| authorization.split_once(':'));
    found.map_or(authorization, |(_, signature)| signature)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Service;
    use super::super::tests::{connection, credentials, error, put};
    use super::*;
    use crate::aws::Credentials;
    use crate::aws::http::tests::scripted::{Scripted, answer};

    #[test]
    fn tokens_and_signatures_of_both_versions_are_hidden() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let v4 = "AWS4-HMAC-SHA256 Credential=AKID/x, SignedHeaders=host, Signature=0123456789ab";
        let secrets = [
            Secrets::of(
                &[
                    header("authorization", v4),
                    header("x-amz-security-token", "TOKENTOKEN"),
                ],
                &Secrets::default(),
            ),
            Secrets::of(
                &[header("Authorization", "AWS AKID:c2lnbmF0dXJl=")],
                &Secrets::default(),
            ),
        ];
        let pages = [
            format!("you said {v4} and TOKENTOKEN"),
            "AWS AKID:c2lnbmF0dXJl=".to_owned(),
        ];

        let shown = [
            secrets[0].hide(&pages[0]),
            secrets[1].hide(&pages[1]),
            Secrets::default().hide(&pages[1]),
        ];

        let v4 = v4.replace("0123456789ab", HIDDEN);
        assert_eq!(shown[0], format!("you said {v4} and {HIDDEN}"));
        assert_eq!(shown[1], format!("AWS AKID:{HIDDEN}"));
        assert_eq!(shown[2], pages[1]);
    }

    #[test]
    fn what_a_service_repeats_of_a_request_is_not_told() {
        let echo = |seen: &str| error("AccessDenied", "").replace("words", seen);
        for (status, body) in [
            (403, echo("token SESSIONTOKEN")),
            (403, "token SESSIONTOKEN".to_owned()),
            (200, echo("token SESSIONTOKEN")),
        ] {
            let server =
                Scripted::answering([answer(status, &["x-amz-request-id: SESSIONTOKEN"], &body)]);
            let mut connection = connection(&server.url);
            connection.credentials = Some(Arc::new(Credentials {
                session_token: Some("SESSIONTOKEN".to_owned().into()),
                ..credentials("AKID")
            }));

            let call = Service::new(connection).call_whole(&put("abc"), 1000);

            let text = call.unwrap_err().to_string();
            assert!(text.contains("token (hidden)"), "{text}");
            assert!(!text.contains("SESSIONTOKEN"), "{text}");
        }
    }
}
