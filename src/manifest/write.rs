//! Writes a manifest of version 2007-10-10.
//!
//! One line, single quotes, the order of ec2-ami-tools, no line end: the one layout whose
//! signature every known verifier accepts, those that re-serialise included.
//!
//! Source: docs/formats/manifest.md, section 2.

use super::{
    Image, ImageKind, MachineConfiguration, Manifest, SealedPair, Signature, Version, signature,
};
use crate::crypto::rsa::{KeyError, PrivateKey};
use crate::xml::Writer;

/// Text of the signature element without a signer, as euca2ools writes it.
const UNSIGNED: &str = "UNSIGNED";

/// What a manifest without machine configuration (version 3) ran on.
const ARCHITECTURE_OF_V3: &str = "i386";

/// The whole file, signed if there is a signer.
///
/// The layout is always the newest; a manifest read as an older version comes out as
/// ec2-migrate-manifest would have it (architecture `i386` where there was none). The
/// signature in `manifest` is not looked at: it covered other bytes.
///
/// # Errors
/// When the key cannot sign.
pub fn write(manifest: &Manifest, signer: Option<&PrivateKey>) -> Result<Vec<u8>, KeyError> {
    let mut content = Writer::fragment();
    machine_configuration(&mut content, manifest.machine_configuration.as_ref());
    image(&mut content, &manifest.image);
    let signature = match signer {
        Some(key) => signature::sign(content.as_bytes(), key)?,
        None => Signature::Unsigned,
    };

    let mut writer = Writer::new();
    writer.element("manifest", &[], |writer| {
        writer.leaf("version", Version::V20071010.as_str());
        writer.element("bundler", &[], |writer| {
            writer.leaf("name", &manifest.bundler.name);
            writer.leaf("version", &manifest.bundler.version);
            writer.leaf("release", &manifest.bundler.release);
        });
        writer.append(&content);
        match &signature {
            Signature::Rsa(bytes) => writer.leaf("signature", &hex::encode(bytes)),
            Signature::Unsigned => writer.leaf("signature", UNSIGNED),
        }
    });
    Ok(writer.finish())
}

fn machine_configuration(writer: &mut Writer, configuration: Option<&MachineConfiguration>) {
    writer.element("machine_configuration", &[], |writer| {
        let Some(configuration) = configuration else {
            return writer.leaf("architecture", ARCHITECTURE_OF_V3);
        };
        writer.leaf("architecture", configuration.architecture.as_str());
        block_device_mapping(writer, configuration);
        optional(writer, "kernel_id", configuration.kernel_id.as_deref());
        optional(writer, "ramdisk_id", configuration.ramdisk_id.as_deref());
        list(
            writer,
            "product_codes",
            "product_code",
            &configuration.product_codes,
        );
    });
}

/// Sorted by virtual name, whatever order they come in.
fn block_device_mapping(writer: &mut Writer, configuration: &MachineConfiguration) {
    if configuration.block_device_mapping.is_empty() {
        return;
    }
    let mut mappings: Vec<_> = configuration.block_device_mapping.iter().collect();
    mappings.sort();
    writer.element("block_device_mapping", &[], |writer| {
        for mapping in mappings {
            writer.element("mapping", &[], |writer| {
                writer.leaf("virtual", &mapping.virtual_name);
                writer.leaf("device", &mapping.device);
            });
        }
    });
}

fn image(writer: &mut Writer, image: &Image) {
    writer.element("image", &[], |writer| {
        writer.leaf("name", &image.name);
        writer.leaf("user", &image.user);
        writer.leaf("type", image.kind.as_str());
        if image.kind == ImageKind::Kernel {
            optional(writer, "kernel_name", image.kernel_name.as_deref());
        }
        list(writer, "ancestry", "ancestor_ami_id", &image.ancestry);
        writer.element("digest", &[("algorithm", "SHA1")], |writer| {
            writer.text(&image.digest.to_string());
        });
        writer.leaf("size", &image.size.to_string());
        writer.leaf("bundled_size", &image.bundled_size.to_string());
        sealed(writer, &image.ec2_sealed, &image.user_sealed);
        parts(writer, image);
    });
}

/// Both keys, then both initialisation vectors; empty elements where nothing is sealed, since
/// Eucalyptus refuses a manifest without them.
fn sealed(writer: &mut Writer, ec2: &SealedPair, user: &SealedPair) {
    let algorithm = [("algorithm", "AES-128-CBC")];
    for (name, pair) in [("ec2_encrypted_key", ec2), ("user_encrypted_key", user)] {
        writer.element(name, &algorithm, |writer| {
            writer.text(&hex::encode(&pair.key));
        });
    }
    for (name, pair) in [("ec2_encrypted_iv", ec2), ("user_encrypted_iv", user)] {
        writer.leaf(name, &hex::encode(&pair.iv));
    }
}

fn parts(writer: &mut Writer, image: &Image) {
    let count = image.parts.len().to_string();
    writer.element("parts", &[("count", &count)], |writer| {
        for (index, part) in image.parts.iter().enumerate() {
            writer.element("part", &[("index", &index.to_string())], |writer| {
                writer.leaf("filename", &part.filename);
                writer.element("digest", &[("algorithm", "SHA1")], |writer| {
                    writer.text(&part.digest.to_string());
                });
            });
        }
    });
}

fn optional(writer: &mut Writer, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        writer.leaf(name, text);
    }
}

fn list(writer: &mut Writer, name: &str, item: &str, texts: &[String]) {
    if texts.is_empty() {
        return;
    }
    writer.element(name, &[], |writer| {
        for text in texts {
            writer.leaf(item, text);
        }
    });
}
