//! Who is let in, and below: how lists are asked for.

mod requests;

use proptest::prelude::{prop_assert, proptest};

use super::needs::{Guarded, Need};
use super::*;

const ALICE: &str = "a11ce";
const BOB: &str = "b0b";
const CAROL: &str = "ca401";

fn everyone() -> [Caller<'static>; 5] {
    [
        Caller::Account(ALICE),
        Caller::Account(BOB),
        Caller::Account(CAROL),
        Caller::Cloud,
        Caller::Anonymous,
    ]
}

/// Who of everyone may do it with Alice's object in Bob's bucket.
fn allowed(acl: &Acl, permission: Permission) -> Vec<Caller<'static>> {
    let mut callers = everyone().to_vec();
    callers.retain(|caller| acl.allows(ALICE, *caller, permission));
    callers
}

fn canned(name: &str) -> Acl {
    Acl::canned(name, ALICE, Some(BOB)).unwrap()
}

#[test]
fn canned_lists_let_in_whom_they_name() {
    let [alice, bob, carol, cloud, anonymous] = everyone();

    for (name, readers) in [
        ("private", vec![alice]),
        ("public-read", vec![alice, bob, carol, cloud, anonymous]),
        (
            "public-read-write",
            vec![alice, bob, carol, cloud, anonymous],
        ),
        ("authenticated-read", vec![alice, bob, carol, cloud]),
        ("bucket-owner-read", vec![alice, bob]),
        ("bucket-owner-full-control", vec![alice, bob]),
        ("aws-exec-read", vec![alice, cloud]),
        ("ec2-bundle-read", vec![alice, cloud]),
        ("log-delivery-write", vec![alice]),
    ] {
        let acl = canned(name);
        assert_eq!(allowed(&acl, Permission::Read), readers, "{name}");
        assert_eq!(acl.grants[0].grantee, Grantee::of_id(ALICE), "{name}");
        let writers = allowed(&acl, Permission::Write);
        match name {
            "public-read-write" => assert_eq!(writers.len(), 5),
            "bucket-owner-full-control" => assert_eq!(writers, [alice, bob]),
            _ => assert_eq!(writers, [alice], "{name}"),
        }
    }
}

#[test]
fn an_unknown_canned_list_is_refused() {
    let error = Acl::canned("public", ALICE, None).unwrap_err();

    assert_eq!(error.code, Code::InvalidArgument);
    assert!(
        error
            .details
            .contains(&("ArgumentValue", "public".to_owned()))
    );
}

#[test]
fn the_bucket_owner_lists_mean_nothing_on_buckets() {
    let acl = Acl::canned("bucket-owner-full-control", ALICE, None).unwrap();

    assert_eq!(acl, Acl::canned("private", ALICE, None).unwrap());
}

#[test]
fn the_owner_is_never_locked_out() {
    let empty = Acl::default();

    for permission in Permission::ALL {
        assert_eq!(allowed(&empty, permission), [Caller::Account(ALICE)]);
    }
}

#[test]
fn a_permission_is_not_another_one() {
    for granted in Permission::ALL {
        let mut acl = Acl::default();
        acl.add(Grantee::of_id(BOB), granted);
        for asked in Permission::ALL {
            let expected = granted == Permission::FullControl || granted == asked;
            let got = acl.allows(ALICE, Caller::Account(BOB), asked);
            assert_eq!(got, expected, "{granted:?} {asked:?}");
        }
    }
}

#[test]
fn an_account_that_calls_itself_the_cloud_is_not() {
    let acl = canned("aws-exec-read");

    for id in [CLOUD_ID, EC2_ID, "cloud"] {
        assert!(!acl.allows(ALICE, Caller::Account(id), Permission::Read));
    }
}

#[test]
fn the_clouds_id_is_the_digest_of_its_name() {
    use sha2::Digest as _;

    let digest = sha2::Sha256::digest(CLOUD_NAME);
    assert_eq!(hex::encode(digest), CLOUD_ID);
}

#[test]
fn the_database_keeps_a_short_text() {
    let text = r#"[{"to":"id:a11ce","may":"FULL_CONTROL"},{"to":"cloud","may":"READ"}]"#;
    let acl = canned("aws-exec-read");

    assert_eq!(acl.to_text(), text);
    assert_eq!(Acl::from_text(text).unwrap(), acl);
    for wrong in [
        "",
        "{}",
        r#"[{"to":"id:","may":"READ"}]"#,
        r#"[{"to":"all","may":"read"}]"#,
    ] {
        assert!(Acl::from_text(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn public_is_what_everybody_gets_something_of() {
    for (name, is_public) in [
        ("private", false),
        ("public-read", true),
        ("authenticated-read", true),
        ("aws-exec-read", false),
        ("log-delivery-write", false),
    ] {
        assert_eq!(canned(name).is_public(), is_public, "{name}");
    }
    assert!(
        String::from_utf8(policy_status(true))
            .unwrap()
            .ends_with("'><IsPublic>true</IsPublic></PolicyStatus>")
    );
}

#[test]
fn operations_need_what_they_touch() {
    let (private, public) = (canned("private"), canned("public-read-write"));
    let bucket = Some(Guarded {
        owner: BOB,
        acl: &public,
    });
    let object = Some(Guarded {
        owner: ALICE,
        acl: &private,
    });
    let may = |operation: &str, caller| {
        let need = Need::of(operation).expect("a known operation");
        need.is_met(caller, bucket, object)
    };
    let [alice, bob, carol, _, anonymous] = everyone();

    for (operation, callers) in [
        ("ListBuckets", vec![alice, bob, carol]),
        ("ListObjectsV2", vec![alice, bob, carol, anonymous]),
        ("PutObject", vec![alice, bob, carol, anonymous]),
        ("CreateMultipartUpload", vec![alice, bob, carol]),
        ("UploadPart", vec![alice, bob]),
        ("GetObject", vec![alice]),
        ("PutObjectAcl", vec![alice]),
        ("PutBucketAcl", vec![alice, bob]),
        ("DeleteBucket", vec![bob]),
    ] {
        for caller in [alice, bob, carol, anonymous] {
            let expected = callers.contains(&caller);
            assert_eq!(may(operation, caller), expected, "{operation} {caller:?}");
        }
    }
}

#[test]
fn what_is_not_there_allows_nothing() {
    for operation in ["GetObject", "ListObjects", "DeleteBucket", "ListParts"] {
        let need = Need::of(operation).unwrap();
        assert!(!need.is_met(Caller::Account(ALICE), None, None));
    }
    assert_eq!(Need::of("GetSomething"), None);
}

proptest! {
    #[test]
    fn strangers_have_what_everybody_has(name in 0..9_usize) {
        let names = ["private", "public-read", "public-read-write", "authenticated-read",
            "bucket-owner-read", "bucket-owner-full-control", "aws-exec-read", "ec2-bundle-read",
            "log-delivery-write"];
        let acl = canned(names[name]);
        for permission in Permission::ALL {
            let stranger = acl.allows(ALICE, Caller::Account("stranger"), permission);
            prop_assert!(!stranger || acl.is_public());
        }
    }
}
