//! The new manifest of a bundle that goes to another cloud.

use super::{Ids, MigrateError, Parties};
use crate::manifest::signature::SignatureCheck;
use crate::manifest::{
    Architecture, ImageKind, MachineConfiguration, Manifest, SignedManifest, sealed_key, write,
};

/// A manifest as it is at the target.
#[derive(Debug, Clone)]
pub struct MigratedManifest {
    /// The bytes of the file.
    pub bytes: Vec<u8>,
    /// What it says.
    pub manifest: Manifest,
    /// Kernel and ramdisk that it named before and does not name any more.
    pub removed: Vec<String>,
}

/// Makes the manifest for the target: of version 2007-10-10, with the session key sealed for
/// the target's cloud and for the user, signed by the user. The bundler's name is kept.
///
/// # Errors
/// When the signature is not the user's, the session key does not open, an id is left undecided,
/// or a key cannot seal or sign.
pub fn migrate_manifest(
    signed: &SignedManifest,
    parties: &Parties,
    ids: &Ids,
) -> Result<MigratedManifest, MigrateError> {
    if !parties.certificate.matches(&parties.key) {
        return Err(MigrateError::KeyMismatch {
            certificate: parties.certificate.path().to_owned(),
        });
    }
    let path = || signed.path().to_owned();
    match signed.verify(&parties.certificate) {
        SignatureCheck::Valid => {}
        SignatureCheck::Invalid => return Err(MigrateError::Signature { manifest: path() }),
        SignatureCheck::Unsigned => return Err(MigrateError::Unsigned { manifest: path() }),
    }
    let mut manifest = signed.manifest.clone();
    let removed = change_ids(&mut manifest, ids)?;
    let session_key = sealed_key::open(&manifest.image, &parties.key)?;
    manifest.image.ec2_sealed = sealed_key::seal(&session_key, &parties.target)?;
    manifest.image.user_sealed = sealed_key::seal(&session_key, &parties.certificate)?;
    let bytes = write::write(&manifest, Some(&parties.key))?;
    // What no reader would accept must not be published.
    let manifest = SignedManifest::parse(&bytes, signed.path())?.manifest;
    Ok(MigratedManifest {
        bytes,
        manifest,
        removed,
    })
}

/// Kernel and ramdisk as the target has them; returns those that are named no more.
fn change_ids(manifest: &mut Manifest, ids: &Ids) -> Result<Vec<String>, MigrateError> {
    let kind = manifest.image.kind;
    if kind != ImageKind::Machine {
        // What is named there is the image itself, as `true`.
        return match (&ids.kernel, &ids.ramdisk) {
            (None, None) => Ok(Vec::new()),
            _ => Err(MigrateError::NotAMachine { kind }),
        };
    }
    let mut found = match manifest.machine_configuration.take() {
        Some(found) => found,
        None if ids.kernel.is_none() && ids.ramdisk.is_none() => return Ok(Vec::new()),
        None => configuration_of_version_3(),
    };
    let (mut removed, mut undecided) = (Vec::new(), Vec::new());
    let mut change = |place: &mut Option<String>, new: Option<&String>| match (new, place.take()) {
        (Some(new), _) => *place = Some(new.clone()),
        (None, Some(old)) => match ids.others {
            OtherIds::Keep => *place = Some(old),
            OtherIds::Remove => removed.push(old),
            OtherIds::Refuse => undecided.push(old),
        },
        (None, None) => {}
    };
    change(&mut found.kernel_id, ids.kernel.as_ref());
    change(&mut found.ramdisk_id, ids.ramdisk.as_ref());
    manifest.machine_configuration = Some(found);
    if undecided.is_empty() {
        Ok(removed)
    } else {
        Err(MigrateError::UndecidedIds { ids: undecided })
    }
}

/// What becomes of a kernel or ramdisk for which no other is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OtherIds {
    /// The migration fails: ids of one cloud are none of another's.
    #[default]
    Refuse,
    /// It stays: the target is the same cloud.
    Keep,
    /// It is named no more; the target's default is used.
    Remove,
}

/// Version 3 has no machine configuration. Its images ran on i386, the only kind there was.
fn configuration_of_version_3() -> MachineConfiguration {
    let architecture: Architecture = "i386".parse().expect("it is an architecture");
    MachineConfiguration {
        architecture,
        block_device_mapping: Vec::new(),
        kernel_id: None,
        ramdisk_id: None,
        product_codes: Vec::new(),
    }
}
