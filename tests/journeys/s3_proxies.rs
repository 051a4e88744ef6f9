//! A network with no way out but a proxy: every request goes through it, or past it when told to.

use amikit::units::Bytes;

use crate::support::forward_proxy::ForwardProxy;
use crate::support::image;
use crate::support::s3_server::{KEYS, S3Server, digests, environment};
use crate::support::sandbox::{Bundle, Outcome, Sandbox};
use crate::support::tls::{Certificate, HOST, TlsFront, authority};

/// A server and a bundle.
struct Stage {
    sandbox: Sandbox,
    server: S3Server,
    bundle: Bundle,
}

impl Stage {
    fn new(name: &str) -> Self {
        let sandbox = Sandbox::new(name);
        let server = S3Server::start(&sandbox);
        let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(3));
        let bundle = sandbox.bundle(&image, "bundle", &["--part-size", "1m"]);
        Self {
            sandbox,
            server,
            bundle,
        }
    }

    /// Runs amikit against an S3 at `url`, with these variables and no other word of proxies.
    fn run(&self, url: &str, arguments: &[&str], more: &[(&str, &str)]) -> Outcome {
        let mut variables = environment(url, KEYS);
        variables.retain(|(name, _)| *name != "no_proxy");
        let variables = variables.iter().map(|(k, v)| (*k, v.as_str()));
        let variables: Vec<_> = variables.chain(more.iter().copied()).collect();
        self.sandbox.run_with(arguments, &variables)
    }

    fn upload(&self, url: &str, more: &[(&str, &str)]) -> Outcome {
        let arguments = ["upload-bundle", "-b", "images", "--retries", "0", "-m"];
        let arguments = [&arguments[..], &["bundle/golden.manifest.xml"]].concat();
        self.run(url, &arguments, more)
    }

    /// Uploads and downloads.
    #[track_caller]
    fn round(&self, url: &str, more: &[(&str, &str)]) {
        self.upload(url, more).succeeded();
        let wanted = digests(&self.bundle.folder);
        assert_eq!(self.server.objects("images"), wanted);
        let back = ["download-bundle", "-b", "images", "-p", "golden", "-d"];
        self.run(url, &[&back[..], &["back"]].concat(), more)
            .succeeded();
        assert_eq!(digests(&self.sandbox.path("back")), wanted);
    }
}

#[test]
fn plain_requests_go_through_the_proxy_that_alone_knows_the_host() {
    let stage = Stage::new("proxy-plain");
    let proxy = ForwardProxy::start(stage.server.address());
    let url = format!("http://{}", proxy.address());

    stage.round(&format!("http://{HOST}"), &[("HTTP_PROXY", &url)]);

    let asked = proxy.asked();
    let inside = format!(" http://{HOST}/images");
    assert!(asked.iter().all(|one| one.contains(&inside)), "{asked:?}");
}

#[test]
fn tls_goes_through_a_tunnel_and_is_checked_at_its_end() {
    let stage = Stage::new("proxy-tunnel");
    let front = TlsFront::start(&stage.sandbox, stage.server.address(), Certificate::Good);
    let proxy = ForwardProxy::start(front.address());
    let through = format!("http://{}", proxy.address());
    let authority = authority(&stage.sandbox);
    let authority = authority.to_str().expect("a path in UTF-8");
    let url = format!("https://{HOST}");
    let variables = [
        ("HTTPS_PROXY", through.as_str()),
        ("AWS_CA_BUNDLE", authority),
    ];

    stage.round(&url, &variables);

    let asked = proxy.asked();
    let tunnel = format!("CONNECT {HOST}:443");
    assert!(asked.iter().all(|one| *one == tunnel), "{asked:?}");
    let untrusted = stage.upload(&url, &[("HTTPS_PROXY", &through)]);
    untrusted.failed(1, "UnknownIssuer");
}

#[test]
fn who_is_named_in_no_proxy_is_asked_directly() {
    let stage = Stage::new("proxy-none");
    let proxy = ForwardProxy::start(stage.server.address());
    let through = format!("http://{}", proxy.address());

    for none in ["127.0.0.1", "localhost,127.0.0.0/8", "*"] {
        let variables = [("HTTP_PROXY", through.as_str()), ("NO_PROXY", none)];
        stage.upload(&stage.server.url(), &variables).succeeded();
    }
    assert!(proxy.asked().is_empty(), "{:?}", proxy.asked());

    let elsewhere = [
        ("HTTP_PROXY", through.as_str()),
        ("NO_PROXY", "example.org"),
    ];
    stage.upload(&stage.server.url(), &elsewhere).succeeded();
    assert!(!proxy.asked().is_empty());
}

#[test]
fn a_proxy_that_wants_to_know_who_asks_is_told() {
    let stage = Stage::new("proxy-password");
    // echo -n 'walrus:tusk' | base64
    let words = "Basic d2FscnVzOnR1c2s=";
    let front = TlsFront::start(&stage.sandbox, stage.server.address(), Certificate::Good);
    let authority = authority(&stage.sandbox);
    let authority = authority.to_str().expect("a path in UTF-8");
    let plain = ForwardProxy::asking_for(stage.server.address(), words);
    let tunnel = ForwardProxy::asking_for(front.address(), words);
    for (variable, proxy, url) in [
        ("HTTP_PROXY", plain, format!("http://{HOST}")),
        ("HTTPS_PROXY", tunnel, format!("https://{HOST}")),
    ] {
        let (known, unknown) = (
            format!("http://walrus:tusk@{}", proxy.address()),
            format!("http://{}", proxy.address()),
        );

        let outcome = stage.upload(&url, &[(variable, &unknown), ("AWS_CA_BUNDLE", authority)]);
        let hint = "the proxy wants to know who asks";
        assert!(outcome.status != Some(0), "{variable}");
        assert!(outcome.stderr.contains(hint), "{}", outcome.stderr);
        let outcome = stage.upload(&url, &[(variable, &known), ("AWS_CA_BUNDLE", authority)]);
        outcome.succeeded();
    }
}

#[test]
fn a_proxy_that_is_not_there_is_an_error_that_names_it() {
    let stage = Stage::new("proxy-dead");

    let outcome = stage.upload(&stage.server.url(), &[("HTTP_PROXY", "http://127.0.0.1:1")]);

    outcome.failed(1, "refused");
    let hint = "the proxy that HTTP_PROXY";
    assert!(outcome.stderr.contains(hint), "{}", outcome.stderr);
}
