//! Settings files of euca2ools, awscli, s3cmd, rclone and boto, and the folder's README.
//!
//! Access keys and secrets are letters and digits, endpoints and region are checked by the
//! configuration, so only paths need care: `%` is doubled where `ConfigParser` replaces it.

use super::Credentials;

/// Name of the region in euca2ools' file and of the remote in rclone's.
const NAME: &str = "amikit";

/// euca2ools' and amikit's own settings.
pub(super) fn euca2ools(credentials: &Credentials<'_>, place: &str) -> String {
    let Credentials {
        user,
        account,
        access_key_id,
        secret_key,
        endpoints,
        region,
        ..
    } = *credentials;
    let place = place.replace('%', "%%");
    format!(
        "\
; EUCA_CONFIG_PATH=this file, or a copy in ~/.euca
[global]
default-region = {NAME}

[user {user}]
key-id = {access_key_id}
secret-key = {secret_key}
account-id = {account}
private-key = {place}/{user}-pk.pem
certificate = {place}/{user}-cert.pem

[region {NAME}]
user = {user}
name = {region}
s3-url = {walrus}
ec2-url = {ec2}
certificate = {place}/cloud-cert.pem
",
        walrus = endpoints.walrus(),
        ec2 = endpoints.ec2(),
    )
}

/// awscli's and boto3's: profile `default`, and `tls`.
pub(super) fn aws_config(credentials: &Credentials<'_>, place: &str) -> String {
    let Credentials {
        endpoints, region, ..
    } = *credentials;
    format!(
        "\
# AWS_CONFIG_FILE=this file. Profile tls: the same through TLS, unless AWS_ENDPOINT_URL_S3 is set,
# which goes before what stands here: eucarc sets it, to the TLS port with AMIKIT_CLOUD_TLS=1.
[default]
region = {region}
services = {NAME}
s3 =
    addressing_style = path

[profile tls]
region = {region}
services = {NAME}-tls
ca_bundle = {place}/tls-ca.pem
s3 =
    addressing_style = path

[services {NAME}]
s3 =
    endpoint_url = {s3}
ec2 =
    endpoint_url = {ec2}

[services {NAME}-tls]
s3 =
    endpoint_url = {walrus_tls}
ec2 =
    endpoint_url = {tls}/services/Eucalyptus
",
        s3 = endpoints.s3,
        ec2 = endpoints.ec2(),
        walrus_tls = endpoints.walrus_tls(),
        tls = endpoints.tls,
    )
}

/// The keys for both profiles.
pub(super) fn aws_credentials(credentials: &Credentials<'_>) -> String {
    let Credentials {
        access_key_id,
        secret_key,
        ..
    } = *credentials;
    let keys = |profile: &str| {
        format!(
            "[{profile}]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret_key}\n"
        )
    };
    format!(
        "# AWS_SHARED_CREDENTIALS_FILE=this file\n{}\n{}",
        keys("default"),
        keys("tls")
    )
}

/// s3cmd's. A `host_bucket` without the bucket makes it use paths.
pub(super) fn s3cmd(credentials: &Credentials<'_>) -> String {
    let text = s3cmd_at(credentials, &credentials.endpoints.s3);
    format!("{text}use_https = False\n")
}

/// s3cmd's through TLS. With a path in `host_base` it signs what no server can know, so that it
/// goes to the root of the port.
pub(super) fn s3cmd_tls(credentials: &Credentials<'_>, place: &str) -> String {
    let text = s3cmd_at(credentials, &credentials.endpoints.tls);
    format!("{text}use_https = True\nca_certs_file = {place}/tls-ca.pem\n")
}

fn s3cmd_at(credentials: &Credentials<'_>, url: &str) -> String {
    let Credentials {
        access_key_id,
        secret_key,
        region,
        ..
    } = *credentials;
    let host = without_scheme(url);
    format!(
        "\
# s3cmd -c this file; signature_v2 = True for the old signatures
[default]
access_key = {access_key_id}
secret_key = {secret_key}
host_base = {host}
host_bucket = {host}
bucket_location = {region}
signature_v2 = False
"
    )
}

/// rclone's.
pub(super) fn rclone(credentials: &Credentials<'_>) -> String {
    let Credentials {
        access_key_id,
        secret_key,
        endpoints,
        region,
        ..
    } = *credentials;
    format!(
        "\
# rclone --config this file ls {NAME}:BUCKET
[{NAME}]
type = s3
provider = Other
env_auth = false
access_key_id = {access_key_id}
secret_access_key = {secret_key}
endpoint = {s3}
region = {region}
force_path_style = true
",
        s3 = endpoints.s3
    )
}

/// boto 2's. It has no setting for the port: programs give it, `connect_s3(port=…)`.
pub(super) fn boto(credentials: &Credentials<'_>) -> String {
    let Credentials {
        access_key_id,
        secret_key,
        endpoints,
        ..
    } = *credentials;
    let host = without_scheme(&endpoints.s3);
    let (host, port) = host.rsplit_once(':').unwrap_or((host, "80"));
    format!(
        "\
# BOTO_CONFIG=this file; boto has no setting for the port:
# boto.connect_s3(port={port})
[Credentials]
aws_access_key_id = {access_key_id}
aws_secret_access_key = {secret_key}

[Boto]
is_secure = False

[s3]
host = {host}
calling_format = boto.s3.connection.OrdinaryCallingFormat
"
    )
}

/// What is in the folder, for whoever finds it.
pub(super) fn readme(credentials: &Credentials<'_>, place: &str) -> String {
    let Credentials {
        user,
        account,
        endpoints,
        region,
        ..
    } = *credentials;
    format!(
        "\
Credentials of {user}, account {account}. Whoever has them is {user}: keep them to yourself.

In a shell, for euca2ools, awscli, boto, s3cmd, rclone and amikit:

    . {eucarc}

and through TLS, for all but boto:

    AMIKIT_CLOUD_TLS=1; . {eucarc}

eucarc            variables for a shell
euca2ools.ini     euca2ools, amikit       EUCA_CONFIG_PATH
aws-config        awscli, boto3           AWS_CONFIG_FILE
aws-credentials                           AWS_SHARED_CREDENTIALS_FILE
s3cfg             s3cmd                   s3cmd -c
s3cfg-tls         s3cmd, through TLS
rclone.conf       rclone                  rclone --config
boto.cfg          boto 2                  BOTO_CONFIG
{user}-pk.pem     signs your bundles. It is kept here only: make a copy
{user}-cert.pem   its certificate
cloud-cert.pem    the cloud's, for which bundles are sealed
tls-ca.pem        trust this for the TLS port

S3                {s3}
S3, Walrus' path  {walrus}
S3, TLS           {walrus_tls}
region            {region}

amikit-cloud writes all but {user}-pk.pem and {user}-cert.pem anew at each start.
",
        eucarc = super::shell_quoted(&format!("{place}/eucarc")),
        s3 = endpoints.s3,
        walrus = endpoints.walrus(),
        walrus_tls = endpoints.walrus_tls(),
    )
}

fn without_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}
