//! A service with a certificate of its own: whom amikit trusts, and what it says when it does not.

use amikit::units::Bytes;

use crate::support::image;
use crate::support::s3_server::{KEYS, S3Server, digests, environment};
use crate::support::sandbox::{Bundle, Outcome, Sandbox};
use crate::support::tls::{Certificate, TlsFront, authority};

/// A server behind TLS, and a bundle.
struct Stage {
    sandbox: Sandbox,
    server: S3Server,
    front: TlsFront,
    bundle: Bundle,
}

impl Stage {
    fn new(name: &str, certificate: Certificate) -> Self {
        let sandbox = Sandbox::new(name);
        let server = S3Server::start(&sandbox);
        let front = TlsFront::start(&sandbox, server.address(), certificate);
        let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(3));
        let bundle = sandbox.bundle(&image, "bundle", &["--part-size", "1m"]);
        Self {
            sandbox,
            server,
            front,
            bundle,
        }
    }

    fn run(&self, arguments: &[&str], more: &[(&str, &str)]) -> Outcome {
        let variables = environment(&self.front.url(), KEYS);
        let variables = variables.iter().map(|(k, v)| (*k, v.as_str()));
        let variables: Vec<_> = variables.chain(more.iter().copied()).collect();
        self.sandbox.run_with(arguments, &variables)
    }

    fn upload(&self, options: &[&str], more: &[(&str, &str)]) -> Outcome {
        let arguments = ["upload-bundle", "-b", "images", "--retries", "0", "-m"];
        let arguments = [&arguments[..], &["bundle/golden.manifest.xml"], options].concat();
        self.run(&arguments, more)
    }

    /// Uploads, downloads and deletes; returns what the upload left.
    #[track_caller]
    fn round(&self, options: &[&str], more: &[(&str, &str)]) -> Outcome {
        let upload = self.upload(options, more);
        upload.succeeded();
        let wanted = digests(&self.bundle.folder);
        assert_eq!(self.server.objects("images"), wanted);

        let back = ["download-bundle", "-b", "images", "-p", "golden", "-d"];
        let back = [&back[..], &["back"], options].concat();
        self.run(&back, more).succeeded();
        assert_eq!(digests(&self.sandbox.path("back")), wanted);

        let delete = ["delete-bundle", "-b", "images", "-p", "golden", "--yes"];
        self.run(&[&delete, options].concat(), more).succeeded();
        assert!(self.server.objects("images").is_empty());
        upload
    }

    fn authority(&self) -> String {
        let path = authority(&self.sandbox);
        path.to_str().expect("a path in UTF-8").to_owned()
    }
}

#[test]
fn a_private_authority_is_trusted_when_its_certificate_is_named() {
    let stage = Stage::new("tls-option", Certificate::Good);

    let outcome = stage.round(&["--ca-bundle", &stage.authority()], &[]);

    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_private_authority_may_be_named_by_the_environment() {
    let stage = Stage::new("tls-variable", Certificate::Good);

    let outcome = stage.round(&[], &[("AWS_CA_BUNDLE", &stage.authority())]);

    assert_eq!(outcome.stderr, "");
}

#[test]
fn an_unknown_authority_is_an_error_with_advice() {
    let stage = Stage::new("tls-unknown", Certificate::Good);

    let outcome = stage.upload(&[], &[]);

    outcome.failed(1, "UnknownIssuer");
    assert!(
        outcome.stderr.contains("--ca-bundle FILE"),
        "{}",
        outcome.stderr
    );
    assert_eq!(stage.server.count("CreateBucket"), 0);
}

#[test]
fn unchecked_certificates_work_with_a_warning() {
    for certificate in [
        Certificate::Good,
        Certificate::Expired,
        Certificate::OtherName,
    ] {
        let stage = Stage::new("tls-insecure", certificate);

        let outcome = stage.round(&["--insecure"], &[]);

        let warning = "the server's certificate is not checked";
        assert!(outcome.stderr.contains(warning), "{}", outcome.stderr);
    }
}

#[test]
fn an_expired_certificate_is_told_as_that() {
    let stage = Stage::new("tls-expired", Certificate::Expired);

    let outcome = stage.upload(&["--ca-bundle", &stage.authority()], &[]);

    outcome.failed(1, "certificate expired");
    assert!(
        outcome.stderr.contains("have it renewed"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_certificate_for_another_host_is_told_as_that() {
    let stage = Stage::new("tls-other-name", Certificate::OtherName);

    let outcome = stage.upload(&["--ca-bundle", &stage.authority()], &[]);

    outcome.failed(1, "certificate not valid for name");
    assert!(
        outcome.stderr.contains("other.example.test"),
        "{}",
        outcome.stderr
    );
}
