//! Servers that lie: a bundle that is not whole on the server is no success.

use amikit::units::Bytes;

use crate::support::faults::{Fault, FaultProxy};
use crate::support::image;
use crate::support::s3_server::{KEYS, S3Server, digests, environment};
use crate::support::sandbox::{Bundle, Outcome, Sandbox};

fn upload(sandbox: &Sandbox, bundle: &Bundle, url: &str) -> Outcome {
    let manifest = bundle.manifest.to_str().expect("a path in UTF-8");
    let arguments = [
        "upload-bundle",
        "-b",
        "images",
        "--retries",
        "0",
        "-m",
        manifest,
    ];
    let environment = environment(url, KEYS);
    let environment: Vec<_> = environment.iter().map(|(k, v)| (*k, v.as_str())).collect();
    sandbox.run_with(arguments, &environment)
}

#[test]
fn a_manifest_that_the_server_forgets_is_no_success() {
    let sandbox = Sandbox::new("forgotten-manifest");
    let server = S3Server::start(&sandbox);
    let proxy = FaultProxy::start(server.address());
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(2));
    let bundle = sandbox.bundle(&image, "bundle", &["--part-size", "1m"]);
    let well = Fault::Answer {
        status: 200,
        headers: vec![("ETag".to_owned(), "\"opaque\"".to_owned())],
        body: String::new(),
    };
    proxy.fault("PUT", "manifest.xml", 1..=1, well);

    let first = upload(&sandbox, &bundle, &proxy.url());
    let second = upload(&sandbox, &bundle, &proxy.url());

    first.failed(7, "manifest.xml is not on the server as it was sent");
    second.succeeded();
    assert_eq!(server.objects("images"), digests(&bundle.folder));
}
