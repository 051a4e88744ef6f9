//! Services besides S3: where they are, and how their requests are signed.

use super::*;
use crate::aws::sign::SignatureVersion;

fn place(world: &World, service: ServiceKind, flags: CloudFlags) -> String {
    world.ask_of(service, flags, |cloud| match cloud.place() {
        Ok(place) => format!(
            "{} in {} ({})",
            place.endpoint.url(),
            place.endpoint.region,
            place.origin
        ),
        Err(error) => error.to_string(),
    })
}

#[test]
fn ec2_has_urls_of_its_own() {
    let ec2 = |world: &World, region| place(world, ServiceKind::Ec2, in_region(region));
    let all = [
        ("EC2_URL", "http://one:1/services/Eucalyptus"),
        ("AWS_ENDPOINT_URL_EC2", "http://two:1"),
        ("AWS_ENDPOINT_URL", "http://three:1"),
        ("S3_URL", "http://s3:1"),
    ];
    for (from, want) in [
        (
            0,
            "http://one:1/services/Eucalyptus in us-east-1 (environment: EC2_URL)",
        ),
        (
            1,
            "http://two:1 in us-east-1 (environment: AWS_ENDPOINT_URL_EC2)",
        ),
        (
            2,
            "http://three:1 in us-east-1 (environment: AWS_ENDPOINT_URL)",
        ),
        (3, "it is not known where EC2 is"),
    ] {
        assert_eq!(ec2(&World::new(&all[from..]), None), want);
    }
    let empty = World::new(&[]);
    assert_eq!(
        ec2(&empty, Some("here")),
        "http://10.0.0.1:8773/services/compute in here (euca2ools.ini, [region here] ec2-url)"
    );
    assert_eq!(
        ec2(&empty, Some("cn-north-1")),
        "https://ec2.cn-north-1.amazonaws.com.cn in cn-north-1 (default)"
    );
    let profile = World::new(&[]).file(
        ".aws/config",
        "[default]\nregion = eu-west-3\nservices = mine\n[services mine]\nec2 =\n  \
         endpoint_url = http://only-ec2:1\n",
    );
    assert!(ec2(&profile, None).starts_with("http://only-ec2:1 in eu-west-3 "));
}

#[test]
fn ebs_has_urls_of_its_own() {
    let ebs = |world: &World, region| place(world, ServiceKind::Ebs, in_region(region));
    let world = World::new(&[
        ("AWS_ENDPOINT_URL_EBS", "http://ebs:1"),
        ("EC2_URL", "http://e:1"),
    ]);

    assert_eq!(
        ebs(&world, None),
        "http://ebs:1 in us-east-1 (environment: AWS_ENDPOINT_URL_EBS)"
    );
    assert_eq!(
        ebs(&World::new(&[]), Some("eu-west-1")),
        "https://ebs.eu-west-1.amazonaws.com in eu-west-1 (default)"
    );
}

#[test]
fn the_bootstrap_service_is_nowhere_unless_somebody_names_it() {
    let service = ServiceKind::Bootstrap;
    let named = World::new(&[("EUCA_BOOTSTRAP_URL", "http://b:1/services/Empyrean")]);
    let others = World::new(&[("AWS_ENDPOINT_URL", "http://all:1")]).file(
        ".aws/config",
        "[default]\nregion = eu-west-3\nendpoint_url = http://all:1\n",
    );

    let found = place(&named, service, CloudFlags::default());
    assert_eq!(
        found,
        "http://b:1/services/Empyrean in us-east-1 (environment: EUCA_BOOTSTRAP_URL)"
    );
    let found = place(&World::new(&[]), service, in_region(Some("here")));
    assert!(
        found.starts_with("http://10.0.0.1:8773/services/Empyrean in here "),
        "{found}"
    );
    for world in [&World::new(&[]), &others] {
        for region in [None, Some("us-east-1")] {
            let found = place(world, service, in_region(region));
            assert!(
                found.starts_with("it is not known where the bootstrap"),
                "{found}"
            );
        }
        let flags = CloudFlags::default();
        assert!(!world.ask_of(service, flags, |cloud| cloud.has_own_url().unwrap()));
    }
}

#[test]
fn a_url_of_the_old_tools_counts_for_its_region() {
    let variable = "AMITOOLS_EC2_REGION_ENDPOINT";
    let ec2 = |value, region| {
        let world = World::new(&[(variable, value)]);
        place(&world, ServiceKind::Ec2, in_region(region))
    };
    let want = format!("http://h:1 in mars (environment: {variable})");

    assert_eq!(ec2("mars@http://h:1", None), want);
    assert_eq!(ec2("mars@http://h:1", Some("mars")), want);
    assert!(ec2("mars@http://h:1", Some("us-east-1")).starts_with("https://ec2.us-east-1."));
    for odd in ["http://h:1", "@http://h:1"] {
        assert!(ec2(odd, None).contains("REGION@URL"), "{}", ec2(odd, None));
    }
    let before = World::new(&[(variable, "mars@http://h:1"), ("EC2_URL", "http://e:1")]);
    let found = place(&before, ServiceKind::Ec2, CloudFlags::default());
    assert!(found.starts_with("http://e:1 "), "{found}");
}

#[test]
fn a_url_for_all_services_is_nobodys_own() {
    let own = |variables: &[(&'static str, &str)], region| {
        let world = World::new(variables);
        let flags = in_region(region);
        world.ask_of(ServiceKind::Ec2, flags, |cloud| {
            cloud.has_own_url().unwrap()
        })
    };

    assert!(own(&[("EC2_URL", "http://e:1")], None));
    assert!(own(&[("AWS_ENDPOINT_URL_EC2", "http://e:1")], None));
    assert!(own(&[], Some("here")));
    assert!(!own(&[("AWS_ENDPOINT_URL", "http://e:1")], None));
    assert!(!own(&[], Some("us-east-1")));
    let profile = World::new(&[]).file(".aws/config", "[default]\nendpoint_url = http://all:1\n");
    let flags = CloudFlags::default();
    assert!(!profile.ask_of(ServiceKind::Ec2, flags, |cloud| {
        cloud.has_own_url().unwrap()
    }));
}

#[test]
fn each_service_is_signed_for_as_its_own_setting_says() {
    let signature = |service, region, flag| {
        let flags = CloudFlags {
            signature: flag,
            ..in_region(region)
        };
        World::new(&[]).ask_of(service, flags, |cloud| {
            let found = cloud.signature().unwrap();
            format!("{:?} ({})", found.value, found.origin)
        })
    };
    let (v2, here) = (Some(SignatureVersion::V2), Some("here"));

    let in_file = "V2 (euca2ools.ini, [region here] ec2-force-sigv4)";
    assert_eq!(signature(ServiceKind::Ec2, here, None), in_file);
    assert_eq!(signature(ServiceKind::Ec2, None, None), "V4 (default)");
    assert_eq!(
        signature(ServiceKind::Ec2, None, v2),
        "V2 (option --signature)"
    );
    // Neither knows another.
    assert_eq!(signature(ServiceKind::Ebs, here, v2), "V4 (default)");
    assert_eq!(signature(ServiceKind::Bootstrap, here, v2), "V4 (default)");
}
