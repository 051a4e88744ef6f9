//! `PostObject`: an object from a form, as browsers and `euca-upload-bundle` with a policy send it.
//!
//! ```text
//! fields ─► who signed the policy? ─► what does it allow? ─► may that account write? ─► file ─► blob
//!              └ nobody: what the bucket lets everybody do
//! ```
//!
//! Nothing of the file is taken before all of that is settled.
//!
//! Source: Amazon S3's API reference, "POST Object".

use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::StatusCode;

use super::put::{full_object, when};
use crate::aws::sign::canonical::uri_encode;
use crate::cloud::state::versions::New;
use crate::cloud::walrus::answer::Answer;
use crate::cloud::walrus::body::form::policy::{Policy, SizeRange};
use crate::cloud::walrus::body::form::{Fields, FormFile, Success};
use crate::cloud::walrus::body::{Checksum, Form, Purpose};
use crate::cloud::walrus::caller::{Caller, no_session};
use crate::cloud::walrus::conditions::WriteConditions;
use crate::cloud::walrus::error::{Code, S3Error, S3Result};
use crate::cloud::walrus::metadata::Metadata;
use crate::cloud::walrus::request::{Body, Request};
use crate::cloud::walrus::route::{Operation, Subject};
use crate::cloud::walrus::tags::{Tagged, Tags};
use crate::cloud::walrus::{Walrus, grants, names};
use crate::xml::Writer;

/// The operation.
pub const OPERATION: Operation = Operation {
    name: "PostObject",
    method: "POST",
    subject: Subject::Bucket,
    marks: &[],
    run: |walrus, request| Box::pin(run(walrus, request)),
};

async fn run(walrus: Arc<Walrus>, mut request: Request) -> S3Result<Answer> {
    let content_type = request.header("content-type").unwrap_or_default();
    let content_type = content_type.to_owned();
    let conditions = WriteConditions::from_headers(|name| request.header(name))?;
    let place = place(&request);
    let body = request.take_body();
    let Form { fields, file } = Form::read(body, &content_type, request.pace).await?;

    let key = names::key(fields.key().to_owned().into_bytes())?;
    let (caller, sizes) = walrus.poster(&request, &fields).await?;
    request.caller = caller;
    let bucket = walrus.bucket_for(&request).await?;
    request.headers = headers(&fields)?;
    let metadata = Metadata::from_headers(&request.headers)?;
    let tags = match fields.tagging() {
        Some(document) => Some(Tags::from_xml(document.as_bytes(), Tagged::Object)?.to_text()),
        None => None,
    };
    let (owner, acl) = {
        let mut db = walrus.state.reader().await?;
        let owner = request.caller.owner_in(&mut db, &bucket).await?;
        let (own, bucket_owner) = (&owner.canonical_id, &bucket.owner_canonical_id);
        let acl = grants::of_headers(&mut db, &request, own, Some(bucket_owner)).await?;
        (owner, acl)
    };
    let most = walrus.settings.object_bytes;
    let expectation = fields.expectation(Purpose::Object { most }, sizes)?;
    let expectation = match walrus.settings.bucket_bytes {
        0 => expectation,
        // How long the file is, nobody says before.
        limit => expectation.within(0, limit.saturating_sub(bucket.bytes).max(0).unsigned_abs()),
    };
    let taken = walrus.take_in(boxed(file), expectation).await?;
    let checksum = taken.checksum;
    let etag = taken.piece.md5.clone();
    let new = New {
        key: key.clone(),
        version_id: walrus.new_version_id(),
        size: i64::try_from(taken.piece.size).unwrap_or(i64::MAX),
        etag: etag.clone(),
        now_ms: walrus.now_ms(),
        account_id: owner.id,
        acl: acl.to_text(),
        headers: metadata.to_text(),
        tags,
        checksum: checksum.as_ref().map(full_object),
        pieces: vec![taken.piece],
    };
    let version = walrus
        .store_version(&bucket.name, new, taken.landed, when(conditions))
        .await?;
    let posted = Posted {
        location: format!("{place}/{}", uri_encode(key.as_bytes(), true)),
        bucket: bucket.name,
        key,
        etag: format!("\"{etag}\""),
        checksum,
    };
    let answer = posted.answer(fields.success());
    Ok(answer.maybe("x-amz-version-id", version))
}

impl Walrus {
    /// Who posts a form, and how many bytes its file may have: of a form that is not signed,
    /// nobody, and any.
    async fn poster(&self, request: &Request, fields: &Fields) -> S3Result<(Caller, SizeRange)> {
        let Some(claim) = fields.claim()? else {
            if request.caller != Caller::Anonymous {
                // The signature of the request may speak of the body, which is not hashed whole.
                let message = "a form is signed by its policy, in its fields: \
                               this one is signed in the request's header or URL";
                return Err(S3Error::new(Code::InvalidRequest, message));
            }
            return Ok((Caller::Anonymous, SizeRange::ANY));
        };
        let (account, key) = self.signer(claim.access_key_id(), request.now_ms).await?;
        if fields.session_token().is_some() {
            return Err(no_session());
        }
        fields.verify(&claim, &key.secret)?;
        let policy = Policy::parse(fields.policy().unwrap_or_default())?;
        let sizes = policy.allows(fields, request.bucket()?, request.now())?;
        Ok((Caller::Account(account), sizes))
    }
}

/// The file as requests have their bodies.
fn boxed(file: FormFile<Body>) -> Body {
    file.boxed()
}

/// The bucket's URL as the client knows it, without a slash at the end.
fn place(request: &Request) -> String {
    let host = request.header("host").unwrap_or_default();
    let path = request.target.path.trim_end_matches('/');
    format!("http://{host}{path}")
}

/// What the fields say of the object. A field may hold what no header can, and what came so could
/// never be answered.
fn headers(fields: &Fields) -> S3Result<Vec<(String, String)>> {
    let headers = fields.headers();
    let is_bad = |(name, value): &&(String, String)| {
        hyper::header::HeaderName::from_bytes(name.as_bytes()).is_err()
            || hyper::header::HeaderValue::from_bytes(value.as_bytes()).is_err()
    };
    match headers.iter().find(is_bad) {
        None => Ok(headers),
        Some((name, _)) => {
            let message = format!("the form's field {name:?} has characters that no header has");
            Err(S3Error::new(Code::InvalidArgument, message).with("ArgumentName", name))
        }
    }
}

/// An object that is there.
struct Posted {
    location: String,
    bucket: String,
    key: String,
    etag: String,
    checksum: Option<Checksum>,
}

impl Posted {
    fn answer(&self, success: Success) -> Answer {
        let answer = match success {
            Success::Redirect(address) => match self.redirect(&address) {
                Some(address) => Answer::empty(StatusCode::SEE_OTHER).header("location", address),
                // As S3 does with what is no address.
                None => self.plain(StatusCode::NO_CONTENT),
            },
            Success::Status(201) => self.document(),
            Success::Status(200) => self.plain(StatusCode::OK),
            Success::Status(_) => self.plain(StatusCode::NO_CONTENT),
        };
        let answer = answer.header("etag", &self.etag);
        match &self.checksum {
            None => answer,
            Some(checksum) => answer
                .header(checksum.algorithm().header(), checksum.to_string())
                .header("x-amz-checksum-type", "FULL_OBJECT"),
        }
    }

    fn plain(&self, status: StatusCode) -> Answer {
        Answer::empty(status).header("location", &self.location)
    }

    /// S3 gives this document no namespace.
    fn document(&self) -> Answer {
        let mut writer = Writer::new();
        writer.element("PostResponse", &[], |writer| {
            writer.leaf("Location", &self.location);
            writer.leaf("Bucket", &self.bucket);
            writer.leaf("Key", &self.key);
            writer.leaf("ETag", &self.etag);
        });
        let mut answer = Answer::xml(writer.finish()).header("location", &self.location);
        answer.status = StatusCode::CREATED;
        answer
    }

    /// The address with what was posted as parameters; none if it is no address of the web.
    fn redirect(&self, address: &str) -> Option<String> {
        let (address, fragment) = match address.split_once('#') {
            Some((address, fragment)) => (address, Some(fragment)),
            None => (address, None),
        };
        let uri: hyper::Uri = address.parse().ok()?;
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        uri.authority().filter(|_| is_web)?;
        let encoded = |text: &str| uri_encode(text.as_bytes(), false);
        let mut whole = format!(
            "{address}{}bucket={}&key={}&etag={}",
            if uri.query().is_some() { '&' } else { '?' },
            encoded(&self.bucket),
            encoded(&self.key),
            encoded(&self.etag),
        );
        if let Some(fragment) = fragment {
            whole.push('#');
            whole.push_str(fragment);
        }
        Some(whole).filter(|whole| hyper::header::HeaderValue::from_str(whole).is_ok())
    }
}
