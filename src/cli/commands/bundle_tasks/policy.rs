//! The upload policy that the cloud bundles an instance with.
//!
//! ```text
//! -c POLICY, or made of bucket, prefix and hours ─┬─► the cloud
//! -s SIGNATURE, or made with a secret key ────────┘
//!      -o, -w: the bucket's owner; what of them is left out is the caller's
//! ```

use base64ct::{Base64, Encoding as _};
use clap::Arg;
use zeroize::Zeroizing;

use crate::aws::Credentials;
use crate::aws::s3::PostForm;
use crate::cli::cloud;
use crate::cli::failure::{Exit, Failure};
use crate::cli::host;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::option;
use crate::config::cloud::ServiceKind;
use crate::units::Timestamp;
use crate::upload::policy::SignedPolicy;

/// The ACL that the cloud gives to what it uploads.
const ACL: &str = "ec2-bundle-read";

/// Longest time that a policy may be good for: a year.
const MOST_HOURS: i64 = 366 * 24;

/// The options.
pub(super) fn args() -> [Arg; 5] {
    [
        option(
            "owner-akid",
            "KEY_ID",
            "Access key of the bucket's owner (default: your own)",
        )
        .short('o')
        .alias("user-access-key"),
        option("owner-sak", "KEY", "Its secret, which others can see here")
            .short('w')
            .alias("user-secret-key"),
        option(
            "policy",
            "POLICY",
            "Upload policy, base64 (default: one for this bucket and prefix)",
        )
        .short('c'),
        option(
            "policy-signature",
            "SIGNATURE",
            "Signature of the upload policy, instead of a secret key",
        )
        .short('s'),
        option(
            "expires",
            "HOURS",
            "How long the policy that is made is good for",
        )
        .short('x')
        .default_value("24"),
    ]
}

/// Policy, signature and the access key that they belong to.
///
/// # Errors
/// When an option lacks another or makes no sense, or there is no secret key to sign with.
pub(super) fn form(
    session: &Session<'_>,
    watcher: &Watcher,
    bucket: &str,
    prefix: &str,
) -> Result<PostForm, Failure> {
    let given = session.text("policy")?;
    let signature = session.text("policy-signature")?;
    let signed = match (given, signature) {
        (None, Some(_)) => {
            return Err(Failure::usage("--policy-signature needs --policy, too"));
        }
        (Some(policy), Some(signature)) => {
            let key = match session.text("owner-akid")? {
                Some(key) => key,
                None => owner(session, watcher)?.access_key_id,
            };
            SignedPolicy::signed(&decoded(&policy)?, &signature, &key, None)
        }
        (Some(policy), None) => SignedPolicy::sign(&decoded(&policy)?, &owner(session, watcher)?),
        (None, None) => {
            let json = made(bucket, prefix, expiration(session)?);
            SignedPolicy::sign(&json, &owner(session, watcher)?)
        }
    };
    Ok(signed?.form(ACL))
}

/// The JSON of a policy for one bucket and prefix.
fn made(bucket: &str, prefix: &str, expires: Timestamp) -> String {
    let conditions = serde_json::json!([
        { "acl": ACL },
        { "bucket": bucket },
        ["starts-with", "$key", prefix],
    ]);
    serde_json::json!({ "conditions": conditions, "expiration": expires.iso8601() }).to_string()
}

fn expiration(session: &Session<'_>) -> Result<Timestamp, Failure> {
    let text = session.text("expires")?.unwrap_or_default();
    match text.parse::<i64>() {
        Ok(hours) if (1..=MOST_HOURS).contains(&hours) => Ok(Timestamp(host::now() + hours * 3600)),
        _ => {
            let why = format!("\"{text}\" is no time: expected 1 to {MOST_HOURS} hours");
            Err(session.invalid("expires", &text, &why))
        }
    }
}

/// The JSON in a policy's base64.
fn decoded(policy: &str) -> Result<String, Failure> {
    let bytes = Base64::decode_vec(policy.trim()).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Failure::usage("--policy is not the base64 of a text"))
}

/// Whoever signs: the owner that was named, else whoever calls. What of the owner was not told is
/// the caller's, as it is with euca2ools.
fn owner(session: &Session<'_>, watcher: &Watcher) -> Result<Credentials, Failure> {
    let id = session.text("owner-akid")?;
    let secret = session.secret("owner-sak")?;
    if let (Some(access_key_id), Some(secret_access_key)) = (&id, &secret) {
        return Ok(Credentials {
            access_key_id: access_key_id.clone(),
            secret_access_key: secret_access_key.clone(),
            session_token: None::<Zeroizing<String>>,
            expires: None,
        });
    }
    let place = cloud::cloud_of(session, ServiceKind::Ec2)?;
    let found = cloud::credentials(session, &place, watcher)?.now;
    if found.session_token.is_some() {
        let message = "an upload policy cannot be signed with temporary keys";
        return Err(Failure::new(Exit::Credentials, message)
            .hint("pass keys that last with --owner-akid and --owner-sak"));
    }
    let mut owner = Credentials::clone(&found);
    owner.access_key_id = id.unwrap_or(owner.access_key_id);
    owner.secret_access_key = secret.unwrap_or(owner.secret_access_key);
    Ok(owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_for_one_bucket_and_prefix() {
        let json = made("images", "win\"ter", Timestamp(0));

        assert_eq!(
            json,
            "{\"conditions\":[{\"acl\":\"ec2-bundle-read\"},{\"bucket\":\"images\"},\
             [\"starts-with\",\"$key\",\"win\\\"ter\"]],\"expiration\":\"1970-01-01T00:00:00Z\"}"
        );
    }
}
