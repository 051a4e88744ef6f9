//! Lines of ec2-api-tools as transcripts and scripts of their users show them, field by field.
//!
//! The expected lines are typed from what was published, and never blessed.

use crate::support::ec2_server::{Answer, Ec2Server};
use crate::support::sandbox::Sandbox;

/// What a command prints of an answer to an action, whose elements are `fields`.
#[track_caller]
fn printed(line: &str, action: &str, fields: &str) -> String {
    let name = line.split(' ').next().unwrap_or_default();
    let sandbox = Sandbox::new(&format!("compat-columns-{name}"));
    let server = Ec2Server::start();
    let xmlns = "http://ec2.amazonaws.com/doc/2014-10-01/";
    let body = format!("<{action}Response xmlns=\"{xmlns}\">{fields}</{action}Response>");
    let answer = Answer {
        status: 200,
        headers: Vec::new(),
        body,
    };
    server.answer(action, answer);
    let words: Vec<_> = line.split(' ').collect();
    let run = server.run(&sandbox, &words);
    String::from_utf8(run.succeeded().stdout.clone()).expect("text")
}

#[test]
fn lists_of_tags_have_the_type_before_the_id() {
    let tag = "<tagSet><item><resourceId>i-b7c117db</resourceId><resourceType>instance\
               </resourceType><key>Name</key><value>web01</value></item></tagSet>";

    let line = printed(
        "ec2-describe-tags --filter key=Name -F value=web*",
        "DescribeTags",
        tag,
    );

    assert_eq!(line, "TAG\tinstance\ti-b7c117db\tName\tweb01\n");
}

#[test]
fn tags_that_are_gone_are_told() {
    let line = printed(
        "ec2-delete-tags i-c2ab87ad -t name=aquarius-8c -t Stage",
        "DeleteTags",
        "<return>true</return>",
    );

    let want = "TAG\tinstance\ti-c2ab87ad\tname\taquarius-8c\nTAG\tinstance\ti-c2ab87ad\tStage\t\n";
    assert_eq!(line, want);
}

#[test]
fn new_tags_have_the_letter_t() {
    let line = printed(
        "ec2-create-tags i-c2ab87ad -t name=aquarius-8c",
        "CreateTags",
        "<return>true</return>",
    );

    assert_eq!(line, "TAG\tinstance\ti-c2ab87ad\tname\taquarius-8c\n");
}

#[test]
fn a_new_address_leaves_room_for_its_instance() {
    let line = printed(
        "ec2-allocate-address -d vpc",
        "AllocateAddress",
        "<publicIp>54.153.54.202</publicIp><domain>vpc</domain>\
         <allocationId>eipalloc-438c7926</allocationId>",
    );

    assert_eq!(line, "ADDRESS\t54.153.54.202\t\tvpc\teipalloc-438c7926\n");
}

#[test]
fn snapshots_have_whole_seconds_and_tell_encryption_last() {
    let fields = "<snapshotId>snap-13f74f51</snapshotId><volumeId>vol-242efbc2</volumeId>\
                  <status>completed</status><startTime>2016-03-21T18:34:30.000Z</startTime>\
                  <progress>100%</progress><ownerId>353626856714</ownerId>\
                  <volumeSize>400</volumeSize><description>devwww2_/dev/sdj</description>\
                  <encrypted>false</encrypted>";
    let list = format!("<snapshotSet><item>{fields}</item></snapshotSet>");
    let pending = fields.replace("completed", "pending").replace("100%", "");

    let line = printed("ec2-describe-snapshots -a", "DescribeSnapshots", &list);
    let made = printed("ec2addsnap vol-242efbc2", "CreateSnapshot", &pending);

    let end = "353626856714\t400\tdevwww2_/dev/sdj\tNot Encrypted\n";
    let begin = "SNAPSHOT\tsnap-13f74f51\tvol-242efbc2";
    let time = "2016-03-21T18:34:30+0000";
    assert_eq!(line, format!("{begin}\tcompleted\t{time}\t100%\t{end}"));
    assert_eq!(made, format!("{begin}\tpending\t{time}\t\t{end}"));
}

#[test]
fn volumes_and_attachments_have_whole_seconds() {
    let volume = "<volumeId>vol-bd2604c7</volumeId><size>10</size>\
                  <snapshotId>snap-31c7f044</snapshotId>\
                  <availabilityZone>us-east-1a</availabilityZone><status>in-use</status>\
                  <createTime>2012-10-08T02:25:37.000Z</createTime>\
                  <attachmentSet><item><volumeId>vol-bd2604c7</volumeId>\
                  <instanceId>i-cf86f0b2</instanceId><device>/dev/sda1</device>\
                  <status>attached</status><attachTime>2012-10-08T02:25:39.000Z</attachTime>\
                  </item></attachmentSet><volumeType>standard</volumeType>";
    let list = format!("<volumeSet><item>{volume}</item></volumeSet>");

    let listed = printed("ec2dvol", "DescribeVolumes", &list);
    let made = printed("ec2addvol -s 10 -z us-east-1a", "CreateVolume", volume);

    let begin = "VOLUME\tvol-bd2604c7\t10\tsnap-31c7f044\tus-east-1a\tin-use";
    let line = format!("{begin}\t2012-10-08T02:25:37+0000");
    let attachment = "ATTACHMENT\tvol-bd2604c7\ti-cf86f0b2\t/dev/sda1\tattached\t\
                      2012-10-08T02:25:39+0000\n";
    assert_eq!(listed, format!("{line}\tstandard\t\t\n{attachment}"));
    assert_eq!(made, format!("{line}\n"));
}

#[test]
fn the_group_at_the_other_end_has_name_and_id_in_a_field_each() {
    let group = "<securityGroupInfo><item><ownerId>693041077886</ownerId>\
                 <groupId>sg-33d1045a</groupId><groupName>default</groupName>\
                 <groupDescription>default group</groupDescription><ipPermissions><item>\
                 <ipProtocol>tcp</ipProtocol><fromPort>0</fromPort><toPort>65535</toPort>\
                 <groups><item><userId>693041077886</userId><groupId>sg-33d1045a</groupId>\
                 <groupName>default</groupName></item></groups></item></ipPermissions>\
                 <tagSet><item><key>Team</key><value>web</value></item></tagSet>\
                 </item></securityGroupInfo>";

    let lines = printed(
        "ec2-describe-group --hide-tags",
        "DescribeSecurityGroups",
        group,
    );

    let want = "GROUP\tsg-33d1045a\t693041077886\tdefault\tdefault group\t\n\
                PERMISSION\t693041077886\tdefault\tALLOWS\ttcp\t0\t65535\tFROM\tUSER\t\
                693041077886\tNAME default\tID sg-33d1045a\tingress\n";
    assert_eq!(lines, want);
}

#[test]
fn sources_of_rules_have_the_long_names_of_2011() {
    let line = printed(
        "ec2-authorize fullstack --protocol icmp --icmp-type-code=-1:-1 --source-or-dest-group \
         web --source-or-dest-group-user 210987654321",
        "AuthorizeSecurityGroupIngress",
        "<return>true</return>",
    );

    let want = "PERMISSION\t\tfullstack\tALLOWS\ticmp\t-1\t-1\tFROM\tUSER\t210987654321\t\
                GRPNAME\tweb\tingress";
    assert_eq!(line.lines().nth(1), Some(want));
}
