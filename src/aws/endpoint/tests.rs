use proptest::prelude::*;

use super::*;

fn endpoint(url: &str) -> Endpoint {
    Endpoint::parse(url, "r").unwrap()
}

#[test]
fn an_endpoint_has_scheme_host_and_path() {
    for (url, host, path) in [
        (
            "http://10.0.0.1:8773/services/Walrus",
            "10.0.0.1:8773",
            "/services/Walrus",
        ),
        ("HTTPS://S3.Example.com:443/", "s3.example.com", ""),
        ("http://host:80", "host", ""),
        ("https://host:80//", "host:80", ""),
        ("http://[0:0::1]:9000/a/", "[::1]:9000", "/a"),
        ("http://[::1]", "[::1]", ""),
    ] {
        let read = endpoint(url);

        assert_eq!(
            (read.host.as_str(), read.path.as_str()),
            (host, path),
            "{url}"
        );
        assert_eq!(read.addressing, Addressing::Auto);
    }
    assert_eq!(endpoint("HTTP://h/p/").url(), "http://h/p");
}

#[test]
fn what_is_no_endpoint_is_refused() {
    for url in [
        "",
        "s3.amazonaws.com",
        "ftp://host",
        "http://",
        "http:///path",
        "http://host:0",
        "http://host:65536",
        "http://host:+80",
        "http://ho st",
        "http://h?list",
        "http://h/#top",
        "http://a..b",
        "http://1.2.3",
        "http://0x7f.1",
        "http://[::1",
        "http://[::1]9",
        "http://[host]",
        "http://h/a/../b",
        "http://h/%2e%2E/b",
        "http://h/ä",
    ] {
        assert!(Endpoint::parse(url, "r").is_err(), "{url}");
    }
}

#[test]
fn a_refused_url_is_shown_without_password() {
    let error = Endpoint::parse("https://me:secret@host/x?sig=secret", "r").unwrap_err();

    assert_eq!(error.url, "https://host/x");
}

#[test]
fn buckets_are_in_the_host_at_amazon_only() {
    let amazon = Endpoint::amazon_s3("eu-west-1");
    let walrus = endpoint("http://10.0.0.1:8773/services/Walrus");
    let place = |endpoint: &Endpoint, bucket: &str, key: Option<&str>| {
        let target = endpoint.target(Some(bucket), key);
        (target.host + &target.path, target.virtual_bucket)
    };

    let host = "s3.eu-west-1.amazonaws.com";
    assert_eq!(
        place(&amazon, "images", Some("a b/ü+~")),
        (format!("images.{host}/a%20b/%C3%BC%2B~"), true)
    );
    assert_eq!(
        place(&amazon, "images", None),
        (format!("images.{host}/"), true)
    );
    assert_eq!(
        place(&amazon, "my.images", None),
        (format!("{host}/my.images"), false)
    );
    assert_eq!(
        place(&amazon, "Images", Some("k")),
        (format!("{host}/Images/k"), false)
    );
    assert_eq!(
        place(&walrus, "images", Some("k")),
        ("10.0.0.1:8773/services/Walrus/images/k".to_owned(), false)
    );
    assert_eq!(walrus.target(None, None).path, "/services/Walrus/");
    let forced = Endpoint {
        addressing: Addressing::Virtual,
        ..walrus
    };
    assert_eq!(forced.target(Some("b"), None).host, "b.10.0.0.1:8773");
}

#[test]
fn region_of_amazons_hosts() {
    for (host, region) in [
        ("s3.amazonaws.com", Some("us-east-1")),
        ("bucket.s3.amazonaws.com", Some("us-east-1")),
        ("s3-external-1.amazonaws.com", Some("us-east-1")),
        ("s3.eu-west-1.amazonaws.com:443", Some("eu-west-1")),
        ("s3-eu-west-1.amazonaws.com", Some("eu-west-1")),
        (
            "my.bucket.s3.dualstack.eu-west-1.amazonaws.com",
            Some("eu-west-1"),
        ),
        ("s3-fips.us-gov-west-1.amazonaws.com", Some("us-gov-west-1")),
        ("s3.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
        ("ec2-1-2-3-4.compute.amazonaws.com", None),
        ("x.elb.amazonaws.com", None),
        ("s3.amazonaws.com.evil.example", None),
        ("s3.example.com", None),
    ] {
        assert_eq!(amazon_region(host).as_deref(), region, "{host}");
    }
    for region in ["us-east-1", "cn-north-1", "us-gov-west-1"] {
        let host = Endpoint::amazon_s3(region).host;
        assert_eq!(amazon_region(&host).as_deref(), Some(region));
    }
}

#[test]
fn a_parameter_without_value_has_no_equals_sign() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());

    assert_eq!(encode_query(&[]), "");
    assert_eq!(
        encode_query(&[pair("acl", ""), pair("a b", "/&")]),
        "?acl&a%20b=%2F%26"
    );
}

proptest! {
    /// What the HTTP library sends is what was signed.
    #[test]
    fn the_library_leaves_hosts_and_paths_alone(
        host in "[a-zA-Z0-9._\\-]{1,20}|\\[[0-9a-f:.]{2,16}\\]",
        port in "(:[0-9]{0,5})?",
        path in "(/[a-zA-Z0-9%._~!$'()*+,;=:@-]{0,8}){0,3}",
        key in "[^\\x00]{1,12}",
    ) {
        let Ok(endpoint) = Endpoint::parse(&format!("http://{host}{port}{path}"), "r") else {
            return Ok(());
        };
        prop_assume!(!key.split('/').any(|segment| segment == "." || segment == ".."));
        let target = endpoint.target(Some("bucket"), Some(&key));
        let Ok(url) = reqwest::Url::parse(&format!("http://{}{}", target.host, target.path)) else {
            return Ok(());
        };
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        prop_assert_eq!(format!("{}{port}", url.host_str().unwrap()), target.host);
        prop_assert_eq!(url.path(), target.path);
    }
}
