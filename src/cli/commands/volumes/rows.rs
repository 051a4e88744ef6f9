//! Volumes and attachments as rows.

use serde::Serialize;

use crate::aws::ec2::{Attachment, Volume};
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row, encryption, tag_lines, time};

/// A volume that was just made: the old tools leave out what only the list has.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Created(pub Volume);

/// A volume that is gone.
#[derive(Debug, Serialize)]
pub(super) struct Deleted {
    pub volume_id: String,
    pub deleted: bool,
}

impl Row for Volume {
    const HEADS: &'static [&'static str] = &[
        "volume", "gib", "status", "zone", "type", "snapshot", "instance", "device", "name",
    ];

    fn cells(&self) -> Vec<Option<String>> {
        let of_each = |field: fn(&Attachment) -> &Option<String>| {
            let fields = self
                .attachments
                .iter()
                .filter_map(|each| field(each).as_deref());
            Some(fields.collect::<Vec<_>>().join(","))
        };
        let name = self.tags.iter().find(|tag| tag.key == "Name");
        vec![
            Some(self.volume_id.clone()),
            self.size.map(|size| size.to_string()),
            self.status.clone(),
            self.availability_zone.clone(),
            self.volume_type.clone(),
            self.snapshot_id.clone(),
            of_each(|attachment| &attachment.instance_id),
            of_each(|attachment| &attachment.device),
            name.map(|tag| tag.value.clone()),
        ]
    }

    fn lines(&self, family: Family) -> Vec<Line> {
        let size = self.size.map(|size| size.to_string());
        let iops = self.iops.map(|iops| iops.to_string());
        let made = time(self.create_time.as_deref(), family);
        let mut fields = vec![
            Some(&*self.volume_id),
            size.as_deref(),
            self.snapshot_id.as_deref(),
            self.availability_zone.as_deref(),
            self.status.as_deref(),
            made.as_deref(),
            // Services that know no types have magnetic disks.
            self.volume_type.as_deref().or(Some("standard")),
            iops.as_deref(),
        ];
        if family == Family::Ec2Api {
            fields.push(encryption(self.encrypted));
        }
        let mut lines = vec![Line::new("VOLUME", &fields)];
        lines.extend(self.attachments.iter().flat_map(|each| each.lines(family)));
        lines.extend(tag_lines(&self.volume_id, &self.tags));
        lines
    }
}

impl Row for Created {
    const HEADS: &'static [&'static str] = Volume::HEADS;

    fn cells(&self) -> Vec<Option<String>> {
        self.0.cells()
    }

    fn lines(&self, family: Family) -> Vec<Line> {
        let size = self.0.size.map(|size| size.to_string());
        let made = time(self.0.create_time.as_deref(), family);
        vec![Line::new(
            "VOLUME",
            &[
                Some(&self.0.volume_id),
                size.as_deref(),
                self.0.snapshot_id.as_deref(),
                self.0.availability_zone.as_deref(),
                self.0.status.as_deref(),
                made.as_deref(),
            ],
        )]
    }
}

impl Row for Attachment {
    const HEADS: &'static [&'static str] =
        &["volume", "instance", "device", "status", "attach_time"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![
            self.volume_id.clone(),
            self.instance_id.clone(),
            self.device.clone(),
            self.status.clone(),
            self.attach_time.clone(),
        ]
    }

    fn lines(&self, family: Family) -> Vec<Line> {
        let since = time(self.attach_time.as_deref(), family);
        vec![Line::new(
            "ATTACHMENT",
            &[
                self.volume_id.as_deref(),
                self.instance_id.as_deref(),
                self.device.as_deref(),
                self.status.as_deref(),
                since.as_deref(),
            ],
        )]
    }
}

impl Row for Deleted {
    const HEADS: &'static [&'static str] = &["deleted"];

    fn cells(&self) -> Vec<Option<String>> {
        vec![Some(self.volume_id.clone())]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        vec![Line::new("VOLUME", &[Some(&self.volume_id)])]
    }
}
