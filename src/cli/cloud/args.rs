//! The options that say where a cloud is, and as whom it is asked.

use clap::Arg;

use crate::cli::spec::{flag, option, path, region};

/// Where these options stand in the help.
const HEADING: &str = "Cloud options";

/// The options of every command that talks to S3, native spelling: `-U/--url`,
/// `-I/--access-key-id`, `-S/--secret-key`, `--security-token`, `--region`, `--signature`,
/// `--insecure`, `--ca-bundle`, `--timeout`, `--connect-timeout`, `--retries`.
///
/// What stands in for them is not in a command's `sources`: docs/configuration.md has it.
#[must_use]
pub fn s3_args() -> Vec<Arg> {
    service_args(
        "Where S3 is; REGION::URL names the region too [env: S3_URL, AWS_ENDPOINT_URL_S3, \
         AWS_ENDPOINT_URL; config: region s3-url]",
    )
}

/// The options of every command that talks to EC2: those of [`s3_args`] and `--api-version`.
#[must_use]
pub fn ec2_args() -> Vec<Arg> {
    let mut args = service_args(
        "Where EC2 is; REGION::URL names the region too [env: EC2_URL, AWS_ENDPOINT_URL_EC2, \
         AWS_ENDPOINT_URL; config: region ec2-url]",
    );
    args.push(api_version());
    args
}

/// The options of every command that talks to the service for snapshots' blocks.
#[must_use]
pub fn ebs_args() -> Vec<Arg> {
    service_args(
        "Where the EBS direct APIs are; REGION::URL names the region too [env: \
         AWS_ENDPOINT_URL_EBS, AWS_ENDPOINT_URL; config: region ebs-url]",
    )
}

/// The options of a command that talks to EC2 and the service for snapshots, beside S3, whose
/// URL `--url` is: `--ec2-url`, `--ebs-url`, `--api-version`.
#[must_use]
pub fn beside_s3_args() -> Vec<Arg> {
    let urls = [
        option(
            "ec2-url",
            "URL",
            "Where EC2 is [env: EC2_URL, AWS_ENDPOINT_URL_EC2, AWS_ENDPOINT_URL; config: region \
             ec2-url]",
        ),
        option(
            "ebs-url",
            "URL",
            "Where the EBS direct APIs are [env: AWS_ENDPOINT_URL_EBS, AWS_ENDPOINT_URL; config: \
             region ebs-url]",
        ),
        api_version(),
    ];
    urls.map(|arg| arg.help_heading(HEADING)).into()
}

fn api_version() -> Arg {
    option(
        "api-version",
        "DATE",
        "Version of EC2's API [default: 2016-11-15 at Amazon's, else 2015-10-01]",
    )
    .help_heading(HEADING)
    .hide_short_help(true)
}

fn service_args(url: &'static str) -> Vec<Arg> {
    let args = [
        option("url", "URL", url).short('U'),
        option(
            "access-key-id",
            "KEY_ID",
            "Access key, together with --secret-key [env: AWS_ACCESS_KEY_ID, AWS_ACCESS_KEY, \
             EC2_ACCESS_KEY; config: user key-id]",
        )
        .short('I'),
        option(
            "secret-key",
            "KEY",
            "Its secret, which others can see here; prefer a file or [env: \
             AWS_SECRET_ACCESS_KEY, AWS_SECRET_KEY, EC2_SECRET_KEY; config: user secret-key]",
        )
        .short('S'),
        option(
            "security-token",
            "TOKEN",
            "Token of temporary keys [env: AWS_SESSION_TOKEN, AWS_SECURITY_TOKEN]",
        ),
        region().help(
            "User and region of the configuration file, or a region of AWS [env: \
             EUCA_DEFAULT_REGION, AWS_REGION, AWS_DEFAULT_REGION]",
        ),
        option(
            "signature",
            "VERSION",
            "How requests are signed: v4, or v2 for old services [default: v4; config: region \
             s3-force-sigv4, ec2-force-sigv4]",
        ),
        flag("insecure", "Do not check the server's certificate"),
        path(
            "ca-bundle",
            "FILE",
            "Certificates (PEM) to trust besides the system's [env: AWS_CA_BUNDLE]",
        ),
        option(
            "timeout",
            "SECONDS",
            "Give an attempt up when nothing has moved for so long [default: 30]",
        ),
        option(
            "connect-timeout",
            "SECONDS",
            "Give an attempt up when there is no connection after so long [default: 10]",
        ),
        option(
            "retries",
            "N",
            "How often a call is made again [default: 4]",
        ),
    ];
    let seldom = |arg: &Arg| !matches!(arg.get_id().as_str(), "url" | "region" | "access-key-id");
    args.map(|arg| {
        let hidden = seldom(&arg);
        arg.help_heading(HEADING).hide_short_help(hidden)
    })
    .into()
}
