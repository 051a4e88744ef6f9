//! Bundle tasks: the cloud bundles an instance.

mod bundle_instance;
mod cancel_bundle_task;
mod describe_bundle_tasks;
mod policy;

use crate::aws::ec2::BundleTask;
use crate::cli::dialect::Family;
use crate::cli::ec2::{Line, Row};
use crate::cli::spec::CommandSpec;

/// The commands.
pub(super) const COMMANDS: &[&CommandSpec] = &[
    &bundle_instance::SPEC,
    &describe_bundle_tasks::SPEC,
    &cancel_bundle_task::SPEC,
];

impl Row for BundleTask {
    const HEADS: &'static [&'static str] = &[
        "task", "instance", "state", "progress", "manifest", "started", "updated", "error",
    ];

    fn cells(&self) -> Vec<Option<String>> {
        let error = self.error.as_ref();
        vec![
            Some(self.bundle_id.clone()),
            self.instance_id.clone(),
            self.state.clone(),
            self.progress.clone(),
            self.manifest(),
            self.start_time.clone(),
            self.update_time.clone(),
            error.and_then(|error| error.message.clone().or(error.code.clone())),
        ]
    }

    fn lines(&self, _family: Family) -> Vec<Line> {
        let manifest = self.manifest();
        let fields = [
            Some(self.bundle_id.as_str()),
            self.instance_id.as_deref(),
            self.bucket.as_deref(),
            self.prefix.as_deref(),
            self.start_time.as_deref(),
            self.update_time.as_deref(),
            self.state.as_deref(),
            self.progress.as_deref(),
            manifest.as_deref(),
        ];
        vec![Line::new("BUNDLE", &fields)]
    }
}
