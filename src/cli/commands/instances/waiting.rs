//! Waiting until instances run, are stopped, or are gone.

use std::collections::BTreeSet;

use crate::aws::AwsError;
use crate::aws::ec2::{
    DescribeInstances, Ec2, Ec2Request, Instance, InstanceState, Reservation, StateChanges,
};
use crate::cli::ec2::{Connected, Waiting, change, connect, show, wait};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::Outcome;

/// Most ids that a message names.
const MOST_NAMED: usize = 5;

/// The state that instances are to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// They run.
    Running,
    /// They are stopped, and can be started again.
    Stopped,
    /// They have ended.
    Terminated,
}

/// Waits until every one of these instances is there, and returns them.
///
/// # Errors
/// When one of them will never be, and as [`wait`].
pub(super) fn until(
    session: &Session<'_>,
    connected: &Connected,
    ids: &[String],
    goal: Goal,
) -> Result<Vec<Reservation>, Failure> {
    let mut begun = BTreeSet::new();
    wait(session, &connected.watcher, &named(ids), || {
        let found = look(&connected.ec2, ids)?;
        Ok(judge(goal, ids, found, &mut begun))
    })
}

/// Asks for a change of state, waits for it if that is wanted, and shows the states that were
/// reached, or those on the way that the reply told.
///
/// # Errors
/// When the service says no; as [`until`].
pub(super) fn bring<R: Ec2Request<Response = StateChanges>>(
    session: &Session<'_>,
    request: &R,
    ids: &[String],
    goal: Goal,
) -> Result<Outcome, Failure> {
    let connected = connect(session)?;
    let Some(mut changes) = change(session, &connected.ec2, request)? else {
        return Ok(Outcome::Done);
    };
    if session.values.flag("wait") {
        let found = until(session, &connected, ids, goal)?;
        arrived(&mut changes, &found);
    }
    show(session, "instances", &changes.0)?;
    Ok(Outcome::Done)
}

/// What the service has forgotten has ended: nothing else is waited for without being found.
fn arrived(changes: &mut StateChanges, found: &[Reservation]) {
    for change in &mut changes.0 {
        let mut all = found
            .iter()
            .flat_map(|reservation| &reservation.instances_set);
        let instance = all.find(|one| one.instance_id.eq_ignore_ascii_case(&change.instance_id));
        change.current_state = match instance {
            Some(instance) => instance.instance_state.clone(),
            None => Some(InstanceState {
                code: Some("48".to_owned()),
                name: Some("terminated".to_owned()),
            }),
        };
    }
}

/// The first few ids.
pub(super) fn named(ids: &[String]) -> String {
    let first = ids[..ids.len().min(MOST_NAMED)].join(", ");
    match ids.len().saturating_sub(MOST_NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// What the service has of these instances. One that is gone, or not known yet, makes it refuse
/// to tell of the others: then each is asked for alone.
fn look(ec2: &Ec2, ids: &[String]) -> Result<Vec<Reservation>, AwsError> {
    let unknown = |error: &AwsError| error.is_code("InvalidInstanceID.NotFound");
    match ec2.all(DescribeInstances::of(ids)) {
        Err(error) if unknown(&error) && ids.len() == 1 => Ok(Vec::new()),
        Err(error) if unknown(&error) => {
            let mut found = Vec::new();
            for id in ids {
                found.extend(look(ec2, std::slice::from_ref(id))?);
            }
            Ok(found)
        }
        result => result,
    }
}

/// Whether all are where they should be. `begun` remembers who was seen on the way.
fn judge(
    goal: Goal,
    ids: &[String],
    found: Vec<Reservation>,
    begun: &mut BTreeSet<String>,
) -> Waiting<Vec<Reservation>> {
    let mut missing = None;
    for id in ids {
        let mut all = found
            .iter()
            .flat_map(|reservation| &reservation.instances_set);
        // Eucalyptus answers with upper-case ids whatever the case it was asked with.
        let instance = all.find(|instance| instance.instance_id.eq_ignore_ascii_case(id));
        let state = instance.map_or("", Instance::state);
        if state == "pending" {
            begun.insert(id.clone());
        }
        let ended = matches!(state, "shutting-down" | "terminated");
        let reached = match goal {
            Goal::Running => state == "running",
            Goal::Stopped => state == "stopped",
            Goal::Terminated => state == "terminated" || instance.is_none(),
        };
        // Right after the start the service may still tell the state before it.
        let fell_back = matches!(state, "stopping" | "stopped") && begun.contains(id);
        let never = match goal {
            Goal::Running => ended || fell_back,
            Goal::Stopped => ended,
            Goal::Terminated => false,
        };
        if never {
            let why = instance.and_then(Instance::why);
            let why = why.unwrap_or("the service tells no reason");
            return Waiting::Never(format!("{id} is {state}: {why}"));
        }
        if !reached && missing.is_none() {
            missing = Some(if state.is_empty() { "unknown" } else { state }.to_owned());
        }
    }
    match missing {
        Some(state) => Waiting::Not(state),
        None => Waiting::Done(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ec2::{Fields, FromFields as _};
    use crate::xml;

    fn seen(goal: Goal, looks: &[&[(&str, &str)]]) -> String {
        let ids = ["i-1".to_owned(), "i-2".to_owned()];
        let mut begun = BTreeSet::new();
        let mut last = String::new();
        for look in looks {
            let found = vec![reservation(look)];
            last = match judge(goal, &ids, found, &mut begun) {
                Waiting::Done(_) => "done".to_owned(),
                Waiting::Not(state) => format!("not: {state}"),
                Waiting::Never(why) => format!("never: {why}"),
            };
        }
        last
    }

    fn reservation(instances: &[(&str, &str)]) -> Reservation {
        let items = instances.iter().map(|(id, state)| {
            format!(
                "<item><instanceId>{id}</instanceId><instanceState><name>{state}</name>\
                 </instanceState><reason>no room</reason></item>"
            )
        });
        let items: String = items.collect();
        let text = format!(
            "<r><reservationId>r-1</reservationId><instancesSet>{items}</instancesSet></r>"
        );
        let limits = xml::Limits {
            bytes: 1 << 20,
            elements: 1000,
            plain: false,
        };
        Reservation::from_fields(Fields::of(&xml::parse(text.as_bytes(), &limits).unwrap()))
            .unwrap()
    }

    #[test]
    fn all_must_be_there() {
        let one = &[("i-1", "running"), ("i-2", "pending")];
        let both = &[("I-1", "running"), ("i-2", "running")];

        assert_eq!(seen(Goal::Running, &[one]), "not: pending");
        assert_eq!(seen(Goal::Running, &[&one[..1]]), "not: unknown");
        assert_eq!(seen(Goal::Running, &[both]), "done");
    }

    #[test]
    fn one_that_ends_instead_of_running_is_told_with_its_reason() {
        let look = &[("i-1", "running"), ("i-2", "terminated")];

        assert_eq!(
            seen(Goal::Running, &[look]),
            "never: i-2 is terminated: no room"
        );
        assert_eq!(
            seen(Goal::Stopped, &[look]),
            "never: i-2 is terminated: no room"
        );
    }

    #[test]
    fn stopped_is_no_failure_before_the_start_is_seen() {
        let before = &[("i-1", "running"), ("i-2", "stopped")];
        let on_the_way = &[("i-1", "running"), ("i-2", "pending")];

        assert_eq!(seen(Goal::Running, &[before]), "not: stopped");
        assert_eq!(
            seen(Goal::Running, &[on_the_way, before]),
            "never: i-2 is stopped: no room"
        );
    }

    #[test]
    fn what_the_service_has_forgotten_has_ended() {
        let look = &[("i-1", "terminated")];

        assert_eq!(seen(Goal::Terminated, &[look]), "done");
        assert_eq!(
            seen(Goal::Stopped, &[&[("i-1", "stopped")]]),
            "not: unknown"
        );
    }

    #[test]
    fn many_ids_are_counted() {
        let ids: Vec<_> = (1..=7).map(|number| format!("i-{number}")).collect();

        assert_eq!(named(&ids), "i-1, i-2, i-3, i-4, i-5 and 2 more");
        assert_eq!(named(&ids[..2]), "i-1, i-2");
    }
}
