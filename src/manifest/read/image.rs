//! The image element and its parts.

use super::fields::{Fields, ancestry};
use super::{MAX_PARTS, ManifestError};
use crate::manifest::{Image, ImageKind, Part, SealedPair};

/// Longest file name that Linux has, in bytes.
const MAX_NAME: usize = 255;

/// The image element.
pub(super) fn read(root: &Fields<'_, '_>) -> Result<Image, ManifestError> {
    let image = root.required("image")?;
    let kernel_name = match image.optional("kernel_name")? {
        Some(element) if !element.own_text()?.is_empty() => Some(file_name(&element)?),
        _ => None,
    };
    Ok(Image {
        name: file_name(&image.required("name")?)?,
        user: image.text("user")?.to_owned(),
        kind: kind(&image)?,
        kernel_name,
        ancestry: ancestry(&image)?,
        digest: image.digest()?,
        size: image.size("size")?,
        bundled_size: image.size("bundled_size")?,
        ec2_sealed: SealedPair {
            key: image.sealed("ec2_encrypted_key")?,
            iv: image.sealed("ec2_encrypted_iv")?,
        },
        user_sealed: SealedPair {
            key: image.sealed("user_encrypted_key")?,
            iv: image.sealed("user_encrypted_iv")?,
        },
        parts: parts(&image.required("parts")?)?,
    })
}

fn kind(image: &Fields<'_, '_>) -> Result<ImageKind, ManifestError> {
    match image.optional_text("type")?.as_deref() {
        None | Some("machine") => Ok(ImageKind::Machine),
        Some("kernel") => Ok(ImageKind::Kernel),
        Some("ramdisk") => Ok(ImageKind::Ramdisk),
        Some(other) => Err(image.value("type", other, "machine, kernel or ramdisk")),
    }
}

/// The parts in the order of their indices. The announced count allocates nothing.
fn parts(list: &Fields<'_, '_>) -> Result<Vec<Part>, ManifestError> {
    let announced = list.number("count")?;
    let found = list.every("part").count();
    if announced != found as u64 {
        return Err(ManifestError::PartCount {
            path: list.path().to_owned(),
            announced,
            found,
        });
    }
    if !(1..=MAX_PARTS).contains(&found) {
        return Err(list.value("@count", &found.to_string(), "1 to 100000 parts"));
    }
    let mut slots: Vec<Option<Part>> = Vec::new();
    slots.resize_with(found, || None);
    for part in list.every("part") {
        let index = part.number("index")?;
        let wrong = |problem| ManifestError::PartIndex {
            path: list.path().to_owned(),
            index,
            problem,
            last: found - 1,
        };
        let slot = usize::try_from(index)
            .ok()
            .and_then(|index| slots.get_mut(index))
            .ok_or_else(|| wrong("beyond the last"))?;
        if slot.is_some() {
            return Err(wrong("twice"));
        }
        *slot = Some(Part {
            filename: file_name(&part.required("filename")?)?,
            digest: part.digest()?,
        });
    }
    // As many parts as slots and none twice: every slot is taken.
    Ok(slots.into_iter().flatten().collect())
}

/// A name that stays in its directory, exactly as it stands.
fn file_name(element: &Fields<'_, '_>) -> Result<String, ManifestError> {
    let name = element.own_text()?;
    let plain = !matches!(name, "" | "." | "..")
        && name.len() <= MAX_NAME
        && !name.chars().any(|c| c == '/' || c.is_control());
    if plain {
        Ok(name.to_owned())
    } else {
        Err(element.value("", name, "a plain file name of at most 255 bytes"))
    }
}
