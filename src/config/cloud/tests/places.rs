//! Endpoints, regions, signatures, certificates, proxies.

use super::*;

#[test]
fn signatures_and_tls_weaken_only_when_somebody_writes_so() {
    let region = |name| in_region(Some(name));
    let world = World::new(&[]);

    let plain = world.ask(region("bare"), |cloud| {
        (cloud.signature().unwrap(), cloud.verifies_tls().unwrap())
    });
    let weak = world.ask(region("here"), |cloud| {
        (cloud.signature().unwrap(), cloud.verifies_tls().unwrap())
    });
    let elsewhere = World::new(&[("S3_URL", "https://other.example")])
        .ask(region("here"), |cloud| cloud.verifies_tls().unwrap());
    let odd = world.ask(region("odd"), |cloud| cloud.verifies_tls().unwrap_err());

    assert_eq!((plain.0.value, plain.1.value), (SignatureVersion::V4, true));
    assert_eq!((weak.0.value, weak.1.value), (SignatureVersion::V2, false));
    assert_eq!(
        weak.1.origin.to_string(),
        "euca2ools.ini, [region here] verify-ssl"
    );
    assert!(elsewhere.value);
    assert!(matches!(odd, CloudError::Value { .. }));
}

#[test]
fn proxies_and_certificates_come_from_the_environment() {
    let world = World::new(&[
        ("HTTPS_PROXY", "http://upper:1"),
        ("https_proxy", "http://lower:1"),
        ("NO_PROXY", "localhost"),
        ("AWS_CA_BUNDLE", "~/ca.pem"),
    ])
    .file("ca.pem", "PEM");

    let (proxies, certificates) = world.ask(CloudFlags::default(), |cloud| {
        (
            cloud.proxies().unwrap(),
            cloud.extra_certificates().unwrap(),
        )
    });
    let missing = World::new(&[("AWS_CA_BUNDLE", "/nonexistent")])
        .ask(CloudFlags::default(), |cloud| {
            cloud.extra_certificates().unwrap_err()
        });

    assert_eq!(proxies.https.as_deref(), Some("http://lower:1"));
    assert_eq!(proxies.http, None);
    assert_eq!(proxies.none.as_deref(), Some("localhost"));
    assert_eq!(certificates.as_deref(), Some(&b"PEM"[..]));
    let text = missing.to_string();
    assert_eq!(text, "cannot read /nonexistent, which AWS_CA_BUNDLE names");
}

#[test]
fn the_endpoint_comes_from_the_first_source_and_tells_its_region() {
    let place = |world: &World, flags: CloudFlags| {
        world.ask(flags, |cloud| match cloud.place() {
            Ok(place) => format!(
                "{} in {} ({}; {})",
                place.endpoint.url(),
                place.endpoint.region,
                place.origin,
                place.region_origin
            ),
            Err(error) => error.to_string(),
        })
    };
    let url = |url: &str| CloudFlags {
        url: Some(url.to_owned()),
        ..CloudFlags::default()
    };
    let region = |name| in_region(Some(name));
    let empty = World::new(&[]);
    let env = World::new(&[
        ("AWS_ENDPOINT_URL", "http://env:1"),
        ("AWS_AUTH_REGION", "auth"),
    ]);
    let aws = World::new(&[]).file(
        ".aws/config",
        "[default]\nregion = eu-west-3\nendpoint_url = http://all:1\nservices = mine\n\
         [services mine]\ns3 =\n  endpoint_url = http://only-s3:1\n",
    );
    let amazon = World::new(&[]).file(".aws/config", "[default]\nregion = eu-west-3\n");
    let variables = [
        ("AWS_DEFAULT_REGION", "us-east-2"),
        ("AWS_REGION", "us-west-2"),
    ];

    for (found, want) in [
        (
            place(&env, url("mars::http://h:1/services/Walrus")),
            "http://h:1/services/Walrus in mars (option --url; option --url)",
        ),
        (
            place(&env, CloudFlags::default()),
            "http://env:1 in auth (environment: AWS_ENDPOINT_URL; environment: AWS_AUTH_REGION)",
        ),
        (
            place(&empty, region("here")),
            "http://10.0.0.1:8773/services/Walrus in here (euca2ools.ini, [region here] s3-url; \
             option --region)",
        ),
        (
            place(&empty, url("https://s3.ap-south-1.amazonaws.com")),
            "https://s3.ap-south-1.amazonaws.com in ap-south-1 (option --url; guessed from the \
             host name)",
        ),
        (
            place(&empty, url("https://ceph.example")),
            "https://ceph.example in us-east-1 (option --url; default)",
        ),
        (
            place(&World::new(&variables), CloudFlags::default()),
            "https://s3.us-west-2.amazonaws.com in us-west-2 (default; environment: AWS_REGION)",
        ),
        (
            place(&empty, region("bare")),
            "it is not known where S3 is in region bare",
        ),
        (
            place(&empty, region("typo")),
            "it is not known where S3 is in region typo",
        ),
        (
            place(&empty, CloudFlags::default()),
            "it is not known where S3 is",
        ),
        (place(&empty, url("nonsense")), "option --url"),
    ] {
        assert_eq!(found, want);
    }
    let found = place(&aws, CloudFlags::default());
    assert!(
        found.starts_with("http://only-s3:1 in eu-west-3 ("),
        "{found}"
    );
    let found = place(&amazon, CloudFlags::default());
    assert!(
        found.starts_with("https://s3.eu-west-3.amazonaws.com in eu-west-3"),
        "{found}"
    );
    let by_default = CloudFlags {
        amazon_by_default: true,
        ..CloudFlags::default()
    };
    let found = place(&empty, by_default);
    assert!(found.contains("in us-east-1 (default; default)"), "{found}");
}
