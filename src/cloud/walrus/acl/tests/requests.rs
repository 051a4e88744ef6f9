//! Lists in headers and documents.

use proptest::prelude::{any, prop_assert_eq, proptest};

use crate::cloud::walrus::xml::{NAMESPACE, Owner};

use super::*;

fn from_headers(headers: &[(&str, &str)]) -> S3Result<Option<Draft>> {
    let find = |name: &str| {
        let found = headers.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    };
    Draft::from_headers(find, ALICE, Some(BOB))
}

/// Knows Bob by id, and Carol by id and address.
fn accounts(name: &Name) -> Option<String> {
    match name {
        Name::Id(id) if [ALICE, BOB, CAROL].contains(&id.as_str()) => Some(id.clone()),
        Name::Email(address) if address == "carol@example.com" => Some(CAROL.to_owned()),
        _ => None,
    }
}

fn policy(owner: &str, grants: &str) -> String {
    format!(
        "<AccessControlPolicy xmlns='{NAMESPACE}'><Owner><ID>{owner}</ID></Owner>\
         <AccessControlList>{grants}</AccessControlList></AccessControlPolicy>"
    )
}

fn grant(kind: &str, content: &str, permission: &str) -> String {
    format!(
        "<Grant><Grantee xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
         xsi:type='{kind}'>{content}</Grantee><Permission>{permission}</Permission></Grant>"
    )
}

fn from_xml(grants: &str) -> S3Result<Draft> {
    Draft::from_xml(policy(ALICE, grants).as_bytes(), ALICE)
}

#[test]
fn grants_come_in_headers() {
    let all = "http://acs.amazonaws.com/groups/global/AllUsers";
    let draft = from_headers(&[
        (
            "x-amz-grant-read",
            &format!(r#"id="{BOB}", emailAddress="carol@example.com", uri={all}"#),
        ),
        ("x-amz-grant-write-acp", &format!("ID={BOB}")),
        ("x-amz-grant-full-control", &format!("id={EC2_ID}")),
    ]);

    let acl = draft.unwrap().unwrap().resolve(accounts).unwrap();

    let mut want = Acl::default();
    want.add(Grantee::Cloud, Permission::FullControl);
    want.add(Grantee::of_id(BOB), Permission::Read);
    want.add(Grantee::of_id(CAROL), Permission::Read);
    want.add(Grantee::AllUsers, Permission::Read);
    want.add(Grantee::of_id(BOB), Permission::WriteAcp);
    assert_eq!(acl, want);
}

#[test]
fn a_quoted_comma_does_not_separate() {
    let draft = from_headers(&[("x-amz-grant-read", r#"emailAddress="a,b@c" , id=b0b"#)]);

    let draft = draft.unwrap().unwrap();
    let names: Vec<_> = draft.names().cloned().collect();
    assert_eq!(
        names,
        [Name::Email("a,b@c".to_owned()), Name::Id(BOB.to_owned())]
    );
}

#[test]
fn headers_that_cannot_be_read_are_refused() {
    for value in [
        "",
        "b0b",
        "id=",
        "id=\"\"",
        "id=\"b0b",
        "id=a\"b\"c",
        "name=b0b",
        "id=b0b,",
        "uri=http://example.com/",
    ] {
        let error = from_headers(&[("x-amz-grant-read", value)]).unwrap_err();
        assert_eq!(error.code, Code::InvalidArgument, "{value}");
    }
}

#[test]
fn a_canned_list_and_grants_do_not_go_together() {
    let both = [("x-amz-acl", "private"), ("x-amz-grant-read", "id=b0b")];

    assert_eq!(from_headers(&both).unwrap_err().code, Code::InvalidRequest);
    assert_eq!(from_headers(&[]).unwrap(), None);
    assert_eq!(
        from_headers(&both[..1]).unwrap(),
        Some(canned("private").into())
    );
}

#[test]
fn a_request_has_its_list_in_headers_or_body() {
    let body = policy(ALICE, "");
    let read = |canned: Option<&'static str>, body: &str| {
        let header = move |name: &str| canned.filter(|_| name == "x-amz-acl");
        Draft::from_request(header, body.as_bytes(), ALICE, None).map_err(|error| error.code)
    };

    assert_eq!(read(None, &body), Ok(Draft::default()));
    assert_eq!(read(Some("private"), "").unwrap().grants.len(), 1);
    assert_eq!(read(Some("private"), &body), Err(Code::UnexpectedContent));
    assert_eq!(read(None, ""), Err(Code::MissingSecurityHeader));
}

#[test]
fn who_is_not_known_gets_nothing() {
    let resolve = |value| {
        let draft = from_headers(&[("x-amz-grant-read", value)]);
        draft.unwrap().unwrap().resolve(accounts).unwrap_err()
    };

    let id = resolve("id=dave");
    let address = resolve("emailAddress=dave@example.com");

    assert_eq!(id.code, Code::InvalidArgument);
    assert!(id.message.starts_with("Invalid id"));
    assert_eq!(address.code, Code::UnresolvableGrantByEmailAddress);
}

#[test]
fn a_list_is_written_and_read_back() {
    let owner = Owner {
        id: ALICE.to_owned(),
        display_name: "alice".to_owned(),
    };
    let mut acl = canned("public-read");
    acl.add(Grantee::Cloud, Permission::Read);
    acl.add(Grantee::LogDelivery, Permission::Write);

    let written = acl.to_xml(&owner, |id| (id == ALICE).then(|| "alice".to_owned()));

    let read = Draft::from_xml(&written, ALICE).unwrap();
    assert_eq!(read.resolve(accounts).unwrap(), acl);
    let text = String::from_utf8(written).unwrap();
    assert!(text.contains(
        "<Grant><Grantee xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
         xsi:type='CanonicalUser'><ID>a11ce</ID><DisplayName>alice</DisplayName></Grantee>\
         <Permission>FULL_CONTROL</Permission></Grant>"
    ));
    assert!(text.contains("<DisplayName>amikit-cloud</DisplayName>"));
}

#[test]
fn grantees_come_by_address_too() {
    let address = "<EmailAddress>carol@example.com</EmailAddress>";
    let draft = from_xml(&grant("AmazonCustomerByEmail", address, "READ"));

    let acl = draft.unwrap().resolve(accounts).unwrap();

    assert_eq!(acl.grants[0].grantee, Grantee::of_id(CAROL));
}

#[test]
fn the_owner_cannot_be_changed() {
    let error = Draft::from_xml(policy(BOB, "").as_bytes(), ALICE).unwrap_err();

    assert_eq!(error.code, Code::AccessDenied);
}

#[test]
fn a_document_of_another_shape_is_malformed() {
    let bob = "<ID>b0b</ID>";
    for grants in [
        grant("CanonicalUser", "", "READ"),
        grant("CanonicalUser", bob, "read"),
        grant("CanonicalUser", bob, ""),
        grant("Person", bob, "READ"),
        format!("<Grant><Grantee>{bob}</Grantee><Permission>READ</Permission></Grant>"),
        "<Grant/>".to_owned(),
        "<Other/>".to_owned(),
    ] {
        let code = from_xml(&grants).unwrap_err().code;
        assert_eq!(code, Code::MalformedACLError, "{grants}");
    }
    for body in ["", "<AccessControlPolicy/>", "<Other/>"] {
        let code = Draft::from_xml(body.as_bytes(), ALICE).unwrap_err().code;
        assert_eq!(code, Code::MalformedACLError, "{body}");
    }
    let group = grant("Group", "<URI>http://example.com/</URI>", "READ");
    assert_eq!(from_xml(&group).unwrap_err().code, Code::InvalidArgument);
}

#[test]
fn a_list_has_at_most_a_hundred_grants() {
    let bob = grant("CanonicalUser", "<ID>b0b</ID>", "READ");
    let header = |count| vec!["id=b0b"; count].join(",");

    assert_eq!(from_xml(&bob.repeat(100)).unwrap().grants.len(), 100);
    assert_eq!(
        from_xml(&bob.repeat(101)).unwrap_err().code,
        Code::MalformedACLError
    );
    assert!(from_headers(&[("x-amz-grant-read", &header(100))]).is_ok());
    assert_eq!(
        from_headers(&[("x-amz-grant-read", &header(101))])
            .unwrap_err()
            .code,
        Code::MalformedACLError
    );
}

#[test]
fn repeated_grants_are_kept_once() {
    let bob = grant("CanonicalUser", "<ID>b0b</ID>", "READ");

    let acl = from_xml(&bob.repeat(3)).unwrap().resolve(accounts).unwrap();

    assert_eq!(acl.grants.len(), 1);
}

proptest! {
    #[test]
    fn no_input_panics(
        value in "[a-zA-Z=\", /:]{0,40}", text in any::<String>(), bytes in any::<Vec<u8>>()
    ) {
        let _ = from_headers(&[("x-amz-grant-read", &value)]);
        let _ = from_headers(&[("x-amz-grant-read", &text)]);
        let _ = from_headers(&[("x-amz-acl", &text)]);
        let _ = Draft::from_xml(&bytes, ALICE);
        let _ = from_xml(&text);
        let _ = Acl::from_text(&text);
    }

    #[test]
    fn any_id_survives_database_and_document(ids in proptest::collection::vec("[!-~é]{1,9}", 0..9)) {
        let mut acl = Acl::default();
        for id in ids {
            acl.add(Grantee::of_id(&id), Permission::Write);
        }
        let owner = Owner { id: ALICE.to_owned(), display_name: String::new() };

        prop_assert_eq!(&Acl::from_text(&acl.to_text()).unwrap(), &acl);
        let draft = Draft::from_xml(&acl.to_xml(&owner, |_| None), ALICE).unwrap();
        let known = |name: &Name| match name {
            Name::Id(id) => Some(id.clone()),
            Name::Email(_) => None,
        };
        prop_assert_eq!(draft.resolve(known).unwrap(), acl);
    }
}
