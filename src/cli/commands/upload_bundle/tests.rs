use super::*;
use crate::cli::tests::{run, with_session};

const LINE: &str = "upload-bundle -b images/a -m bundle/disk.manifest.xml";

fn options_of(line: &str) -> Result<UploadOptions, Failure> {
    with_session(line, &[], |session| {
        options(session, &Watcher::new(session).unwrap())
    })
}

#[test]
fn parts_are_beside_the_manifest_and_six_at_a_time() {
    for line in [
        LINE,
        "euca-upload-bundle -b images/a -m bundle/disk.manifest.xml",
        "ec2-upload-bundle -b images/a -m bundle/disk.manifest.xml -a id -s secret",
    ] {
        let options = options_of(line).unwrap();

        assert_eq!(options.directory, Path::new("bundle"), "{line}");
        assert_eq!(options.jobs.get(), 6);
        assert_eq!(options.acl, Some(CannedAcl::AwsExecRead));
        assert_eq!(options.to.prefix(), "a/");
        assert!(options.resume && !options.dry_run && !options.skip_manifest);
    }
}

#[test]
fn no_acl_is_not_the_private_one() {
    let none = options_of(&format!("{LINE} --acl none")).unwrap();
    let private = options_of(&format!("{LINE} --acl private")).unwrap();

    assert_eq!(none.acl, None);
    assert_eq!(private.acl, Some(CannedAcl::Private));
    assert!(options_of(&format!("{LINE} --acl everybody")).is_err());
}

#[test]
fn a_policy_with_its_signature_needs_no_secret() {
    let line = format!(
        "{LINE} -I KEY --upload-policy {{\"conditions\":[]}} \
         --upload-policy-signature AAAAAAAAAAAAAAAAAAAAAAAAAAA="
    );

    let form = options_of(&line).unwrap().form.unwrap();

    assert_eq!(form.policy, "eyJjb25kaXRpb25zIjpbXX0=");
    assert_eq!(form.signature, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    assert_eq!(form.access_key_id, "KEY");
    assert_eq!(form.acl, "aws-exec-read");
}

#[test]
fn a_signature_without_its_policy_is_no_use() {
    let line = format!("{LINE} --upload-policy-signature c2lnbmVk");

    assert!(options_of(&line).is_err());
}

#[test]
fn a_bucket_that_cannot_be_is_a_usage_error() {
    let run = run("amikit upload-bundle -b no/ -m m", &[]);

    assert_eq!(run.code, 2);
    assert!(run.err.contains("3 to 255 characters"), "{}", run.err);
}
