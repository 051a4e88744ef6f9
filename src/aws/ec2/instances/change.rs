//! Ending, stopping, starting and rebooting instances.

use serde::Serialize;

use super::super::{Done, Ec2Request, Fields, FromFields, Parameters, Unreadable};
use super::InstanceState;

/// `TerminateInstances`.
#[derive(Debug, Clone)]
pub struct TerminateInstances {
    /// Their ids.
    pub instance_ids: Vec<String>,
}

/// `StartInstances`.
#[derive(Debug, Clone)]
pub struct StartInstances {
    /// Their ids.
    pub instance_ids: Vec<String>,
}

/// `StopInstances`.
#[derive(Debug, Clone)]
pub struct StopInstances {
    /// Their ids.
    pub instance_ids: Vec<String>,
    /// Stops at once, as if the power was cut.
    pub force: bool,
    /// Keeps what is in memory for the next start.
    pub hibernate: bool,
}

/// `RebootInstances`.
#[derive(Debug, Clone)]
pub struct RebootInstances {
    /// Their ids.
    pub instance_ids: Vec<String>,
}

/// What became of each instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChanges(
    /// The instances.
    pub Vec<StateChange>,
);

/// What became of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StateChange {
    /// Its id.
    pub instance_id: String,
    /// Its state before.
    pub previous_state: Option<InstanceState>,
    /// Its state now.
    pub current_state: Option<InstanceState>,
}

impl Ec2Request for TerminateInstances {
    const ACTION: &'static str = "TerminateInstances";
    const REPEATABLE: bool = true;
    type Response = StateChanges;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("InstanceId", &self.instance_ids);
    }
}

impl Ec2Request for StartInstances {
    const ACTION: &'static str = "StartInstances";
    const REPEATABLE: bool = true;
    type Response = StateChanges;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("InstanceId", &self.instance_ids);
    }
}

impl Ec2Request for StopInstances {
    const ACTION: &'static str = "StopInstances";
    const REPEATABLE: bool = true;
    type Response = StateChanges;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("InstanceId", &self.instance_ids);
        parameters.set_some("Force", self.force.then_some(true));
        parameters.set_some("Hibernate", self.hibernate.then_some(true));
    }
}

impl Ec2Request for RebootInstances {
    const ACTION: &'static str = "RebootInstances";
    /// Twice would interrupt an instance that is coming up again.
    const REPEATABLE: bool = false;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("InstanceId", &self.instance_ids);
    }
}

impl FromFields for StateChanges {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        fields.list("instancesSet").map(Self)
    }
}

impl FromFields for StateChange {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        // The API called the state of the instances that it ended otherwise before 2009-08-15.
        let now = fields
            .part("currentState")
            .or_else(|| fields.part("shutdownState"));
        Ok(Self {
            instance_id: fields.required("instanceId")?,
            previous_state: fields.part("previousState").map(InstanceState::read),
            current_state: now.map(InstanceState::read),
        })
    }
}
