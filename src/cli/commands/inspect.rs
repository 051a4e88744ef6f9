//! `inspect`: shows at a glance what a manifest or an image is.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use clap::Arg;
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, path};
use crate::disk;
use crate::manifest::{Image, Manifest, Signature, SignedManifest};
use crate::units::Bytes;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "inspect",
    about: "Show what a manifest or a disk image is",
    details: "A file that begins as XML is read as a manifest, anything else as an image. \
              Nothing is checked: see amikit verify.",
    examples: &[
        "amikit inspect disk.img.manifest.xml",
        "amikit inspect disk.img --output json",
    ],
    args,
    sources: &[],
    rows: false,
    run,
};

/// Bytes that tell whether a file is XML: a byte order mark, white space, `<`.
const SNIFFED_BYTES: u64 = 512;

fn args() -> Vec<Arg> {
    vec![
        path("file", "FILE", "Manifest or disk image")
            .long(None::<&str>)
            .required(true),
    ]
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let path = session.required_path("file")?;
    let is_xml = looks_like_xml(&path)
        .map_err(|error| Failure::io(format!("cannot read {}", path.display()), &error))?;
    if is_xml {
        let manifest = SignedManifest::read(&path)?.manifest;
        if session.is_json() {
            session.json(&as_json(&manifest))?;
        } else {
            session.print(&for_people(&manifest))?;
        }
    } else {
        let report = disk::inspect(&path)?;
        if session.is_json() {
            let value = serde_json::to_value(&report)
                .map_err(|error| Failure::io("cannot write the report", &error.into()))?;
            session.json(&value)?;
        } else {
            session.line(disk::describe(&report).trim_end())?;
        }
    }
    Ok(Outcome::Done)
}

fn looks_like_xml(path: &Path) -> io::Result<bool> {
    // A fifo or terminal must not be waited for; the readers say what is wrong with it.
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        return Ok(false);
    }
    let mut start = Vec::new();
    File::open(path)?
        .take(SNIFFED_BYTES)
        .read_to_end(&mut start)?;
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    Ok(text.trim_ascii_start().starts_with(b"<"))
}

fn for_people(manifest: &Manifest) -> String {
    let image = &manifest.image;
    let mut text = String::new();
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name:<14}{value}");
        }
    };
    row("name", &image.name);
    row("kind", image.kind.as_str());
    if let Some(machine) = &manifest.machine_configuration {
        row("architecture", machine.architecture.as_str());
        row("kernel", machine.kernel_id.as_deref().unwrap_or_default());
        row("ramdisk", machine.ramdisk_id.as_deref().unwrap_or_default());
        for mapping in &machine.block_device_mapping {
            row(
                "mapping",
                &format!("{} = {}", mapping.virtual_name, mapping.device),
            );
        }
        row("product codes", &machine.product_codes.join(", "));
    }
    row("user", &image.user);
    row("ancestry", &image.ancestry.join(", "));
    row(
        "size",
        &format!("{} ({} bytes)", Bytes(image.size), image.size),
    );
    row(
        "bundled",
        &format!(
            "{} ({} bytes)",
            Bytes(image.bundled_size),
            image.bundled_size
        ),
    );
    row("parts", &image.parts.len().to_string());
    row("digest", &image.digest.to_string());
    row("sealed for", &sealed_for(image).join(", "));
    let signed = match manifest.signature {
        Signature::Rsa(_) => "yes (not checked)",
        Signature::Unsigned => "no",
    };
    row("signed", signed);
    let bundler = &manifest.bundler;
    row(
        "bundler",
        format!("{} {} {}", bundler.name, bundler.version, bundler.release).trim(),
    );
    row("version", manifest.version.as_str());
    // Manifests come from strangers: their text must not move the cursor.
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

fn sealed_for(image: &Image) -> Vec<&'static str> {
    let mut readers = Vec::new();
    if !image.user_sealed.is_empty() {
        readers.push("the user");
    }
    if !image.ec2_sealed.is_empty() {
        readers.push("the cloud");
    }
    if readers.is_empty() {
        readers.push("nobody");
    }
    readers
}

fn as_json(manifest: &Manifest) -> Value {
    let image = &manifest.image;
    let machine = manifest.machine_configuration.as_ref().map(|machine| {
        let mappings: Vec<Value> = machine
            .block_device_mapping
            .iter()
            .map(|mapping| json!({"virtual": mapping.virtual_name, "device": mapping.device}))
            .collect();
        json!({
            "architecture": machine.architecture.as_str(),
            "kernel_id": machine.kernel_id,
            "ramdisk_id": machine.ramdisk_id,
            "block_device_mapping": mappings,
            "product_codes": machine.product_codes,
        })
    });
    let parts: Vec<Value> = image
        .parts
        .iter()
        .map(|part| json!({"filename": part.filename, "sha1": part.digest.to_string()}))
        .collect();
    json!({
        "type": "manifest",
        "version": manifest.version.as_str(),
        "bundler": {
            "name": manifest.bundler.name,
            "version": manifest.bundler.version,
            "release": manifest.bundler.release,
        },
        "machine_configuration": machine,
        "name": image.name,
        "user": image.user,
        "kind": image.kind.as_str(),
        "kernel_name": image.kernel_name,
        "ancestry": image.ancestry,
        "digest": image.digest.to_string(),
        "size": image.size,
        "bundled_size": image.bundled_size,
        "sealed_for_user": !image.user_sealed.is_empty(),
        "sealed_for_cloud": !image.ec2_sealed.is_empty(),
        "parts": parts,
        "signed": matches!(manifest.signature, Signature::Rsa(_)),
    })
}
