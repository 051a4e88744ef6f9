//! `share-image`: lets others run an image, or no longer, and shows who may.
//!
//! ```text
//! who to add? ─► image file at hand? ─► audit ─► danger: stop
//!                     └─ no: accounts are warned of, --public needs consent
//!      ─► permissions of image and snapshots ─► who may run it now
//! ```

pub(super) mod gate;
pub(super) mod permissions;

use clap::Arg;
use serde_json::json;

use self::gate::Audited;
use self::permissions::{Audience, Sharing, audience, grantees, share};
use crate::aws::ec2::{DescribeImages, Ec2, Image, LaunchPermission};
use crate::cli::ec2::{connect, plain, writing_args};
use crate::cli::failure::{Exit, Failure};
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, list, path};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "share-image",
    about: "Let others run an image, or no longer, and show who may",
    details: "With --audit FILE, the disk image that it was made of is looked at first, and is not \
              shared if something dangerous is inside: see audit-image. Without, adding accounts \
              only warns; --public wants --audit, --skip-audit, or the consent of somebody at a \
              terminal.\n\n\
              Snapshots of the image are shared with the same accounts, so that they can copy it. \
              Without any change, it is shown who may run the image.",
    examples: &[
        "amikit share-image ami-0123456789abcdef0 --account 123456789012 --audit disk.img",
        "amikit share-image ami-0123456789abcdef0 --public --audit disk.img --output json",
        "amikit share-image ami-0123456789abcdef0 --stop all --stop 123456789012",
    ],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        Arg::new("image-id")
            .value_name("IMAGE")
            .help("The image: ami-…, emi-…")
            .required(true),
        list(
            "account",
            "ACCOUNT,…",
            "Account, or ARN of an organisation, that may run it from now on; repeatable",
        )
        .short('a'),
        flag("public", "Everyone may run it from now on"),
        list(
            "stop",
            "ACCOUNT,…",
            "Account that may no longer; all: not everyone any more; repeatable",
        )
        .short('r'),
        path(
            "audit",
            "FILE",
            "Disk image that it was made of, to be looked at first",
        ),
    ];
    args.extend(gate::gate_args());
    args.extend(writing_args());
    args.retain(|arg| arg.get_id() != "dry-run");
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let image_id = session.text("image-id")?.unwrap_or_default();
    let sharing = sharing(session)?;
    let connected = connect(session)?;
    let image = find(&connected.ec2, &image_id)?;
    let audited = audited(session, &connected.watcher, &sharing)?;

    let snapshots: Vec<String> = image.snapshot_ids().map(str::to_owned).collect();
    share(
        session,
        &connected.ec2,
        &image.image_id,
        &snapshots,
        &sharing,
    )?;

    let audience = audience(&connected.ec2, &image.image_id)?;
    report(session, &image, &audience, audited.as_ref())?;
    Ok(Outcome::Done)
}

fn sharing(session: &Session<'_>) -> Result<Sharing, Failure> {
    let mut add = grantees(session, "account", false)?;
    if session.values.flag("public") {
        add.push(LaunchPermission::all());
    }
    let remove = grantees(session, "stop", true)?;
    if let Some(both) = add.iter().find(|one| remove.contains(one)) {
        return Err(Failure::usage(format!(
            "{both} is to get the image and to lose it"
        )));
    }
    Ok(Sharing { add, remove })
}

fn find(ec2: &Ec2, image_id: &str) -> Result<Image, Failure> {
    let found = ec2.all(DescribeImages {
        image_ids: vec![image_id.to_owned()],
        ..DescribeImages::default()
    })?;
    found.into_iter().next().ok_or_else(|| {
        Failure::new(Exit::Service, format!("there is no image {image_id}"))
            .hint("amikit describe-images lists yours; is this its region?")
    })
}

/// Looks at what would be shared, if it is at hand.
fn audited(
    session: &Session<'_>,
    watcher: &Watcher,
    sharing: &Sharing,
) -> Result<Option<Audited>, Failure> {
    let is_public = sharing.add.contains(&LaunchPermission::all());
    if sharing.add.is_empty() || session.values.flag("skip-audit") {
        return Ok(None);
    }
    if let Some(file) = session.path("audit")? {
        return gate::pass(session, watcher, &file, is_public).map(Some);
    }
    session.warn("nobody has looked for secrets in the image: --audit FILE does");
    if !is_public || gate::consents(session, "Let everyone run it all the same?")? {
        return Ok(None);
    }
    let message = "an image that nobody has looked into is not shared with everyone";
    let hint = "pass --audit FILE with the disk image that it was made of, or --skip-audit";
    Err(Failure::usage(message).hint(hint))
}

fn report(
    session: &Session<'_>,
    image: &Image,
    audience: &Audience,
    audited: Option<&Audited>,
) -> Result<(), Failure> {
    if session.is_json() {
        return session.json(&json!({
            "image_id": image.image_id,
            "name": image.name,
            "public": audience.public,
            "shared_with": audience.shared_with,
            "snapshot_ids": image.snapshot_ids().collect::<Vec<_>>(),
            "audit": audited,
            "warnings": *session.warnings.borrow(),
        }));
    }
    let who = who(audience);
    session.print(&format!("{}  {}\n", plain(&image.image_id), plain(&who)))
}

/// Who may run an image, in words.
pub(super) fn who(audience: &Audience) -> String {
    let everyone = audience.public.then(|| "everyone".to_owned());
    let all: Vec<String> = everyone
        .into_iter()
        .chain(audience.shared_with.iter().cloned())
        .collect();
    if all.is_empty() {
        "nobody but its owner may run it".to_owned()
    } else {
        format!("may be run by {}", all.join(", "))
    }
}
