//! `DescribeInstanceStatus`: whether instances and the machines under them are well.

use serde::Serialize;

use super::super::{Ec2Request, Fields, Filter, FromFields, Page, Paged, Parameters, Unreadable};
use super::InstanceState;

/// `DescribeInstanceStatus`.
#[derive(Debug, Clone, Default)]
pub struct DescribeInstanceStatus {
    /// Their ids; all if empty.
    pub instance_ids: Vec<String>,
    /// Those that do not run, too.
    pub include_all_instances: bool,
    /// Conditions.
    pub filters: Vec<Filter>,
    /// Where the page begins.
    pub next_token: Option<String>,
}

/// Whether an instance is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstanceStatus {
    /// Its id.
    pub instance_id: String,
    /// Its zone.
    pub availability_zone: Option<String>,
    /// What is planned for it.
    pub events_set: Vec<ScheduledEvent>,
    /// Where it is in its life.
    pub instance_state: Option<InstanceState>,
    /// The machine under it.
    pub system_status: StatusSummary,
    /// Itself.
    pub instance_status: StatusSummary,
}

/// The result of checks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StatusSummary {
    /// `ok`, `impaired`, `initializing`, `insufficient-data`, `not-applicable`.
    pub status: Option<String>,
    /// Each check.
    pub details: Vec<StatusDetail>,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusDetail {
    /// `reachability`.
    pub name: Option<String>,
    /// `passed`, `failed`, `initializing`.
    pub status: Option<String>,
    /// Since when it fails.
    pub impaired_since: Option<String>,
}

/// What is planned for an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScheduledEvent {
    /// `instance-retirement`, `system-maintenance`, …
    pub code: Option<String>,
    /// The same in words.
    pub description: Option<String>,
    /// Earliest beginning.
    pub not_before: Option<String>,
    /// Latest end.
    pub not_after: Option<String>,
}

impl Ec2Request for DescribeInstanceStatus {
    const ACTION: &'static str = "DescribeInstanceStatus";
    const REPEATABLE: bool = true;
    type Response = Page<InstanceStatus>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("InstanceId", &self.instance_ids);
        parameters.set_some(
            "IncludeAllInstances",
            self.include_all_instances.then_some(true),
        );
        parameters.filters(&self.filters);
        parameters.set_some("NextToken", self.next_token.as_ref());
    }
}

impl Paged for DescribeInstanceStatus {
    type Item = InstanceStatus;
    const SET: &'static str = "instanceStatusSet";

    fn set_next_token(&mut self, token: String) {
        self.next_token = Some(token);
    }
}

impl InstanceStatus {
    /// Whether all checks say that it is well.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let ok = |summary: &StatusSummary| summary.status.as_deref() == Some("ok");
        ok(&self.system_status) && ok(&self.instance_status)
    }
}

impl FromFields for Page<InstanceStatus> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Self::read(fields, DescribeInstanceStatus::SET)
    }
}

impl FromFields for InstanceStatus {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            instance_id: fields.required("instanceId")?,
            availability_zone: fields.text("availabilityZone"),
            events_set: fields.list("eventsSet")?,
            instance_state: fields.part("instanceState").map(InstanceState::read),
            system_status: summary(fields.part("systemStatus"))?,
            instance_status: summary(fields.part("instanceStatus"))?,
        })
    }
}

fn summary(fields: Option<Fields<'_>>) -> Result<StatusSummary, Unreadable> {
    let Some(fields) = fields else {
        return Ok(StatusSummary::default());
    };
    Ok(StatusSummary {
        status: fields.text("status"),
        details: fields.list("details")?,
    })
}

impl FromFields for StatusDetail {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            name: fields.text("name"),
            status: fields.text("status"),
            impaired_since: fields.text("impairedSince"),
        })
    }
}

impl FromFields for ScheduledEvent {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            code: fields.text("code"),
            description: fields.text("description"),
            not_before: fields.text("notBefore"),
            not_after: fields.text("notAfter"),
        })
    }
}
