//! `euca-install-image`: what the old tool prints, and what reaches the cloud.

use super::Stage;
use crate::support::ec2_server::{Ec2Server, assert_golden};
use crate::support::key;

#[test]
fn one_line_tells_the_image() {
    let stage = Stage::new("install-image");
    let ec2 = Ec2Server::answering(&[
        ("DescribeImages", "none"),
        ("RegisterImage", "installed"),
        ("DescribeImages", "installed"),
        ("DescribeImageAttribute", "nobody"),
    ]);
    let keys = ["euca-user.pem", "euca-user.crt", "euca-cloud.crt"].map(key);
    let [pk, cert, cloud] = keys.map(|path| path.to_str().expect("UTF-8").to_owned());
    let url = ec2.url();
    let arguments = [
        "euca-install-image",
        "-i",
        "disk.img",
        "-n",
        "web",
        "--description",
        "the web server",
        "-b",
        "images/web",
        "-r",
        "x86_64",
        "-u",
        "1234-5678-9012",
        "-k",
        &pk,
        "-c",
        &cert,
        "--ec2cert",
        &cloud,
        "--virtualization-type",
        "hvm",
        "--platform",
        "windows",
        "--max-pending-parts",
        "3",
        "--ec2-url",
        &url,
        "--check-cert",
        "--show-empty-fields",
    ];

    assert_golden("euca-install-image", "one", &stage.run(arguments));

    let request = ec2.request("RegisterImage");
    for (name, value) in [
        ("ImageLocation", "images/web/disk.img.manifest.xml"),
        ("Name", "web"),
        ("Description", "the web server"),
        ("Architecture", "x86_64"),
        ("VirtualizationType", "hvm"),
        ("Platform", "windows"),
    ] {
        assert_eq!(request[name], value);
    }
    assert!(stage.objects().contains_key("web/disk.img.manifest.xml"));
    let wrong = stage.run([
        "euca-install-image",
        "-i",
        "disk.img",
        "-n",
        "web",
        "-r",
        "i386",
    ]);
    wrong.failed(2, "--bucket");
    let native = [
        "euca-install-image",
        "-i",
        "disk.img",
        "-n",
        "w",
        "-r",
        "i386",
        "--ebs",
    ];
    assert_eq!(stage.run(native).status, Some(2));
}
