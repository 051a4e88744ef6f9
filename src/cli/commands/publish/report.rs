//! What `publish` says, in each dialect.

use std::fmt::Write as _;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::bundle;
use super::snapshot::{Stored, Upload};
use super::wishes::Wishes;
use crate::aws::ec2::Image;
use crate::cli::commands::share_image::gate::Audited;
use crate::cli::commands::share_image::permissions::Audience;
use crate::cli::commands::share_image::who;
use crate::cli::dialect::Family;
use crate::cli::ec2::plain;
use crate::cli::failure::Failure;
use crate::cli::session::Session;

/// What an image is made of.
pub(super) enum Content {
    /// A bundle.
    Bundle(Box<bundle::Bundle>),
    /// A snapshot.
    Snapshot(Box<Upload>, Stored),
}

impl Content {
    /// The snapshots of an image that is made of it.
    pub(super) fn snapshots(&self, image: &Image) -> Vec<String> {
        let mut ids: Vec<String> = image.snapshot_ids().map(str::to_owned).collect();
        if let Self::Snapshot(_, stored) = self
            && !stored.snapshot_id.is_empty()
            && !ids.contains(&stored.snapshot_id)
        {
            ids.push(stored.snapshot_id.clone());
        }
        ids
    }
}

/// A machine image that is there.
pub(super) struct Published {
    /// The image, as it was when it was registered.
    pub image: Image,
    /// Whether this run registered it.
    pub is_new: bool,
    /// What it is made of.
    pub content: Content,
    /// What was wished.
    pub wishes: Wishes,
    /// Who may run it.
    pub audience: Audience,
    /// What the audit found; none if there was none.
    pub audited: Option<Audited>,
    /// What took how long.
    pub seconds: Seconds,
}

/// How long each step took.
#[derive(Debug, Default)]
pub(super) struct Seconds(Vec<(&'static str, f64)>);

impl Seconds {
    /// Does a step, and notes how long it took.
    pub(super) fn of<T>(&mut self, step: &'static str, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.0.push((step, began.elapsed().as_secs_f64()));
        done
    }

    fn total(&self) -> f64 {
        self.0.iter().map(|(_, seconds)| seconds).sum()
    }

    fn as_json(&self) -> Value {
        let steps = self
            .0
            .iter()
            .map(|(step, seconds)| ((*step).to_owned(), json!(seconds)));
        let mut steps: Map<String, Value> = steps.collect();
        steps.insert("total".to_owned(), json!(self.total()));
        Value::Object(steps)
    }

    fn in_words(&self) -> String {
        let slow = self.0.iter().filter(|(_, seconds)| *seconds >= 0.1);
        let steps: Vec<String> = slow
            .map(|(step, seconds)| format!("{} {seconds:.1}", step.replace('_', " ")))
            .collect();
        let total = format!("{:.1} s", self.total());
        if steps.len() < 2 {
            return total;
        }
        format!("{total}: {}", steps.join(", "))
    }
}

/// Says what was done.
pub(super) fn end(session: &Session<'_>, published: &Published) -> Result<(), Failure> {
    let id = &published.image.image_id;
    match session.manner.family {
        Family::Euca | Family::Ec2 | Family::Ec2Api => {
            session.line(&format!("IMAGE\t{}", plain(id)))
        }
        Family::Native if session.is_json() => session.json(&as_json(session, published)),
        Family::Native if session.verbosity.quiet => session.line(&plain(id)),
        Family::Native => session.print(&for_people(published)),
    }
}

fn for_people(published: &Published) -> String {
    let image = &published.image;
    let what = if published.is_new {
        "registered"
    } else {
        "there already"
    };
    let mut lines = vec![
        ("image", format!("{} ({what})", image.image_id)),
        ("name", published.wishes.name.clone()),
    ];
    lines.extend(match &published.content {
        Content::Bundle(bundle) => bundle.lines(),
        Content::Snapshot(_, stored) => stored.lines(),
    });
    lines.extend(image.image_state.clone().map(|state| ("state", state)));
    lines.push(("shared", who(&published.audience)));
    let tags = published.wishes.tags.iter();
    let tags: Vec<String> = tags
        .map(|tag| format!("{}={}", tag.key, tag.value))
        .collect();
    if !tags.is_empty() {
        lines.push(("tags", tags.join(", ")));
    }
    if let Some(audited) = &published.audited {
        let words = format!("{} dangers, {} notices", audited.dangers, audited.notices);
        let rest = if audited.complete {
            ""
        } else {
            "; not everything could be looked at"
        };
        lines.push(("audit", words + rest));
    }
    lines.push(("time", published.seconds.in_words()));
    let mut text = String::new();
    for (head, words) in lines {
        let _ = writeln!(text, "{head:<9} {}", plain(&words)); // a String takes everything
    }
    text
}

fn as_json(session: &Session<'_>, published: &Published) -> Value {
    let Published { image, wishes, .. } = published;
    let tags = wishes.tags.iter();
    let tags: Map<String, Value> = tags
        .map(|tag| (tag.key.clone(), json!(tag.value)))
        .collect();
    let mut value = json!({
        "image_id": image.image_id,
        "registered": published.is_new,
        "name": wishes.name,
        "description": wishes.request.description,
        "architecture": wishes.request.architecture,
        "state": image.image_state,
        "root_device_type": kind(&published.content),
        "snapshot_ids": published.content.snapshots(image),
        "public": published.audience.public,
        "shared_with": published.audience.shared_with,
        "tags": tags,
        "audit": published.audited,
        "seconds": published.seconds.as_json(),
        "warnings": *session.warnings.borrow(),
    });
    let content = match &published.content {
        Content::Bundle(bundle) => bundle.as_json(),
        Content::Snapshot(_, stored) => stored.as_json(),
    };
    if let (Value::Object(value), Value::Object(content)) = (&mut value, content) {
        value.extend(content);
    }
    value
}

/// The kind of root device, in the API's words.
fn kind(content: &Content) -> &'static str {
    match content {
        Content::Bundle(_) => "instance-store",
        Content::Snapshot(..) => "ebs",
    }
}
