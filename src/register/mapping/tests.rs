use super::*;

fn ebs(text: &str) -> EbsBlockDevice {
    parse_mapping(text).unwrap().ebs.unwrap()
}

fn refused(text: &str) -> String {
    let error = parse_mapping(text).unwrap_err();
    assert_eq!(error.text, text);
    format!(
        "{} is {}, expected {}",
        error.part, error.found, error.expected
    )
}

#[test]
fn a_device_may_be_nothing_or_an_ephemeral_disk() {
    for word in ["none", "NONE"] {
        let mapping = parse_mapping(&format!("/dev/sdb={word}")).unwrap();

        assert!(mapping.no_device);
        assert_eq!(mapping.device_name, "/dev/sdb");
        assert_eq!((mapping.virtual_name, mapping.ebs), (None, None));
    }
    let mapping = parse_mapping("sdc=ephemeral12").unwrap();
    assert_eq!(mapping.virtual_name.as_deref(), Some("ephemeral12"));
}

#[test]
fn a_volume_has_up_to_seven_parts() {
    let whole = ebs("/dev/sda1=snap-1a:20:False:gp3:4000:250:encrypted=arn:aws:kms:a:b:key/c");
    let want = EbsBlockDevice {
        snapshot_id: Some("snap-1a".to_owned()),
        volume_size: Some(20),
        delete_on_termination: Some(false),
        volume_type: Some("gp3".to_owned()),
        iops: Some(4000),
        throughput: Some(250),
        encrypted: Some(true),
        kms_key_id: Some("arn:aws:kms:a:b:key/c".to_owned()),
    };

    assert_eq!(whole, want);
    assert_eq!(
        ebs("a=snap-3A0E0601").snapshot_id.as_deref(),
        Some("snap-3A0E0601")
    );
    assert_eq!(ebs("a=vol-1:::").snapshot_id.as_deref(), Some("vol-1"));
    assert_eq!(ebs("a=:8").volume_size, Some(8));
    assert_eq!(ebs("a=::true").delete_on_termination, Some(true));
    assert_eq!(ebs("a=:::io1:100").iops, Some(100));
    assert_eq!(ebs("a=:::gp3::125").throughput, Some(125));
    assert_eq!(ebs("a=:8:encrypted").encrypted, Some(true));
    assert_eq!(ebs("a=snap-1:8:true:io1:100:encrypted").iops, Some(100));
}

#[test]
fn errors_name_the_part_and_what_was_expected() {
    for (text, want) in [
        (
            "/dev/sda1",
            "the whole is /dev/sda1, expected DEVICE=MAPPED",
        ),
        ("=none", "the device is , expected a name"),
        (
            "a=",
            "what it is mapped to is , expected none, ephemeralN, or",
        ),
        (
            "a=disk",
            "what it is mapped to is disk, expected none, ephemeralN, or",
        ),
        (
            "a=:",
            "what it is mapped to is :, expected at least one part",
        ),
        (
            "a=::::",
            "what it is mapped to is ::::, expected at least one part",
        ),
        ("a=ephemeral", "the ephemeral disk is , expected a number"),
        (
            "a=ephemeral-1",
            "the ephemeral disk is -1, expected a number",
        ),
        (
            "a=ephemeral100",
            "the ephemeral disk is 100, expected a number",
        ),
        ("a=snap-1:big", "the size is big, expected a number of GiB"),
        ("a=:0", "the size is 0, expected a number of GiB"),
        ("a=:+8", "the size is +8, expected a number of GiB"),
        (
            "a=:4294967296",
            "the size is 4294967296, expected a number of GiB",
        ),
        (
            "a=:8:yes",
            "whether it is deleted with the instance is yes, expected true",
        ),
        ("a=:8:true:io1:fast", "IOPS is fast, expected a number"),
        (
            "a=:8:true:gp3:1:x",
            "the throughput is x, expected a number of MiB",
        ),
        (
            "a=:8:true:gp3:1:1:1",
            "the last part is 1, expected encrypted",
        ),
        (
            "a=:8:true:standard:100",
            "what follows the type is 100, expected nothing",
        ),
        ("a=:8:encrypted=", "the key is , expected the key's id"),
    ] {
        let error = refused(text);
        assert!(error.starts_with(want), "{text}: {error}");
    }
}

#[test]
fn a_device_has_one_mapping() {
    let texts = ["/dev/sdb=none", "/dev/sdb=ephemeral0"].map(str::to_owned);

    let error = parse_mappings(&texts).unwrap_err();

    let want = "block device mapping \"/dev/sdb=ephemeral0\": the device is \"/dev/sdb\", \
                expected a device that no other mapping has";
    assert_eq!(error.to_string(), want);
}

/// Every combination of parts that are there and parts that are not.
#[test]
fn what_is_written_is_read_again() {
    let keys = [
        (None, None),
        (Some(true), None),
        (Some(true), Some("alias/encrypted:x=y")),
    ];
    for bits in 0..64_u32 {
        let has = |bit: u32| bits & (1 << bit) != 0;
        for (encrypted, key) in keys {
            let volume = EbsBlockDevice {
                snapshot_id: has(0).then(|| "snap-1".to_owned()),
                volume_size: has(1).then_some(u32::MAX),
                delete_on_termination: has(2).then_some(has(3)),
                volume_type: has(3).then(|| "gp3".to_owned()),
                iops: has(4).then_some(1),
                throughput: has(5).then_some(1000),
                encrypted,
                kms_key_id: key.map(str::to_owned),
            };
            if volume == EbsBlockDevice::default() {
                continue;
            }
            let mapping = BlockDeviceMapping {
                device_name: "/dev/xvda".to_owned(),
                ebs: Some(volume),
                ..BlockDeviceMapping::default()
            };

            let text = format_mapping(&mapping);

            assert_eq!(parse_mapping(&text), Ok(mapping), "{text}");
        }
    }
    for text in ["/dev/sdb=none", "sdb=ephemeral3"] {
        assert_eq!(format_mapping(&parse_mapping(text).unwrap()), text);
    }
}

/// Texts of the grammar's own characters in every order: none of them is a panic, and what is
/// taken is written in a form that means the same.
#[test]
fn any_text_is_refused_or_means_one_thing() {
    let words = [
        "",
        ":",
        "=",
        "snap-1",
        "vol-2",
        "8",
        "true",
        "gp3",
        "encrypted",
        "encrypted=k",
        "none",
        "ephemeral0",
        "é",
    ];
    let mut taken = 0;
    for a in words {
        for b in words {
            for c in words {
                for d in words {
                    let text = format!("sda={a}{b}:{c}{d}");
                    let Ok(mapping) = parse_mapping(&text) else {
                        continue;
                    };
                    taken += 1;
                    let again = format_mapping(&mapping);
                    assert_eq!(parse_mapping(&again), Ok(mapping), "{text} {again}");
                }
            }
        }
    }
    assert!(taken > 100, "only {taken} of them are mappings");
}
