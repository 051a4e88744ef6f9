use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::*;

const SITE: &str = "https://www.example.com";

fn read(rules: &str) -> S3Result<Cors> {
    let root = "CORSConfiguration";
    Cors::from_xml(format!("<{root}>{rules}</{root}>").as_bytes())
}

fn refusal(rules: &str) -> Code {
    read(rules).unwrap_err().code
}

/// A page may read, the example's site may do more.
fn sample() -> Cors {
    read(
        "<CORSRule><ID>site</ID><AllowedOrigin>https://*.example.com</AllowedOrigin>\
         <AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>\
         <AllowedHeader>X-Amz-*</AllowedHeader><AllowedHeader>content-type</AllowedHeader>\
         <ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-request-id</ExposeHeader>\
         <MaxAgeSeconds>3000</MaxAgeSeconds></CORSRule>\
         <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>",
    )
    .unwrap()
}

fn ask<'a>(origin: &'a str, method: &'a str, headers: Option<&'a str>) -> Preflight<'a> {
    Preflight {
        origin: Some(origin),
        method: Some(method),
        headers,
    }
}

fn header<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    let found = headers.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value.as_str())
}

fn preflight_code(cors: Option<&Cors>, asked: &Preflight<'_>) -> Code {
    preflight(cors, asked, "BUCKET").unwrap_err().code
}

#[test]
fn a_preflight_that_fits_gets_the_rules_headers() {
    let asked = ask(SITE, "PUT", Some("x-amz-date, Content-Type"));

    let answer = preflight(Some(&sample()), &asked, "OBJECT").unwrap();

    let want = [
        ("Access-Control-Allow-Origin", SITE),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "GET, PUT"),
        ("Access-Control-Allow-Headers", "x-amz-date, content-type"),
        ("Access-Control-Expose-Headers", "ETag, x-amz-request-id"),
        ("Access-Control-Max-Age", "3000"),
        ("Vary", VARY),
    ];
    assert_eq!(answer, want.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn any_origin_is_answered_without_credentials() {
    let answer = preflight(Some(&sample()), &ask("null", "GET", None), "BUCKET").unwrap();

    assert_eq!(header(&answer, "Access-Control-Allow-Origin"), Some("*"));
    assert_eq!(header(&answer, "Access-Control-Allow-Credentials"), None);
}

#[test]
fn a_preflight_that_fits_no_rule_is_forbidden() {
    for asked in [
        ask("https://example.com", "PUT", None),
        ask("http://www.example.com", "PUT", None),
        ask(SITE, "DELETE", None),
        ask(SITE, "PUT", Some("x-amz-date, authorization")),
        ask("https://other.org", "GET", Some("x-amz-date")),
    ] {
        let error = preflight(Some(&sample()), &asked, "OBJECT").unwrap_err();
        assert_eq!(error.code, Code::AccessForbidden, "{asked:?}");
        assert!(
            error
                .details
                .contains(&("ResourceType", "OBJECT".to_owned()))
        );
    }
}

#[test]
fn a_bucket_without_rules_forbids() {
    let error = preflight(None, &ask(SITE, "GET", None), "BUCKET").unwrap_err();

    assert_eq!(error.code, Code::AccessForbidden);
    assert_eq!(
        error.message,
        "CORSResponse: CORS is not enabled for this bucket."
    );
}

#[test]
fn a_preflight_has_an_origin_and_a_method() {
    let sample = sample();
    let no_origin = Preflight {
        origin: None,
        ..ask(SITE, "GET", None)
    };
    let no_method = Preflight {
        method: None,
        ..ask(SITE, "GET", None)
    };

    assert_eq!(preflight_code(Some(&sample), &no_origin), Code::BadRequest);
    assert_eq!(preflight_code(Some(&sample), &no_method), Code::BadRequest);
    let patch = ask(SITE, "PATCH", None);
    assert_eq!(preflight_code(Some(&sample), &patch), Code::BadRequest);
}

#[test]
fn an_actual_request_gets_the_headers_of_the_first_rule_that_fits() {
    let cors = sample();
    let origin = |origin, method| {
        let answer = cors.actual(Some(origin), method);
        header(&answer, "Access-Control-Allow-Origin").map(str::to_owned)
    };

    assert_eq!(origin(SITE, "PUT").as_deref(), Some(SITE));
    assert_eq!(origin("https://other.org", "GET").as_deref(), Some("*"));
    assert_eq!(origin("https://other.org", "PUT"), None);
    assert_eq!(origin(SITE, "PATCH"), None);
}

#[test]
fn caches_are_told_even_where_no_rule_fits() {
    let cors = sample();

    for origin in [None, Some(SITE), Some("x")] {
        let answer = cors.actual(origin, "PUT");
        assert_eq!(header(&answer, "Vary"), Some(VARY), "{origin:?}");
    }
}

#[test]
fn a_star_may_stand_for_nothing_but_never_overlaps() {
    assert!(fits("a*a", "aa"));
    assert!(!fits("a*a", "a"));
    assert!(fits("*", ""));
    assert!(fits("http://*", "http://x"));
    assert!(!fits("http://*.x", "http://x"));
}

#[test]
fn the_configuration_survives_document_and_database() {
    let cors = sample();

    assert_eq!(Cors::from_xml(&cors.to_xml()).unwrap(), cors);
    assert_eq!(Cors::from_text(&cors.to_text()).unwrap(), cors);
    assert!(Cors::from_text("{}").is_err());
}

#[test]
fn a_rule_has_origins_and_methods_that_s3_knows() {
    let rule = |content: &str| format!("<CORSRule>{content}</CORSRule>");
    let base = "<AllowedOrigin>a</AllowedOrigin><AllowedMethod>GET</AllowedMethod>";

    for (content, code) in [
        ("", Code::MalformedXML),
        ("<AllowedMethod>GET</AllowedMethod>", Code::MalformedXML),
        ("<AllowedOrigin>a</AllowedOrigin>", Code::MalformedXML),
        (&format!("{base}<Other/>"), Code::MalformedXML),
        (
            &format!("{base}<MaxAgeSeconds>-1</MaxAgeSeconds>"),
            Code::MalformedXML,
        ),
        (&format!("{base}<MaxAgeSeconds/>"), Code::MalformedXML),
        (
            &format!("{base}<AllowedMethod>PATCH</AllowedMethod>"),
            Code::InvalidRequest,
        ),
        (
            &format!("{base}<AllowedMethod>get</AllowedMethod>"),
            Code::InvalidRequest,
        ),
        (
            &format!("{base}<AllowedOrigin>*.*</AllowedOrigin>"),
            Code::InvalidRequest,
        ),
        (
            &format!("{base}<AllowedHeader>x*y*</AllowedHeader>"),
            Code::InvalidRequest,
        ),
        (
            &format!("{base}<AllowedHeader>a b</AllowedHeader>"),
            Code::InvalidRequest,
        ),
        (
            &format!("{base}<ExposeHeader>x-*</ExposeHeader>"),
            Code::InvalidRequest,
        ),
        (
            &format!("{base}<ExposeHeader>a&#13;b: c</ExposeHeader>"),
            Code::InvalidRequest,
        ),
        (
            &format!("{base}<ID>{}</ID>", "i".repeat(256)),
            Code::InvalidRequest,
        ),
    ] {
        assert_eq!(refusal(&rule(content)), code, "{content}");
    }
    assert!(read(&rule(base)).is_ok());
}

#[test]
fn a_bucket_has_one_to_a_hundred_rules() {
    let rule = "<CORSRule><AllowedOrigin>a</AllowedOrigin><AllowedMethod>GET</AllowedMethod>\
                </CORSRule>";

    assert_eq!(read(&rule.repeat(100)).unwrap().rules.len(), 100);
    assert_eq!(refusal(&rule.repeat(101)), Code::InvalidRequest);
    assert_eq!(refusal(""), Code::MalformedXML);
}

proptest! {
    #[test]
    fn no_input_panics(
        bytes in any::<Vec<u8>>(), rules in "[<>/a-zA-Z&;*]{0,40}", text in any::<String>()
    ) {
        let _ = Cors::from_xml(&bytes);
        let _ = read(&rules);
        let _ = preflight(Some(&sample()), &ask(&text, "GET", Some(&text)), "BUCKET");
        let _ = sample().actual(Some(&text), &text);
    }

    #[test]
    fn a_pattern_fits_what_begins_and_ends_like_it(
        before in "[a-z]{0,5}", middle in "[a-z*]{0,5}", after in "[a-z]{0,5}"
    ) {
        let (pattern, text) = (format!("{before}*{after}"), format!("{before}{middle}{after}"));
        prop_assert!(fits(&pattern, &text));
        prop_assert_eq!(fits(&before, &format!("{before}{middle}")), middle.is_empty());
    }
}
