//! A manifest that is accepted survives being written and read again.

#![no_main]

use std::path::Path;

use amikit::manifest::{SignedManifest, Version, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(first) = SignedManifest::parse(bytes, Path::new("fuzz")) else {
        return;
    };
    let written = write::write(&first.manifest, None).expect("nothing is signed");
    let second = SignedManifest::parse(&written, Path::new("written")).expect("own output");
    assert_eq!(second.manifest.image.parts, first.manifest.image.parts);
    if first.manifest.version == Version::V20071010 {
        assert_eq!(second.manifest.image.digest, first.manifest.image.digest);
    }
});
