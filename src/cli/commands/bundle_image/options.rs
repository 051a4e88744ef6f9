//! From option values to [`BundleOptions`].

use std::collections::BTreeMap;
use std::path::Path;

use crate::bundle::{BundleOptions, EC2_IMAGE_LIMIT, ImageSource, Level, PART_SIZE, Subject};
use crate::cli::commands::destination::{self, Destination};
use crate::cli::dialect::Family;
use crate::cli::failure::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::{credentials, host};
use crate::manifest::{Architecture, ImageKind, MachineConfiguration, Mapping};
use crate::units::{AccountId, Bytes};

/// Reads and checks everything that can be checked before the work begins. The destination
/// comes a second time, to be taken back if it was made in vain.
pub(in crate::cli::commands) fn read(
    session: &Session<'_>,
    destination: impl FnOnce(&Session<'_>) -> Result<Destination, Failure>,
) -> Result<(BundleOptions, Destination), Failure> {
    let image = session.required_path("image")?;
    let kind = kind(session)?;
    let prefix = prefix(session, &image)?;
    let source = source(session, &image)?;
    let subject = Subject {
        user: account(session)?,
        kind,
        configuration: configuration(session, kind)?,
        kernel_name: (kind == ImageKind::Kernel).then(|| prefix.clone()),
        ancestry: session.values.list("ancestor"),
    };
    let part_size = part_size(session)?;
    let jobs = host::jobs(session)?;
    let session_key = credentials::session_key(session)?;
    let identity = credentials::identity(session)?;
    if session.values.flag("no-size-checks") {
        session.note("--no-size-checks has no effect: sizes are always checked");
    }
    // Last, since it may make a directory.
    let destination = destination(session)?;
    if session.manner.name_must_be_free {
        destination::check_name_is_free(session, &destination.path, &prefix)?;
    }
    let options = BundleOptions {
        source,
        prefix,
        destination: destination.path.clone(),
        part_size,
        part_names: session.manner.part_names,
        level: level(session),
        sparse: !session.values.flag("no-sparse"),
        jobs,
        replace: session.manner.replaces || session.values.flag("force"),
        subject,
        identity,
        session_key,
    };
    Ok((options, destination))
}

fn level(session: &Session<'_>) -> Level {
    if session.values.flag("fast") {
        Level::Fast
    } else if session.values.flag("small") {
        Level::Small
    } else {
        Level::Balanced
    }
}

/// `--kernel true`, `--ramdisk true` and `--image-type` may all name the kind, and must agree.
pub(in crate::cli::commands) fn kind(session: &Session<'_>) -> Result<ImageKind, Failure> {
    let kernel = session.text("kernel")?;
    let ramdisk = session.text("ramdisk")?;
    let named = match session.text("image-type")?.as_deref() {
        None => None,
        Some("machine") => Some(ImageKind::Machine),
        Some("kernel") => Some(ImageKind::Kernel),
        Some("ramdisk") => Some(ImageKind::Ramdisk),
        Some(other) => {
            let why = format!("\"{other}\" is not one of machine, kernel, ramdisk");
            return Err(session.invalid("image-type", other, &why));
        }
    };
    let is_true = |value: &Option<String>| value.as_deref() == Some("true");
    let kind = match (is_true(&kernel), is_true(&ramdisk)) {
        (true, true) => {
            return Err(Failure::usage(
                "--kernel true and --ramdisk true contradict each other",
            ));
        }
        (true, false) => ImageKind::Kernel,
        (false, true) => ImageKind::Ramdisk,
        (false, false) => named.unwrap_or_default(),
    };
    if let Some(named) = named.filter(|named| *named != kind) {
        return Err(Failure::usage(format!(
            "--image-type {named} contradicts --{kind} true"
        )));
    }
    let foreign = match kind {
        ImageKind::Machine => None,
        ImageKind::Kernel => ramdisk
            .map(|_| "--ramdisk")
            .or(kernel.filter(|id| id != "true").map(|_| "--kernel")),
        ImageKind::Ramdisk => kernel
            .map(|_| "--kernel")
            .or(ramdisk.filter(|id| id != "true").map(|_| "--ramdisk")),
    };
    match foreign {
        Some(option) => Err(Failure::usage(format!(
            "a {kind} image has no other kernel or ramdisk, but {option} names one"
        ))),
        None => Ok(kind),
    }
}

fn prefix(session: &Session<'_>, image: &Path) -> Result<String, Failure> {
    if let Some(prefix) = session.text("prefix")? {
        return Ok(prefix);
    }
    if is_stdin(session, image) {
        return Err(Failure::usage("an image on stdin needs a name: --prefix"));
    }
    let name = image.file_name().ok_or_else(|| {
        Failure::usage(format!("image {} has no file name", image.display()))
            .hint("name the bundle with --prefix")
    })?;
    name.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::usage(format!("image name {} is not valid UTF-8", image.display()))
            .hint("name the bundle with --prefix")
    })
}

/// The old Amazon tool knows no stdin; a file may be called `-` there.
fn is_stdin(session: &Session<'_>, image: &Path) -> bool {
    session.manner.family != Family::Ec2 && image == Path::new("-")
}

fn source(session: &Session<'_>, image: &Path) -> Result<ImageSource, Failure> {
    let announced: Option<Bytes> = session.parsed("image-size")?;
    if is_stdin(session, image) {
        let size = announced
            .ok_or_else(|| Failure::usage("an image on stdin needs its size: --image-size"))?;
        check_limit(session, size)?;
        let reader = Box::new(host::stdin()?);
        return Ok(ImageSource::Stream {
            reader,
            size: size.get(),
        });
    }
    if let Some(found) = host::image_size(image) {
        if let Some(size) = announced.filter(|size| size.get() != found) {
            return Err(Failure::usage(format!(
                "image {} has {found} bytes, but --image-size says {}",
                image.display(),
                size.get()
            )));
        }
        check_limit(session, Bytes(found))?;
    }
    if host::is_busy_device(image) {
        session.warn(format!(
            "device {} is mounted or otherwise in use: what changes meanwhile may be torn",
            image.display()
        ));
    }
    Ok(ImageSource::Path(image.to_owned()))
}

fn check_limit(session: &Session<'_>, size: Bytes) -> Result<(), Failure> {
    if size <= EC2_IMAGE_LIMIT {
        return Ok(());
    }
    let message = format!("the image has {size}, EC2 accepts at most {EC2_IMAGE_LIMIT}");
    if session.manner.limit_is_error {
        return Err(Failure::new(Exit::Failed, message));
    }
    session.warn(message);
    Ok(())
}

fn account(session: &Session<'_>) -> Result<AccountId, Failure> {
    let account: AccountId = session
        .parsed("user")?
        .ok_or_else(|| session.missing("user"))?;
    if !account.is_aws_shaped() {
        let why = "expected 12 digits (dashes may stand between them)";
        if session.manner.account_is_aws {
            return Err(session.invalid("user", account.as_str(), &why));
        }
        session.warn(format!(
            "account {account} does not have the usual 12 digits"
        ));
    }
    Ok(account)
}

pub(in crate::cli::commands) fn configuration(
    session: &Session<'_>,
    kind: ImageKind,
) -> Result<MachineConfiguration, Failure> {
    let mut block_device_mapping = mappings(session)?;
    let mut product_codes = session.values.list("productcodes");
    if kind != ImageKind::Machine && !(block_device_mapping.is_empty() && product_codes.is_empty())
    {
        session.warn(format!(
            "a {kind} image has no block device mapping and no product codes: they are left out"
        ));
        block_device_mapping.clear();
        product_codes.clear();
    }
    let marked = |id: Option<String>, of: ImageKind| {
        if kind == of {
            Some("true".to_owned())
        } else {
            id
        }
    };
    Ok(MachineConfiguration {
        architecture: architecture(session)?,
        block_device_mapping,
        kernel_id: marked(session.text("kernel")?, ImageKind::Kernel),
        ramdisk_id: marked(session.text("ramdisk")?, ImageKind::Ramdisk),
        product_codes,
    })
}

/// Virtual names and devices; each name once, the last one given wins.
fn mappings(session: &Session<'_>) -> Result<Vec<Mapping>, Failure> {
    let mut devices = BTreeMap::new();
    for pair in session.values.list("block-device-mappings") {
        let split = pair.split_once('=').filter(|(name, device)| {
            let plain = |text: &str| !text.is_empty() && !text.contains(['=', ' ', '\t']);
            plain(name) && plain(device)
        });
        let Some((name, device)) = split else {
            let why = format!("\"{pair}\" is not a mapping: expected VIRTUAL=DEVICE");
            return Err(session.invalid("block-device-mapping", &pair, &why));
        };
        devices.insert(name.to_owned(), device.to_owned());
    }
    let mapping = |(virtual_name, device)| Mapping {
        virtual_name,
        device,
    };
    Ok(devices.into_iter().map(mapping).collect())
}

fn architecture(session: &Session<'_>) -> Result<Architecture, Failure> {
    let architecture: Architecture = match session.parsed("arch")? {
        Some(architecture) => architecture,
        None if session.manner.detects_arch => {
            let detected = host::architecture();
            let chosen = if session.is_batch() {
                detected
            } else {
                host::ask(session, "Architecture of the image", &detected)?
            };
            chosen
                .parse()
                .map_err(|error| session.invalid("arch", &chosen, &error))?
        }
        None => return Err(session.missing("arch")),
    };
    let expected = match session.manner.family {
        Family::Ec2 => matches!(architecture.as_str(), "i386" | "x86_64"),
        Family::Native | Family::Euca | Family::Ec2Api => architecture.is_known(),
    };
    if !expected {
        session.warn(format!(
            "clouds may not know the architecture {architecture}: theirs are x86_64, arm64, i386"
        ));
        let asks = session.manner.family == Family::Ec2 && !session.is_batch();
        if asks && !host::confirm(session, "Bundle it for this architecture all the same?")? {
            return Err(Failure::declined());
        }
    }
    Ok(architecture)
}

fn part_size(session: &Session<'_>) -> Result<Bytes, Failure> {
    let size = session.parsed("part-size")?.unwrap_or(PART_SIZE);
    if size != PART_SIZE {
        session.warn(format!(
            "clouds may refuse parts of {size}: the usual size is {PART_SIZE}"
        ));
    }
    Ok(size)
}
