use crate::aws::ec2::tests::ec2;
use crate::aws::http::tests::scripted::{Scripted, answer};

use super::*;

fn form(server: &Scripted) -> String {
    String::from_utf8(server.seen()[0].body.clone()).unwrap()
}

#[test]
fn an_image_of_2009_has_little_but_its_id() {
    let body = "<DescribeImagesResponse xmlns='http://ec2.amazonaws.com/doc/2009-04-04/'>\
                <imagesSet><item><imageId>emi-E0D81042</imageId></item></imagesSet>\
                </DescribeImagesResponse>";
    let server = Scripted::answering([answer(200, &[], body)]);

    let images = ec2(&server.url).all(DescribeImages::default()).unwrap();

    let want = Image {
        image_id: "emi-E0D81042".to_owned(),
        ..Image::default()
    };
    assert_eq!(images, [want]);
}

#[test]
fn every_part_of_a_mapping_is_a_parameter() {
    let body = "<RegisterImageResponse><imageId>ami-1</imageId></RegisterImageResponse>";
    let server = Scripted::answering([answer(200, &[], body)]);
    let ebs = EbsBlockDevice {
        snapshot_id: Some("snap-1".to_owned()),
        volume_size: Some(8),
        delete_on_termination: Some(false),
        volume_type: Some("gp3".to_owned()),
        iops: Some(4000),
        throughput: Some(500),
        encrypted: Some(true),
        kms_key_id: Some("alias/x".to_owned()),
    };
    let request = RegisterImage {
        block_device_mappings: vec![
            BlockDeviceMapping {
                device_name: "/dev/sda1".to_owned(),
                ebs: Some(ebs),
                ..BlockDeviceMapping::default()
            },
            BlockDeviceMapping {
                device_name: "sdb".to_owned(),
                no_device: true,
                ..BlockDeviceMapping::default()
            },
        ],
        ..RegisterImage::default()
    };

    ec2(&server.url).call(&request).unwrap();

    let prefix = "BlockDeviceMapping.1";
    let want = format!(
        "{prefix}.DeviceName=%2Fdev%2Fsda1&{prefix}.Ebs.SnapshotId=snap-1\
         &{prefix}.Ebs.VolumeSize=8&{prefix}.Ebs.DeleteOnTermination=false\
         &{prefix}.Ebs.VolumeType=gp3&{prefix}.Ebs.Iops=4000&{prefix}.Ebs.Throughput=500\
         &{prefix}.Ebs.Encrypted=true&{prefix}.Ebs.KmsKeyId=alias%2Fx\
         &BlockDeviceMapping.2.DeviceName=sdb&BlockDeviceMapping.2.NoDevice=true"
    );
    let form = form(&server);
    assert!(form.contains(&want), "{form}");
}

#[test]
fn launch_permissions_are_numbered_by_who_they_add_and_remove() {
    let body = "<ModifyImageAttributeResponse><return>true</return>\
                </ModifyImageAttributeResponse>";
    let server = Scripted::answering([answer(200, &[], body)]);
    let request = ModifyImageAttribute {
        image_id: "emi-1".to_owned(),
        change: ImageChange::LaunchPermission {
            add: vec![
                LaunchPermission::UserId("123456789012".to_owned()),
                LaunchPermission::OrganizationArn("o".to_owned()),
            ],
            remove: vec![LaunchPermission::all()],
        },
    };

    ec2(&server.url).call(&request).unwrap();

    let form = form(&server);
    let want = "LaunchPermission.Add.1.UserId=123456789012\
                &LaunchPermission.Add.2.OrganizationArn=o&LaunchPermission.Remove.1.Group=all";
    assert!(form.contains(want), "{form}");
}

#[test]
fn images_come_in_pages() {
    let page = |id: &str, next: &str| {
        format!(
            "<DescribeImagesResponse><imagesSet><item><imageId>{id}</imageId></item></imagesSet>\
             {next}</DescribeImagesResponse>"
        )
    };
    let first = page("ami-1", "<nextToken>two/2</nextToken>");
    let pages = [first, page("ami-2", "<nextToken/>")];
    let server = Scripted::answering(pages.map(|page| answer(200, &[], &page)));
    let request = DescribeImages {
        max_results: Some(1),
        ..DescribeImages::default()
    };

    let images = ec2(&server.url).all(request).unwrap();

    let ids: Vec<_> = images.iter().map(|image| image.image_id.as_str()).collect();
    assert_eq!(ids, ["ami-1", "ami-2"]);
    let second = String::from_utf8(server.seen()[1].body.clone()).unwrap();
    let want = "MaxResults=1&NextToken=two%2F2";
    assert!(second.contains(want), "{second}");
}

#[test]
fn only_amazon_is_asked_for_pages() {
    for (url, want) in [
        ("https://ec2.eu-west-1.amazonaws.com", true),
        ("https://ec2.cn-north-1.amazonaws.com.cn", true),
        ("http://10.0.0.1:8773/services/compute", false),
        ("https://ec2.amazonaws.com.example.org", false),
    ] {
        assert_eq!(ec2(url).is_current(), want, "{url}");
    }
}
