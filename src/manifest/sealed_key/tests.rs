use std::path::PathBuf;

use super::*;
use crate::manifest::SignedManifest;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

fn image(manifest: &str) -> Image {
    let path = fixture(&format!("manifests/{manifest}.xml"));
    SignedManifest::read(&path).unwrap().manifest.image
}

fn key(name: &str) -> PrivateKey {
    PrivateKey::read(&fixture(&format!("keys/THROWAWAY-{name}.pem")), &|| None).unwrap()
}

fn certificate(name: &str) -> Certificate {
    Certificate::read(&fixture(&format!("keys/THROWAWAY-{name}.crt"))).unwrap()
}

fn session() -> SessionKey {
    SessionKey::from_hex(
        "00112233445566778899aabbccddeeff",
        "0102030405060708090a0b0c0d0e0f10",
    )
    .unwrap()
}

#[test]
fn what_euca2ools_sealed_opens_for_user_and_cloud() {
    let image = image("euca2ools-3.4-minimal");

    assert_eq!(open(&image, &key("euca-user")), Ok(session()));
    assert_eq!(open(&image, &key("euca-cloud")), Ok(session()));
}

#[test]
fn what_ec2_ami_tools_sealed_opens_for_user_and_ec2() {
    for name in [
        "ec2-ami-tools-options",
        "ec2-ami-tools-v3",
        "ec2-ami-tools-two-part",
    ] {
        let image = image(name);

        let for_user = open(&image, &key("ec2-user")).unwrap();

        assert_eq!(open(&image, &key("ec2-cloud")), Ok(for_user), "{name}");
    }
}

#[test]
fn euca2ools_1_0_and_bundles_for_the_cloud_only_open() {
    open(&image("euca2ools-1.0-legacy"), &key("euca-user")).unwrap();
    open(&image("euca2ools-3.4-unsigned"), &key("euca-cloud")).unwrap();
}

#[test]
fn every_way_of_not_opening_has_its_own_error() {
    let mut image = image("euca2ools-3.4-minimal");
    let stranger = key("ec2-user");
    assert_eq!(
        open(&image, &stranger),
        Err(OpenError::WrongKey { what: "key" })
    );

    image.user_sealed = SealedPair::default();
    assert_eq!(open(&image, &stranger), Err(OpenError::OnlyForCloud));

    image.ec2_sealed.iv.clear();
    let missing = "initialisation vector";
    assert_eq!(
        open(&image, &key("euca-cloud")),
        Err(OpenError::Incomplete { missing })
    );

    image.ec2_sealed.key.clear();
    assert_eq!(open(&image, &stranger), Err(OpenError::NoSealedKey));
}

#[test]
fn a_damaged_user_key_falls_back_to_the_clouds() {
    let mut image = image("euca2ools-3.4-minimal");
    image.user_sealed.key[7] ^= 1;

    assert_eq!(open(&image, &key("euca-cloud")), Ok(session()));
    assert_eq!(
        open(&image, &key("euca-user")),
        Err(OpenError::WrongKey { what: "key" })
    );
}

#[test]
fn sealing_is_reproducible_and_differs_by_key_and_recipient() {
    let user = certificate("euca-user");
    let sealed = seal(&session(), &user).unwrap();

    assert_eq!(seal(&session(), &user).unwrap(), sealed);
    assert_ne!(
        seal(&session(), &certificate("euca-cloud")).unwrap(),
        sealed
    );
    assert_ne!(
        seal(&SessionKey::new([1; 16], [2; 16]), &user).unwrap(),
        sealed
    );
    assert_ne!(sealed.key, sealed.iv);
}

#[test]
fn what_is_sealed_here_opens_here() {
    let mut image = image("euca2ools-3.4-unsigned");
    image.user_sealed = seal(&session(), &certificate("euca-user")).unwrap();

    assert_eq!(open(&image, &key("euca-user")), Ok(session()));
}

/// Guards the derivation: a change of it changes the bytes of every bundle. The value was computed
/// apart from this code, with Python and `openssl enc -chacha20`.
#[test]
fn the_padding_is_what_it_always_was() {
    let sealed = seal(&session(), &certificate("euca-user")).unwrap();

    let digest = crate::crypto::digest::Sha1Digest::of(&[sealed.key, sealed.iv].concat());

    assert_eq!(
        digest.to_string(),
        "2fcc18e66e6e3f19607562694a83de4d00656816"
    );
}

#[test]
fn only_hex_is_a_session_text() {
    let full = "00112233445566778899aabbccddeeff";

    assert!(session_text(format!(" {full}\n").as_bytes()).is_some());
    assert_eq!(session_text(b"7").unwrap()[15], 7);
    for wrong in ["", "xyz", "-1", "0x12", &format!("{full}0")] {
        assert!(session_text(wrong.as_bytes()).is_none(), "{wrong}");
    }
    assert!(session_text(&[0xff; 16]).is_none());
}
