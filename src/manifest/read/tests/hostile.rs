//! Manifests that are meant to do harm, and damaged ones.

use proptest::prelude::{ProptestConfig, any, proptest};

use super::*;

/// A part of the unsigned fixture that can be replaced, and what it then is.
fn with(from: &str, to: &str) -> Result<SignedManifest, ManifestError> {
    let original = text("euca2ools-3.4-unsigned");
    assert!(original.contains(from), "{from}");
    parse(&original.replacen(from, to, 1))
}

macro_rules! refused {
    ($result:expr, $pattern:pat) => {{
        let error = $result.unwrap_err();
        assert!(
            matches!(error, $pattern),
            "{}: {error:?}",
            stringify!($result)
        );
    }};
}

#[test]
fn document_types_comments_and_depth_are_refused() {
    let laughs = "<!DOCTYPE m [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><manifest>";

    refused!(with("<manifest>", laughs), ManifestError::Xml { .. });
    refused!(
        with("<image>", "<!-- x --><image>"),
        ManifestError::Xml { .. }
    );
    refused!(with("<image>", "<?x y?><image>"), ManifestError::Xml { .. });
    refused!(
        with("<name>golden", "<name><![CDATA[golden]]>"),
        ManifestError::Xml { .. }
    );
    let deep = format!("<image>{}{}", "<x>".repeat(40), "</x>".repeat(40));
    refused!(with("<image>", &deep), ManifestError::Xml { .. });
    refused!(parse("<html/>"), ManifestError::NotAManifest { .. });
}

#[test]
fn counts_and_indices_are_checked() {
    let second = "</part><part index=\"0\"><filename>b</filename>\
                  <digest>da39a3ee5e6b4b0d3255bfef95601890afd80709</digest></part>";

    refused!(
        with("count=\"1\"", "count=\"2000000000\""),
        ManifestError::PartCount {
            announced: 2_000_000_000,
            found: 1,
            ..
        }
    );
    refused!(
        with("count=\"1\"", "count=\"-1\""),
        ManifestError::Value { .. }
    );
    refused!(with(" count=\"1\"", ""), ManifestError::Missing { .. });
    refused!(with(" index=\"0\"", ""), ManifestError::Missing { .. });
    refused!(
        with("index=\"0\"", "index=\"1\""),
        ManifestError::PartIndex { index: 1, .. }
    );
    refused!(
        with("index=\"0\"", "index=\"+0\""),
        ManifestError::Value { .. }
    );
    refused!(
        with("index=\"0\"", "index=\"99999999999999999999\""),
        ManifestError::Value { .. }
    );
    let twice = text("euca2ools-3.4-unsigned")
        .replace("count=\"1\"", "count=\"2\"")
        .replace("</part>", second);
    refused!(
        parse(&twice),
        ManifestError::PartIndex {
            index: 0,
            problem: "twice",
            ..
        }
    );
    let (head, rest) = twice.split_once("<part ").unwrap();
    let (_, tail) = rest.split_once("</parts>").unwrap();
    let none = format!("{head}</parts>{tail}").replace("count=\"2\"", "count=\"0\"");
    refused!(parse(&none), ManifestError::Value { .. });
}

#[test]
fn sizes_digests_and_algorithms_are_checked() {
    for size in ["-1", "", "1e9", "0x10", "18446744073709551616", "+5", "1 2"] {
        refused!(with("8388608", size), ManifestError::Value { .. });
    }
    refused!(
        with("<digest algorithm=\"SHA1\">f9", "<digest>f"),
        ManifestError::Value { .. }
    );
    refused!(with("SHA1", "SHA256"), ManifestError::Value { .. });
    refused!(
        with("AES-128-CBC", "AES-256-CBC"),
        ManifestError::Value { .. }
    );
    refused!(with("UNSIGNED", "xyz"), ManifestError::Value { .. });
    refused!(
        with("UNSIGNED", &"00".repeat(2049)),
        ManifestError::Value { .. }
    );
    refused!(
        with("<type>machine", "<type>car"),
        ManifestError::Value { .. }
    );
    refused!(
        with("<architecture>i386", "<architecture>"),
        ManifestError::Value { .. }
    );
}

#[test]
fn names_that_leave_their_directory_are_refused() {
    let long = "n".repeat(256);
    for name in [
        "",
        ".",
        "..",
        "/etc/passwd",
        "../x",
        "a/b",
        "a&#47;b",
        "a\nb",
        "a&#127;",
        &long,
    ] {
        refused!(
            with("<filename>golden.part.00<", &format!("<filename>{name}<")),
            ManifestError::Value { .. }
        );
        refused!(
            with("<name>golden<", &format!("<name>{name}<")),
            ManifestError::Value { .. }
        );
    }
    refused!(
        with("<name>golden<", "<name>a&#0;b<"),
        ManifestError::Xml { .. }
    );
    assert_eq!(
        with("<name>golden<", "<name> ..a b<")
            .unwrap()
            .manifest
            .image
            .name,
        " ..a b"
    );
}

#[test]
fn versions_are_gated() {
    for (version, want) in [
        ("2007-10-11", "which is too new"),
        ("20261121", "which is too new"),
        ("2", "which is too old"),
        ("4", "which is not known"),
        ("2007", "which is not known"),
        ("three", "which is not known"),
    ] {
        let error = with("2007-10-10", version).unwrap_err();
        assert!(
            matches!(&error, ManifestError::Version { problem, .. } if *problem == want),
            "{version}: {error:?}"
        );
    }
}

#[test]
fn elements_that_count_stand_once() {
    let original = text("euca2ools-3.4-unsigned");
    for name in [
        "image",
        "machine_configuration",
        "version",
        "bundler",
        "signature",
    ] {
        let end = format!("</{name}>");
        let start = original.find(&format!("<{name}>")).unwrap();
        let stop = original.find(&end).unwrap() + end.len();
        refused!(
            with(&end, &format!("{end}{}", &original[start..stop])),
            ManifestError::Duplicate { .. }
        );
    }
    for element in [
        "<size>1</size>",
        "<digest/>",
        "<parts/>",
        "<user>1</user>",
        "<x:size/>",
    ] {
        refused!(
            with("</image>", &format!("{element}</image>")),
            ManifestError::Duplicate { .. }
        );
    }
    let codes = "<product_codes/><productcodes/></machine_configuration>";
    refused!(
        with("</machine_configuration>", codes),
        ManifestError::Duplicate { .. }
    );
}

#[test]
fn decoys_that_other_verifiers_would_find_are_refused() {
    let cases = [
        ("<bundler>", "<bundler><image></image>"),
        ("<bundler>", "<image2><image></image></image2><bundler>"),
        (
            "<bundler>",
            "<bundler><machine_configuration></machine_configuration>",
        ),
        ("<image>", "<image ><x></x>"),
        ("<image>", "<image a=\"1\">"),
        ("</image>", "</image >"),
        ("<image>", "<image><x><image></image></x>"),
        ("<machine_configuration>", "<machine_configuration a=\"\">"),
        ("2007-10-10", "3"),
    ];
    for (from, to) in cases {
        refused!(with(from, to), ManifestError::Ambiguous { .. });
    }
    let prefixed = text("euca2ools-3.4-unsigned")
        .replace("<image>", "<x:image>")
        .replace("</image>", "</x:image>");
    refused!(parse(&prefixed), ManifestError::Ambiguous { .. });
}

#[test]
fn files_that_are_too_large_or_no_files_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let large = dir.path().join("large.xml");
    File::create(&large)
        .unwrap()
        .set_len(SignedManifest::MAX_BYTES + 1)
        .unwrap();

    refused!(SignedManifest::read(&large), ManifestError::TooLarge { .. });
    refused!(
        SignedManifest::read(dir.path()),
        ManifestError::NotAFile {
            found: "a directory",
            ..
        }
    );
    refused!(
        SignedManifest::read(Path::new("/dev/zero")),
        ManifestError::NotAFile {
            found: "a device",
            ..
        }
    );
    refused!(
        SignedManifest::read(&dir.path().join("none")),
        ManifestError::Read { .. }
    );
}

#[test]
fn a_manifest_cut_at_any_byte_is_refused() {
    let original = text("ec2-ami-tools-options");

    for end in 0..original.len() {
        assert!(parse(&original[..end]).is_err(), "cut at {end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_mutation_makes_the_reader_panic(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = text("ec2-ami-tools-options").into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let cut = cut.index(bytes.len());
        let _ = SignedManifest::parse(&bytes, Path::new("mutated"));
        bytes.remove(cut);
        let _ = SignedManifest::parse(&bytes, Path::new("mutated"));
    }
}
