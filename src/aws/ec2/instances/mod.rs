//! Instances: run, seen, stopped and started, ended; what they print, and their passwords.
//!
//! ```text
//! RunInstances ─► pending ─► running ─┬─► stopping ─► stopped ─► pending   (StartInstances)
//!                    │                └─► shutting-down ─► terminated
//!                    └─ could not be started ──────────────────▲   with a reason
//! ```
//!
//! Everything of an answer but the ids may be missing: services of many years answer.
//!
//! Source: Amazon EC2 API Reference, 2016-11-15; Eucalyptus 2 to 4 by their answers.

mod change;
mod describe;
mod instance;
mod network;
mod output;
mod run;
mod status;
#[cfg(test)]
mod tests;

pub use change::{
    RebootInstances, StartInstances, StateChange, StateChanges, StopInstances, TerminateInstances,
};
pub use describe::DescribeInstances;
pub use instance::{
    AttachedDevice, AttachedVolume, IamInstanceProfile, Instance, InstanceState, MetadataOptions,
    Monitoring, Placement, Reservation, SecurityGroupName,
};
pub use network::{
    InterfaceAddress, InterfaceAssociation, InterfaceAttachment, NetworkInterface,
    NetworkInterfaceSpecification, PrivateIpAddress,
};
pub use output::{ConsoleOutput, GetConsoleOutput, GetPasswordData, PasswordData};
pub use run::{RunInstances, RunInstancesOnce, UserData, UserDataTooLong};
pub use status::{
    DescribeInstanceStatus, InstanceStatus, ScheduledEvent, StatusDetail, StatusSummary,
};
