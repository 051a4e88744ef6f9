//! Uploading by somebody's leave: a policy that they signed, instead of a secret key.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::aws::s3::PostForm;
use crate::cli::cloud;
use crate::cli::failure::Failure;
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::upload::CannedAcl;
use crate::upload::policy::SignedPolicy;

/// Largest file that is read, in bytes: some more than a policy may have.
const LARGEST: u64 = 64 << 10;

/// The form that the policy options describe; none without them. A policy that comes without a
/// signature is signed with the user's own secret.
///
/// # Errors
/// When an option lacks another, or the policy is none.
pub(in crate::cli::commands) fn form(
    session: &Session<'_>,
    watcher: &Watcher,
    acl: Option<CannedAcl>,
) -> Result<Option<PostForm>, Failure> {
    let signature = session.text("upload-policy-signature")?;
    let Some(json) = policy(session)? else {
        return match signature {
            None => Ok(None),
            Some(_) => Err(Failure::usage(
                "--upload-policy-signature needs --upload-policy or --upload-policy-file",
            )),
        };
    };
    let acl = acl.ok_or_else(|| {
        Failure::usage("a policy's form has an ACL: --acl none cannot be uploaded with it")
    })?;
    let signed = if let Some(signature) = signature {
        let key = session.text("access-key-id")?;
        let key = key.ok_or_else(|| session.missing("access-key-id"))?;
        let token = session.secret("security-token")?;
        SignedPolicy::signed(&json, &signature, &key, token)
    } else {
        let found = cloud::credentials(session, &cloud::cloud(session)?, watcher)?;
        SignedPolicy::sign(&json, &found.now)
    };
    Ok(Some(signed?.form(acl.as_str())))
}

/// The policy's JSON text.
fn policy(session: &Session<'_>) -> Result<Option<String>, Failure> {
    match (
        session.text("upload-policy")?,
        session.path("upload-policy-file")?,
    ) {
        (Some(_), Some(_)) => Err(Failure::usage(
            "only one of --upload-policy and --upload-policy-file may be given",
        )),
        (text, None) => Ok(text),
        (None, Some(path)) => read(&path).map(Some),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST).read_to_string(&mut text))
        .map_err(|error| Failure::io(format!("cannot read {shown}"), &error))?;
    Ok(text)
}
