//! Amazon's own signer signs the same.

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use proptest::prelude::*;

use super::any::{Any, HOST, any_request};
use super::value;
use crate::aws::sign::{Payload, canonical, v4};

/// The signature that Amazon's signer makes: in a URL that is good so long, or in headers.
fn theirs(service: &str, any: &Any, url_for: Option<Duration>) -> String {
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let body = match (&any.payload, url_for) {
        (Payload::Sha256(digest), None) => SignableBody::Precomputed(hex::encode(digest)),
        _ => SignableBody::UnsignedPayload,
    };
    if url_for.is_some() {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        settings.expires_in = url_for;
    }
    let identity = aws_credential_types::Credentials::new(
        &any.credentials.access_key_id,
        any.credentials.secret_access_key.as_str(),
        any.credentials
            .session_token
            .as_ref()
            .map(|token| token.to_string()),
        None,
        "test",
    )
    .into();
    let seconds = u64::try_from(any.now.0).unwrap();
    let params = SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name(service)
        .time(UNIX_EPOCH + Duration::from_secs(seconds))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let query = canonical::query(&any.query);
    let question = if query.is_empty() { "" } else { "?" };
    let uri = format!("https://{HOST}{}{question}{query}", any.path);
    let headers = any
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let request =
        aws_sigv4::http_request::SignableRequest::new(any.method, uri, headers, body).unwrap();
    sign(request, &params).unwrap().into_parts().1
}

proptest! {
    #[test]
    fn headers_are_signed_as_amazons_signer_does(any in any_request(), is_s3: bool) {
        let service = if is_s3 { "s3" } else { "ec2" };
        let ours =
            v4::sign(service, &any.credentials, "eu-west-1", any.now, &any.request(), &any.payload);

        prop_assert_eq!(ours.signature, theirs(service, &any, None));
    }

    #[test]
    fn urls_are_signed_as_amazons_signer_does(any in any_request(), seconds in 1_u64..=604_800) {
        let ours = v4::presign(
            "s3", &any.credentials, "eu-west-1", any.now, seconds, &any.request(),
        );

        let expected = theirs("s3", &any, Some(Duration::from_secs(seconds)));
        prop_assert_eq!(value(&ours, "X-Amz-Signature"), expected);
    }
}
