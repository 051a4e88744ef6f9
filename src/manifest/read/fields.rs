//! Typed access to the elements of a manifest, and its smaller elements.

use std::path::Path;

use super::ManifestError;
use crate::crypto::digest::Sha1Digest;
use crate::manifest::{Bundler, MachineConfiguration, Mapping, Signature};
use crate::xml::Element;

/// Longest RSA ciphertext or signature, in bytes: that of a key of 16384 bits.
const MAX_RSA: usize = 2048;

/// Longest text of a field, in bytes: the hex of the longest ciphertext.
const MAX_TEXT: usize = 2 * MAX_RSA;

/// An element, and where it stands, so that errors can tell.
pub(super) struct Fields<'e, 'a> {
    path: &'e Path,
    place: String,
    element: &'e Element<'a>,
}

impl<'e, 'a> Fields<'e, 'a> {
    /// The root element.
    pub fn root(path: &'e Path, element: &'e Element<'a>) -> Self {
        Self {
            path,
            place: String::new(),
            element,
        }
    }

    /// The file that errors name.
    pub fn path(&self) -> &'e Path {
        self.path
    }

    fn name(&self, child: &str) -> String {
        if self.place.is_empty() {
            child.to_owned()
        } else {
            format!("{}/{child}", self.place)
        }
    }

    fn child(&self, name: &str, element: &'e Element<'a>) -> Self {
        Self {
            path: self.path,
            place: self.name(name),
            element,
        }
    }

    /// The only child of this name, if there is one.
    pub fn optional(&self, name: &str) -> Result<Option<Self>, ManifestError> {
        let mut found = self.element.all(name);
        let first = found.next();
        if found.next().is_some() {
            return Err(self.duplicate(name));
        }
        Ok(first.map(|element| self.child(name, element)))
    }

    /// The only child of this name.
    pub fn required(&self, name: &str) -> Result<Self, ManifestError> {
        self.optional(name)?.ok_or_else(|| self.missing(name))
    }

    /// Every child of this name, numbered from 1 in errors as in `XPath`.
    pub fn every(&self, name: &str) -> impl Iterator<Item = Self> {
        let children = self.element.all(name).enumerate();
        children.map(move |(n, element)| self.child(&format!("{name}[{}]", n + 1), element))
    }

    /// The text of the element itself, exactly as it stands.
    pub fn own_text(&self) -> Result<&'e str, ManifestError> {
        if !self.element.children.is_empty() {
            return Err(self.value("", "<…>", "text"));
        }
        let text = self.element.text.as_str();
        if text.len() > MAX_TEXT {
            return Err(self.value("", text, "a text of at most 4096 bytes"));
        }
        Ok(text)
    }

    /// The text of the element itself, without white space around it.
    fn own_line(&self) -> Result<&'e str, ManifestError> {
        let text = self.own_text()?.trim();
        if text.chars().any(char::is_control) {
            return Err(self.value("", text, "one line of text"));
        }
        Ok(text)
    }

    /// The text of a required child, without white space around it; not empty.
    pub fn text(&self, name: &str) -> Result<&'e str, ManifestError> {
        let text = self.required(name)?.own_line()?;
        if text.is_empty() {
            return Err(self.value(name, text, "a text"));
        }
        Ok(text)
    }

    /// The text of a child; `None` when it is missing or empty.
    pub fn optional_text(&self, name: &str) -> Result<Option<String>, ManifestError> {
        let Some(child) = self.optional(name)? else {
            return Ok(None);
        };
        let text = child.own_line()?;
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    /// The texts of every child of this name that has one.
    fn texts(&self, name: &str) -> Result<Vec<String>, ManifestError> {
        let mut texts = Vec::new();
        for child in self.every(name) {
            let text = child.own_line()?;
            if !text.is_empty() {
                texts.push(text.to_owned());
            }
        }
        Ok(texts)
    }

    /// A number of bytes.
    pub fn size(&self, name: &str) -> Result<u64, ManifestError> {
        let text = self.text(name)?;
        decimal(text).ok_or_else(|| self.value(name, text, "a number of bytes"))
    }

    /// A digest, whose algorithm is SHA-1 if the element says which.
    pub fn digest(&self) -> Result<Sha1Digest, ManifestError> {
        let child = self.required("digest")?;
        child.algorithm("SHA1")?;
        let text = child.own_line()?;
        text.parse()
            .map_err(|_| child.value("", text, "a SHA-1 digest of 40 hex digits"))
    }

    /// Bytes in hex; empty when the child is missing or empty.
    pub fn sealed(&self, name: &str) -> Result<Vec<u8>, ManifestError> {
        let Some(child) = self.optional(name)? else {
            return Ok(Vec::new());
        };
        child.algorithm("AES-128-CBC")?;
        child.hex()
    }

    fn hex(&self) -> Result<Vec<u8>, ManifestError> {
        let text = self.own_line()?;
        match hex::decode(text) {
            Ok(bytes) => Ok(bytes),
            Err(_) => Err(self.value("", text, "an even number of hex digits")),
        }
    }

    fn algorithm(&self, expected: &'static str) -> Result<(), ManifestError> {
        match self.element.attribute("algorithm") {
            Some(found) if !found.eq_ignore_ascii_case(expected) => {
                Err(self.value("@algorithm", found, expected))
            }
            _ => Ok(()),
        }
    }

    /// A required attribute that is a number.
    pub fn number(&self, attribute: &str) -> Result<u64, ManifestError> {
        let name = format!("@{attribute}");
        let Some(text) = self.element.attribute(attribute) else {
            return Err(self.missing(&name));
        };
        decimal(text).ok_or_else(|| self.value(&name, text, "a number"))
    }

    fn missing(&self, name: &str) -> ManifestError {
        ManifestError::Missing {
            path: self.path.to_owned(),
            element: self.name(name),
        }
    }

    fn duplicate(&self, name: &str) -> ManifestError {
        ManifestError::Duplicate {
            path: self.path.to_owned(),
            element: self.name(name),
        }
    }

    /// A wrong value of a child or attribute, or of the element itself when `name` is empty.
    pub fn value(&self, name: &str, found: &str, expected: &'static str) -> ManifestError {
        ManifestError::Value {
            path: self.path.to_owned(),
            element: if name.is_empty() {
                self.place.clone()
            } else {
                self.name(name)
            },
            found: found.chars().take(80).collect(),
            expected,
        }
    }
}

/// A number of decimal digits only: no sign, no white space.
fn decimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Who made the bundle. Nothing depends on it, so that all of it may be missing.
pub(super) fn bundler(root: &Fields<'_, '_>) -> Result<Bundler, ManifestError> {
    let Some(bundler) = root.optional("bundler")? else {
        return Ok(Bundler::default());
    };
    Ok(Bundler {
        name: bundler.optional_text("name")?.unwrap_or_default(),
        version: bundler.optional_text("version")?.unwrap_or_default(),
        release: bundler.optional_text("release")?.unwrap_or_default(),
    })
}

/// What the image runs on.
pub(super) fn machine_configuration(
    root: &Fields<'_, '_>,
) -> Result<Option<MachineConfiguration>, ManifestError> {
    let Some(fields) = root.optional("machine_configuration")? else {
        return Ok(None);
    };
    let architecture = fields.text("architecture")?;
    Ok(Some(MachineConfiguration {
        architecture: architecture.parse().map_err(|_| {
            fields.value(
                "architecture",
                architecture,
                "a name such as x86_64, i386 or arm64",
            )
        })?,
        block_device_mapping: block_device_mapping(&fields)?,
        kernel_id: fields.optional_text("kernel_id")?,
        ramdisk_id: fields.optional_text("ramdisk_id")?,
        product_codes: product_codes(&fields)?,
    }))
}

/// The one of two spellings of an element that is there, and whether it is the second.
fn either<'e, 'a>(
    fields: &Fields<'e, 'a>,
    first: &str,
    second: &str,
) -> Result<Option<(Fields<'e, 'a>, bool)>, ManifestError> {
    match (fields.optional(first)?, fields.optional(second)?) {
        (Some(_), Some(_)) => Err(fields.duplicate(first)),
        (Some(found), None) => Ok(Some((found, false))),
        (None, found) => Ok(found.map(|found| (found, true))),
    }
}

/// The writers' spelling is `block_device_mapping/mapping`; euca2ools' own reader looks for
/// `block_device_mappings/block_device_mapping`.
fn block_device_mapping(fields: &Fields<'_, '_>) -> Result<Vec<Mapping>, ManifestError> {
    let found = either(fields, "block_device_mapping", "block_device_mappings")?;
    let Some((list, plural)) = found else {
        return Ok(Vec::new());
    };
    let item = if plural {
        "block_device_mapping"
    } else {
        "mapping"
    };
    let mut mappings = Vec::new();
    for mapping in list.every(item) {
        mappings.push(Mapping {
            virtual_name: mapping.text("virtual")?.to_owned(),
            device: mapping.text("device")?.to_owned(),
        });
    }
    mappings.sort();
    Ok(mappings)
}

/// ec2-ami-tools writes all codes into one element, with commas.
fn product_codes(fields: &Fields<'_, '_>) -> Result<Vec<String>, ManifestError> {
    let Some((list, plural)) = either(fields, "product_codes", "productcodes")? else {
        return Ok(Vec::new());
    };
    let item = if plural {
        "productcode"
    } else {
        "product_code"
    };
    let texts = list.texts(item)?;
    let codes = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
    Ok(codes
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect())
}

/// The AMIs that an image descends from.
pub(super) fn ancestry(image: &Fields<'_, '_>) -> Result<Vec<String>, ManifestError> {
    match image.optional("ancestry")? {
        Some(list) => list.texts("ancestor_ami_id"),
        None => Ok(Vec::new()),
    }
}

/// The signature; missing, empty and `UNSIGNED` mean the same.
pub(super) fn signature(root: &Fields<'_, '_>) -> Result<Signature, ManifestError> {
    let Some(element) = root.optional("signature")? else {
        return Ok(Signature::Unsigned);
    };
    if matches!(element.own_line()?, "" | "UNSIGNED") {
        return Ok(Signature::Unsigned);
    }
    element.hex().map(Signature::Rsa)
}
