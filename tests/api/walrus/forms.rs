//! Objects that are posted by forms.

use amikit::aws::Credentials;
use amikit::aws::sign::v2;
use amikit::aws::sign::v4::{Scope, SigningKey};
use amikit::upload::policy::SignedPolicy;
use base64ct::{Base64, Encoding as _};

use crate::support::walrus::{Api, Reply, key_id, on_every_backend, secret};

/// A policy that takes keys below `up/` in bucket `b-1`, with some other fields.
const POLICY: &str = r#"{"expiration": "2100-01-01T00:00:00Z", "conditions": [
    {"bucket": "b-1"}, ["starts-with", "$key", "up/"], ["starts-with", "$acl", ""],
    ["starts-with", "$Content-Type", ""], ["starts-with", "$x-amz-meta-colour", ""],
    ["starts-with", "$tagging", ""], ["starts-with", "$success_action_status", ""],
    ["starts-with", "$success_action_redirect", ""], ["eq", "$x-amz-meta-fixed", "yes"],
    ["starts-with", "$x-amz-checksum-crc32", ""], ["content-length-range", 1, 20]]}"#;

/// A condition of [`POLICY`] wants it.
const FIXED: (&str, &str) = ("x-amz-meta-fixed", "yes");

/// A form in the making.
struct Form(Vec<(String, String)>);

impl Form {
    fn new(key: &str, more: &[(&str, &str)]) -> Self {
        let fields = [("key", key)].into_iter().chain(more.iter().copied());
        Self(fields.map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Signed as euca2ools and `amikit` do.
    fn signed_v2(self, policy: &str, signer: &str) -> Self {
        let policy = Base64::encode_string(policy.as_bytes());
        let signature = v2::sign_text(&secret(signer), &policy);
        self.with("AWSAccessKeyId", &key_id(signer))
            .with("Policy", &policy)
            .with("Signature", &signature)
    }

    /// Signed as browsers' forms are today.
    fn signed_v4(self, policy: &str, signer: &str) -> Self {
        let (date, region, service) = ("20261121", "us-east-1", "s3");
        let credential = format!("{}/{date}/{region}/{service}/aws4_request", key_id(signer));
        let time = format!("{date}T000000Z");
        let named = format!(
            r#"{{"x-amz-credential": "{credential}"}}, {{"x-amz-date": "{time}"}},
               {{"x-amz-algorithm": "AWS4-HMAC-SHA256"}}, {{"bucket": "b-1"}},"#
        );
        let policy = policy.replace(r#"{"bucket": "b-1"},"#, &named);
        let policy = Base64::encode_string(policy.as_bytes());
        let scope = Scope {
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        };
        let signature = SigningKey::derive(&secret(signer), &scope).sign(&policy);
        self.with("x-amz-credential", &credential)
            .with("x-amz-algorithm", "AWS4-HMAC-SHA256")
            .with("x-amz-date", &time)
            .with("policy", &policy)
            .with("x-amz-signature", &signature)
    }

    fn body(&self, file: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, value) in &self.0 {
            let head = "--x\r\nContent-Disposition: form-data; name=";
            body.extend(format!("{head}\"{name}\"\r\n\r\n{value}\r\n").as_bytes());
        }
        body.extend(b"--x\r\nContent-Disposition: form-data; name=\"file\"; ");
        body.extend(b"filename=\"a picture.png\"\r\nContent-Type: image/png\r\n\r\n");
        body.extend(file);
        body.extend(b"\r\n--x--\r\n");
        body
    }

    fn post(&self, api: &Api, target: &str, file: &[u8]) -> Reply {
        let call = api.nobody().post(target).body(self.body(file));
        call.header("content-type", "multipart/form-data; boundary=x")
            .send()
    }

    fn posted(&self, api: &Api, status: u16) -> Reply {
        let reply = self.post(api, "/b-1", b"the file");
        assert_eq!(reply.status, status, "{}: {}", api.name, reply.text());
        reply
    }

    fn refused(&self, api: &Api, code: &str) {
        let reply = self.post(api, "/b-1", b"the file");
        assert_eq!(reply.code(), code, "{}: {}", api.name, reply.text());
    }
}

fn with_bucket(api: &Api) {
    api.alice().put("/b-1").expect(200);
}

#[test]
fn a_signed_form_puts_what_its_fields_say() {
    on_every_backend(|api| {
        with_bucket(api);
        let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
        let fields = [
            FIXED,
            ("acl", "public-read"),
            ("Content-Type", "image/png"),
            ("x-amz-meta-colour", "grün"),
            ("tagging", tags),
            ("success_action_status", "201"),
            ("x-amz-checksum-crc32", "jzB0wA=="),
        ];
        let form = || Form::new("up/${filename}", &fields[..6]);
        let v2 = form().signed_v2(POLICY, "alice").posted(api, 201);
        let key = "up/a picture.png";
        assert_eq!(v2.texts("Bucket"), ["b-1"]);
        assert_eq!(v2.texts("Key"), [key]);
        assert_eq!(v2.texts("ETag"), [v2.header("etag").expect("an ETag")]);
        let location = "http://127.0.0.1:9000/b-1/up/a%20picture.png";
        assert_eq!(v2.texts("Location"), [location]);
        assert_eq!(v2.header("location"), Some(location));
        let got = api.nobody().get("/b-1/up/a%20picture.png").expect(200);
        assert_eq!(got.text(), "the file");
        assert_eq!(got.header("content-type"), Some("image/png"));
        assert_eq!(got.header("x-amz-meta-colour"), Some("grün"));
        assert_eq!(got.header("x-amz-meta-fixed"), Some("yes"));
        assert_eq!(got.header("x-amz-tagging-count"), Some("1"));
        let owner = api.alice().get("/b-1/up/a%20picture.png?acl").expect(200);
        assert_eq!(owner.texts("ID")[0], Api::canonical_id("alice"));

        api.alice().delete("/b-1/up/a%20picture.png").expect(204);
        form().signed_v4(POLICY, "alice").posted(api, 201);
        api.nobody().get("/b-1/up/a%20picture.png").expect(200);
        let other = Form::new("up/k", &fields).signed_v4(POLICY, "alice");
        other.refused(api, "BadDigest");
        api.alice().get("/b-1/up/k").refused("NoSuchKey");
    });
}

#[test]
fn the_answer_is_the_one_that_the_form_asks_for() {
    on_every_backend(|api| {
        with_bucket(api);
        let post = |more: &[(&str, &str)], status| {
            let form = Form::new("up/k&?", &[&[FIXED][..], more].concat());
            form.signed_v2(POLICY, "alice").posted(api, status)
        };
        assert_eq!(post(&[], 204).text(), "");
        assert_eq!(post(&[("success_action_status", "200")], 200).text(), "");
        post(&[("success_action_status", "500")], 204);
        let to = |address| [("success_action_redirect", address)];
        let etag = post(&[], 204)
            .header("etag")
            .expect("one")
            .replace('"', "%22");
        let about = format!("bucket=b-1&key=up%2Fk%26%3F&etag={etag}");
        let redirected = post(&to("https://example.org/done"), 303);
        let wanted = format!("https://example.org/done?{about}");
        assert_eq!(redirected.header("location"), Some(wanted.as_str()));
        let redirected = post(&to("http://example.org/?a=b#c"), 303);
        let wanted = format!("http://example.org/?a=b&{about}#c");
        assert_eq!(redirected.header("location"), Some(wanted.as_str()));
        for address in ["", "/here", "javascript:alert(1)", "http://", "http://a b/"] {
            post(&to(address), 204);
        }
    });
}

#[test]
fn only_what_the_policy_allows_is_posted() {
    on_every_backend(|api| {
        with_bucket(api);
        api.alice().put("/b-2").expect(200);
        let form = |key: &str| Form::new(key, &[FIXED]);
        let signed = |key: &str| form(key).signed_v2(POLICY, "alice");

        signed("other/k").refused(api, "AccessDenied");
        signed("up/k")
            .with("x-amz-meta-other", "1")
            .refused(api, "AccessDenied");
        Form::new("up/k", &[])
            .signed_v2(POLICY, "alice")
            .refused(api, "AccessDenied");
        let elsewhere = signed("up/k").post(api, "/b-2", b"file");
        assert_eq!(elsewhere.code(), "AccessDenied");
        let empty = signed("up/k").post(api, "/b-1", b"");
        assert_eq!(empty.code(), "EntityTooSmall");
        let large = signed("up/k").post(api, "/b-1", &[b'.'; 21]);
        assert_eq!(large.code(), "EntityTooLarge");
        let past = POLICY.replace("2100-01", "2020-01");
        form("up/k")
            .signed_v2(&past, "alice")
            .refused(api, "AccessDenied");
        form("up/k")
            .signed_v2("{}", "alice")
            .refused(api, "InvalidPolicyDocument");

        let mut changed = signed("up/k");
        changed.0[3].1 = Base64::encode_string(POLICY.replace("up/", "").as_bytes());
        changed.refused(api, "SignatureDoesNotMatch");
        let mut changed = signed("up/k");
        changed.0[2].1 = key_id("bob");
        changed.refused(api, "SignatureDoesNotMatch");
        changed.0[2].1 = "AKIDNOBODY".to_owned();
        changed.refused(api, "InvalidAccessKeyId");
        form("up/k")
            .with("policy", "e30=")
            .refused(api, "InvalidArgument");
        signed("up/k")
            .with("x-amz-security-token", "t")
            .refused(api, "InvalidAccessKeyId");

        // Bob's policy is good, but it is not his bucket.
        form("up/k")
            .signed_v2(POLICY, "bob")
            .refused(api, "AccessDenied");
        api.alice().get("/b-1/up/k").refused("NoSuchKey");
    });
}

#[test]
fn nobody_posts_where_everybody_may_write() {
    on_every_backend(|api| {
        with_bucket(api);
        let form = Form::new("k", &[]);
        form.refused(api, "AccessDenied");
        let public = api.alice().put("/b-1?acl");
        public.header("x-amz-acl", "public-read-write").expect(200);

        form.posted(api, 204);

        assert_eq!(
            api.alice().get("/b-1/k?acl").expect(200).texts("ID")[0],
            Api::canonical_id("alice")
        );
        let missing = form.post(api, "/b-none", b"x");
        assert_eq!(missing.code(), "NoSuchBucket");
        let again = api.nobody().post("/b-1").body(form.body(b"new"));
        let again = again.header("content-type", "multipart/form-data; boundary=x");
        again
            .header("if-none-match", "*")
            .refused("PreconditionFailed");
        let signed = api.alice().post("/b-1").body(form.body(b"x"));
        let signed = signed.header("content-type", "multipart/form-data; boundary=x");
        signed.refused("InvalidRequest");
        assert_eq!(api.alice().get("/b-1/k").expect(200).text(), "the file");
    });
}

#[test]
fn a_form_makes_a_version() {
    on_every_backend(|api| {
        with_bucket(api);
        let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        api.alice().put("/b-1?versioning").body(enabled).expect(200);
        let form = Form::new("up/k", &[FIXED]).signed_v2(POLICY, "alice");

        let first = form.posted(api, 204);
        let second = form.posted(api, 204);

        let id = |reply: &Reply| reply.header("x-amz-version-id").map(str::to_owned);
        assert!(id(&first).is_some() && id(&first) != id(&second));
        let list = api.alice().get("/b-1?versions").expect(200);
        assert_eq!(list.texts("Key"), ["up/k", "up/k"]);
    });
}

#[test]
fn the_forms_of_our_own_uploads_are_taken() {
    on_every_backend(|api| {
        with_bucket(api);
        let credentials = Credentials {
            access_key_id: key_id("alice"),
            secret_access_key: secret("alice").into(),
            session_token: None,
            expires: None,
        };
        let policy = r#"{"expiration": "2100-01-01T00:00:00.000Z", "conditions": [
            {"acl": "ec2-bundle-read"}, {"bucket": "b-1"}, ["starts-with", "$key", "image"]]}"#;
        let made = SignedPolicy::sign(policy, &credentials).expect("a policy");
        let made = made.form("ec2-bundle-read");

        let form = Form::new("image.part.0", &[("acl", made.acl.as_str())])
            .with("Policy", &made.policy)
            .with("Signature", &made.signature)
            .with("AWSAccessKeyId", &made.access_key_id);
        form.posted(api, 204);

        assert_eq!(
            api.alice().get("/b-1/image.part.0").expect(200).text(),
            "the file"
        );
    });
}

#[test]
fn what_is_no_form_is_refused() {
    on_every_backend(|api| {
        with_bucket(api);
        let public = api.alice().put("/b-1?acl");
        public.header("x-amz-acl", "public-read-write").expect(200);
        let post = |kind: &str, body: &[u8]| {
            let call = api.nobody().post("/b-1").body(body);
            call.header("content-type", kind).send().code()
        };
        assert_eq!(post("text/plain", b"x"), "PreconditionFailed");
        assert_eq!(post("multipart/form-data", b"x"), "MalformedPOSTRequest");
        let kind = "multipart/form-data; boundary=x";
        assert_eq!(post(kind, b""), "MalformedPOSTRequest");
        let long = Form::new("k", &[("x-amz-meta-a", &"a".repeat(20 << 10))]).body(b"x");
        assert_eq!(post(kind, &long), "MaxPostPreDataLengthExceeded");
        let mut half = Form::new("k", &[]).body(&[b'x'; 100]);
        half.truncate(half.len() - 50);
        assert_eq!(post(kind, &half), "MalformedPOSTRequest");
        for (name, value) in [
            ("x-amz-meta-a", "a\r\nb: c"),
            ("x-amz-meta-a b", "c"),
            ("acl", "a\0"),
        ] {
            let form = Form::new("k", &[(name, value)]);
            form.refused(api, "InvalidArgument");
        }
        Form::new(&"k".repeat(1025), &[]).refused(api, "KeyTooLongError");
        Form::new("a\0b", &[]).refused(api, "InvalidArgument");
        Form::new("k", &[("tagging", "<Tagging>")]).refused(api, "MalformedXML");
        assert!(api.alice().get("/b-1").expect(200).texts("Key").is_empty());
    });
}
