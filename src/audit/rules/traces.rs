//! What tells of the image's maker, or makes instances alike that should differ.

use super::{Evidence, Rule};
use crate::audit::report::{FindingKind, Severity};

const DELETE: &str = "delete it";

pub(super) const RULES: &[Rule] = &[
    Rule {
        kind: FindingKind::ProgramHistory,
        severity: Severity::Notice,
        places: &[
            "~/.python_history",
            "~/.node_repl_history",
            "~/.irb_history",
            "~/.lesshst",
            "~/.viminfo",
            "~/.local/state/nvim/shada/*",
            "~/.wget-hsts",
            "~/.ssh/known_hosts",
            "~/.ssh/known_hosts.old",
        ],
        evidence: Evidence::NotEmpty,
        remedy: DELETE,
    },
    Rule {
        kind: FindingKind::MachineIdentity,
        severity: Severity::Notice,
        places: &["/etc/machine-id", "/var/lib/dbus/machine-id"],
        evidence: Evidence::MachineId,
        remedy: "make /etc/machine-id an empty file, and delete dbus' copy: the first start \
                 makes a new one",
    },
    Rule {
        kind: FindingKind::MachineIdentity,
        severity: Severity::Notice,
        places: &[
            "/var/lib/systemd/random-seed",
            "/var/lib/urandom/random-seed",
            "/var/lib/random-seed",
            "/var/lib/systemd/credential.secret",
        ],
        evidence: Evidence::NotEmpty,
        remedy: "delete it: instances must not begin with the same randomness",
    },
    Rule {
        kind: FindingKind::MachineIdentity,
        severity: Severity::Notice,
        places: &["/etc/udev/rules.d/*persistent-net.rules"],
        evidence: Evidence::Setting(&["ATTR{address}", "ATTRS{address}"]),
        remedy: "delete it: the network card of an instance has another address",
    },
    Rule {
        kind: FindingKind::CloudInit,
        severity: Severity::Notice,
        places: &[
            "/var/lib/cloud/instances/*/*",
            "/var/lib/cloud/data/*",
            "/var/lib/cloud/sem/*",
        ],
        evidence: Evidence::Gathered("/var/lib/cloud"),
        remedy: "remove cloud-init's state: cloud-init clean --logs",
    },
    Rule {
        kind: FindingKind::Network,
        severity: Severity::Notice,
        places: &[
            "/var/lib/dhcp/*",
            "/var/lib/dhclient/*",
            "/var/lib/dhcp3/*",
            "/var/lib/dhcpcd/*",
            "/var/lib/NetworkManager/*.lease",
        ],
        evidence: Evidence::NotEmpty,
        remedy: DELETE,
    },
    Rule {
        kind: FindingKind::Log,
        severity: Severity::Notice,
        places: &["/var/log/**/*"],
        evidence: Evidence::Gathered("/var/log"),
        remedy: "empty or delete the logs",
    },
    Rule {
        kind: FindingKind::TemporaryFile,
        severity: Severity::Notice,
        places: &["/tmp/**/*"],
        evidence: Evidence::Gathered("/tmp"),
        remedy: "delete what is in it",
    },
    Rule {
        kind: FindingKind::TemporaryFile,
        severity: Severity::Notice,
        places: &["/var/tmp/**/*"],
        evidence: Evidence::Gathered("/var/tmp"),
        remedy: "delete what is in it",
    },
];
