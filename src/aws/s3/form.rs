//! Objects that are put by a form with a signed policy.

use std::fmt;
use std::sync::Arc;

use super::super::AwsError;
use super::super::http::Body;
use super::answer::whole;
use super::checksum::Sent;
use super::{ObjectName, S3, call, pair};

/// What a form upload (`POST` policy) carries besides key and file.
#[derive(Clone)]
pub struct PostForm {
    /// Canned ACL.
    pub acl: String,
    /// The policy, base64.
    pub policy: String,
    /// Its signature, base64 of the HMAC-SHA1.
    pub signature: String,
    /// Whose secret signed it.
    pub access_key_id: String,
    /// Token of temporary credentials.
    pub security_token: Option<String>,
}

/// The signature and the token let whoever has them put objects.
impl fmt::Debug for PostForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostForm")
            .field("acl", &self.acl)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl S3 {
    /// Puts an object by a form that carries a signed policy; needs no credentials.
    ///
    /// # Errors
    /// When the service refuses, or stores other bytes ([`AwsError::Corrupted`]).
    pub fn post_object(
        &self,
        object: ObjectName<'_>,
        body: &Body,
        form: &PostForm,
    ) -> Result<(), AwsError> {
        let random = self.service.connection().ambient.random;
        let boundary = format!("amikit-{:016x}{:016x}", random(), random());
        let mut call = call("PostObject", "POST", Some(object.bucket));
        let kind = format!("multipart/form-data; boundary={boundary}");
        call.headers.push(pair("content-type", kind));
        call.unsigned = true;
        let token = form.security_token.as_ref();
        call.secrets = [&form.policy, &form.signature]
            .into_iter()
            .chain(token)
            .collect();
        call.body = Body::Joined(Arc::new([
            Body::Bytes(before_file(object, form, &boundary).into()),
            body.clone(),
            Body::Bytes(format!("\r\n--{boundary}--\r\n").into()),
        ]));
        let answer = whole(&self.service, &call)?;
        let named = (call.operation, object.key);
        Sent::default().compare(&self.service, named, body, &answer.head)
    }
}

/// The fields in the order in which euca2ools sends them, and the head of the file's: it is the
/// last, services ignore what comes after it.
fn before_file(object: ObjectName<'_>, form: &PostForm, boundary: &str) -> String {
    let token = form.security_token.as_deref();
    let fields = [
        ("key", Some(object.key)),
        ("acl", Some(form.acl.as_str())),
        ("Policy", Some(form.policy.as_str())),
        ("Signature", Some(form.signature.as_str())),
        ("AWSAccessKeyId", Some(form.access_key_id.as_str())),
        ("x-amz-security-token", token),
    ];
    let mut text = String::new();
    for (name, value) in fields {
        let Some(value) = value else { continue };
        text.push_str("--");
        text.push_str(boundary);
        text.push_str("\r\nContent-Disposition: form-data; name=\"");
        text.push_str(name);
        text.push_str("\"\r\n\r\n");
        text.push_str(value);
        text.push_str("\r\n");
    }
    text.push_str("--");
    text.push_str(boundary);
    text.push_str("\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n");
    text.push_str("Content-Type: application/octet-stream\r\n\r\n");
    text
}
