//! Bundles for a Eucalyptus that hands its certificate out.

use std::fs;
use std::process::Command;

use amikit::units::Bytes;

use crate::support::ec2_server::{Answer, Ec2Server};
use crate::support::sandbox::{Outcome, Sandbox, only_file};
use crate::support::{image, key};

const ACTION: &str = "DescribeServiceCertificates";

/// The answer of Eucalyptus 4: a certificate for tokens, then that for images.
fn answer(fingerprint: &str) -> Answer {
    let pem = fs::read_to_string(key("euca-cloud.crt")).expect("read the cloud's certificate");
    let item = |usage: &str| {
        format!(
            "<euca:item><euca:serviceType>compute</euca:serviceType><euca:certificateUsage>{usage}\
             </euca:certificateUsage><euca:certificateFormat>pem</euca:certificateFormat>\
             <euca:certificate>{pem}</euca:certificate><euca:certificateFingerprint>{fingerprint}\
             </euca:certificateFingerprint><euca:certificateFingerprintDigest>SHA-256\
             </euca:certificateFingerprintDigest></euca:item>"
        )
    };
    let mut good = Answer::refusal(200, "", "");
    good.body = format!(
        "<euca:DescribeServiceCertificatesResponseType xmlns:euca=\"http://msgs.eucalyptus.com\">\
         <euca:serviceCertificates>{}{}</euca:serviceCertificates>\
         </euca:DescribeServiceCertificatesResponseType>",
        item("password-reset"),
        item("image-bundling")
    );
    good
}

/// The certificate's SHA-256 as openssl writes it.
fn fingerprint() -> String {
    let output = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(key("euca-cloud.crt"))
        .output();
    let text = String::from_utf8(output.expect("run openssl").stdout).expect("text");
    text.trim()
        .split_once('=')
        .expect("NAME=DIGEST")
        .1
        .to_owned()
}

/// Bundles an image without naming a certificate of the cloud's.
fn bundle(sandbox: &Sandbox, server: &Ec2Server, name: &str, options: &[&str]) -> Outcome {
    let image = image::dense(&sandbox.path("disk.img"), Bytes::mib(1));
    let (image, user_key, user_certificate) = (
        image.display().to_string(),
        key("euca-user.pem"),
        key("euca-user.crt"),
    );
    let mut words = vec![
        name,
        "-i",
        &image,
        "-r",
        "x86_64",
        "-u",
        "123456789012",
        "-d",
        "bundle",
    ];
    let (user_key, user_certificate) = (
        user_key.display().to_string(),
        user_certificate.display().to_string(),
    );
    words.extend(["-k", &user_key, "-c", &user_certificate]);
    words.extend(options);
    sandbox.folder("bundle");
    server.run(sandbox, &words)
}

#[test]
fn the_cloud_opens_what_was_bundled_with_the_certificate_it_handed_out() {
    for name in ["bundle-image", "euca-bundle-image"] {
        let sandbox = Sandbox::new("certificate");
        let server = Ec2Server::start();
        server.answer(ACTION, answer(&fingerprint()));
        let url = server.url();

        let outcome = bundle(&sandbox, &server, name, &["--bootstrap-url", &url]);

        outcome.succeeded();
        assert!(
            outcome.stderr.contains("without encryption"),
            "{}",
            outcome.stderr
        );
        let request = server.request(ACTION);
        for (parameter, value) in [
            ("Version", "eucalyptus"),
            ("Format", "pem"),
            ("FingerprintDigest", "SHA-256"),
        ] {
            assert_eq!(request[parameter], value, "{name}");
        }
        let manifest = sandbox
            .path("bundle/disk.img.manifest.xml")
            .display()
            .to_string();
        let cloud_key = key("euca-cloud.pem").display().to_string();
        let back = sandbox.folder("back").display().to_string();
        let opened = sandbox.run(["unbundle", "-m", &manifest, "-k", &cloud_key, "-d", &back]);
        opened.succeeded();
        let back = fs::read(only_file(&sandbox.path("back"))).expect("read the image");
        assert!(
            back == fs::read(sandbox.path("disk.img")).expect("read the image"),
            "{name}"
        );
    }
}

#[test]
fn a_certificate_that_is_named_is_not_asked_for() {
    let sandbox = Sandbox::new("certificate-named");
    let server = Ec2Server::start();
    let (url, named) = (server.url(), key("euca-cloud.crt").display().to_string());

    let options = ["--bootstrap-url", &url, "--ec2cert", &named];
    bundle(&sandbox, &server, "bundle-image", &options).succeeded();

    assert!(server.requests().is_empty());
}

#[test]
fn what_the_service_does_wrong_is_told_and_nothing_is_bundled() {
    let wrong = fingerprint().replace(|c: char| c.is_ascii_digit(), "0");
    let mut other = answer(&fingerprint());
    other.body = other.body.replace("image-bundling", "something-else");
    let mut damaged = answer(&fingerprint());
    damaged.body = damaged.body.replace("MII", "???");
    for (answer, exit, said) in [
        (answer(&wrong), 4, "the service says 00"),
        (answer(""), 4, "does not tell the certificate's SHA-256"),
        (other, 1, "no certificate for image bundling"),
        (damaged, 6, "is damaged"),
        (
            Answer::refusal(403, "UnauthorizedOperation", "no"),
            3,
            "euserv:DescribeServiceCertificates",
        ),
    ] {
        let sandbox = Sandbox::new("certificate-wrong");
        let server = Ec2Server::start();
        server.answer(ACTION, answer);
        let url = server.url();

        let outcome = bundle(
            &sandbox,
            &server,
            "bundle-image",
            &["--bootstrap-url", &url],
        );

        outcome.failed(exit, said);
        outcome.failed(
            exit,
            "cannot get the cloud's certificate from http://127.0.0.1",
        );
        outcome.failed(exit, "--ec2cert FILE");
        let left = fs::read_dir(sandbox.path("bundle"))
            .expect("list the folder")
            .count();
        assert_eq!(left, 0, "{said}");
    }
}

#[test]
fn the_service_may_be_named_by_the_environment_or_the_region() {
    for by_file in [false, true] {
        let sandbox = Sandbox::new("certificate-env");
        let server = Ec2Server::start();
        server.answer(ACTION, answer(&fingerprint()));
        let url = server.url();
        let mut variables = server.environment();
        variables.retain(|(name, _)| !name.ends_with("REGION"));
        if by_file {
            let ini = sandbox.path("cloud.ini");
            fs::write(&ini, format!("[region cloud]\nbootstrap-url = {url}\n")).expect("write it");
            variables.push(("EUCA_CONFIG_PATH", ini.display().to_string()));
            variables.push(("EUCA_DEFAULT_REGION", "cloud".to_owned()));
        } else {
            variables.push(("EUCA_BOOTSTRAP_URL", url));
        }
        let variables: Vec<_> = variables.iter().map(|(k, v)| (*k, v.as_str())).collect();
        image::dense(&sandbox.path("disk.img"), Bytes::mib(1));
        let line = "bundle-image -i disk.img -r x86_64 -u 123456789012 -d bundle";

        let outcome = sandbox.run_with(line.split(' '), &variables);

        outcome.succeeded();
        server.request(ACTION);
    }
}
