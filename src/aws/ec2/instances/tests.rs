use super::*;
use crate::aws::ec2::{Fields, FromFields as _, Parameters};
use crate::xml;

fn parsed<T>(text: &str, read: impl FnOnce(Fields<'_>) -> T) -> T {
    let limits = xml::Limits {
        bytes: 1 << 20,
        elements: 1000,
        plain: false,
    };
    read(Fields::of(&xml::parse(text.as_bytes(), &limits).unwrap()))
}

#[test]
fn an_instance_needs_only_its_id() {
    let text = "<item><instanceId>i-2A3B4C5D</instanceId><future><item/></future></item>";

    let instance = parsed(text, Instance::from_fields).unwrap();

    assert_eq!(instance.instance_id, "i-2A3B4C5D");
    assert_eq!((instance.state(), instance.why()), ("", None));
    assert!(
        parsed(
            "<item><imageId>emi-1</imageId></item>",
            Instance::from_fields
        )
        .is_err()
    );
}

#[test]
fn the_reason_in_a_state_reason_comes_before_the_old_one() {
    let old = "<item><instanceId>i-1</instanceId><reason>NORMAL: -- []</reason></item>";
    let both = "<item><instanceId>i-1</instanceId><reason>Server.X</reason><stateReason>\
                <code>Server.X</code><message>Server.X: no room</message></stateReason></item>";

    let old = parsed(old, Instance::from_fields).unwrap();
    let both = parsed(both, Instance::from_fields).unwrap();

    assert_eq!(old.why(), Some("NORMAL: -- []"));
    assert_eq!(both.why(), Some("Server.X: no room"));
}

#[test]
fn old_and_new_names_of_the_state_now_are_read() {
    for name in ["shutdownState", "currentState"] {
        let text = format!(
            "<r><instancesSet><item><instanceId>i-1</instanceId><{name}><code>32</code>\
             <name>shutting-down</name></{name}></item></instancesSet></r>"
        );

        let changes = parsed(&text, StateChanges::from_fields).unwrap().0;

        let now = changes[0].current_state.clone().unwrap();
        assert_eq!(now.name.as_deref(), Some("shutting-down"), "{name}");
    }
}

#[test]
fn groups_are_read_in_every_shape() {
    let text = "<r><reservationId>r-1</reservationId><groupSet><item>web</item>\
                <item><entry>db</entry></item><item><groupId>default</groupId></item></groupSet></r>";

    let groups = parsed(text, Reservation::from_fields).unwrap().group_set;

    let names: Vec<_> = groups
        .iter()
        .map(|group| group.group_name.as_deref().or(group.group_id.as_deref()))
        .collect();
    assert_eq!(names, [Some("web"), Some("db"), Some("default")]);
}

#[test]
fn console_output_may_have_line_ends_in_its_base64() {
    let text = "<r><instanceId>i-1</instanceId><output>aGVs\n bG8K</output></r>";
    let bad = "<r><instanceId>i-1</instanceId><output>a$</output></r>";

    let output = parsed(text, ConsoleOutput::from_fields).unwrap();

    assert_eq!(output.output, b"hello\n");
    assert!(parsed(bad, ConsoleOutput::from_fields).is_err());
}

#[test]
fn user_data_of_16_kib_are_taken_and_no_byte_more() {
    let most = UserData::new(vec![7; UserData::MOST]).unwrap();
    let more = UserData::new(vec![7; UserData::MOST + 1]).unwrap_err();

    assert_eq!(format!("{most:?}"), "UserData(16384 bytes, hidden)");
    assert_eq!(more.found, 16385);
}

#[test]
fn a_request_that_is_made_once_has_no_token() {
    use crate::aws::ec2::Ec2Request as _;
    let request = RunInstances {
        image_id: "emi-1".to_owned(),
        client_token: "token".to_owned(),
        ..RunInstances::default()
    };
    let names = |write: &dyn Fn(&mut Parameters)| {
        let mut parameters = Parameters::new("RunInstances", "2015-10-01");
        write(&mut parameters);
        let form = parameters.into_form().into_iter();
        form.map(|(name, _)| name).collect::<Vec<_>>()
    };

    let with = names(&|parameters| request.write(parameters));
    let without = names(&|parameters| RunInstancesOnce(request.clone()).write(parameters));

    assert_eq!(with.last().unwrap(), "ClientToken");
    assert_eq!(without, with[..with.len() - 1]);
}
