//! `eucarc`: the variables of Eucalyptus' and Amazon's tools, for a shell.

use super::Credentials;

/// A word in single quotes, as every shell takes it.
#[must_use]
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The file. `place` is the folder it is written to; bash and zsh find it wherever it was moved.
pub(super) fn eucarc(credentials: &Credentials<'_>, place: &str) -> String {
    let Credentials {
        user,
        account,
        endpoints,
        region,
        ..
    } = *credentials;
    let (key, secret) = (
        quoted(credentials.access_key_id),
        quoted(credentials.secret_key),
    );
    format!(
        r#"# Credentials of {user}, for a shell:  . {name}
# amikit-cloud writes this file at every start: what you change here is lost.
EUCA_KEY_DIR={place}
if [ -n "${{BASH_VERSION:-}}" ]; then
    EUCA_KEY_DIR=$(CDPATH='' cd -- "$(dirname -- "$BASH_SOURCE")" && pwd -P)
elif [ -n "${{ZSH_VERSION:-}}" ]; then
    eval 'EUCA_KEY_DIR=${{${{(%):-%x}}:A:h}}'
fi
export EUCA_KEY_DIR

# euca2ools, ec2-ami-tools, ec2-api-tools, amikit
export EC2_ACCESS_KEY={key}
export EC2_SECRET_KEY={secret}
export EC2_USER_ID={account}
export EC2_PRIVATE_KEY="$EUCA_KEY_DIR"/{user_word}-pk.pem
export EC2_CERT="$EUCA_KEY_DIR"/{user_word}-cert.pem
export EUCALYPTUS_CERT="$EUCA_KEY_DIR"/cloud-cert.pem
export S3_URL={walrus}
# Named also while this cloud has no EC2, so that no command goes to Amazon with its keys.
export EC2_URL={ec2}

# awscli, boto3 and whatever else speaks to Amazon. Settings of another cloud are put away.
unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_CREDENTIAL_FILE
unset AWS_ENDPOINT_URL AWS_CA_BUNDLE RCLONE_CA_CERT RCLONE_CONFIG_AMIKIT_ENDPOINT
export AWS_ACCESS_KEY_ID={key}
export AWS_SECRET_ACCESS_KEY={secret}
export AWS_REGION={region}
export AWS_DEFAULT_REGION={region}
export AWS_ENDPOINT_URL_S3={s3}
export AWS_ENDPOINT_URL_EC2={ec2}
export AWS_CONFIG_FILE="$EUCA_KEY_DIR"/aws-config
export AWS_SHARED_CREDENTIALS_FILE="$EUCA_KEY_DIR"/aws-credentials
export AWS_EC2_METADATA_DISABLED=true

# boto 2, s3cmd, rclone (remote "amikit")
export BOTO_CONFIG="$EUCA_KEY_DIR"/boto.cfg
export S3CMD_CONFIG="$EUCA_KEY_DIR"/s3cfg
export RCLONE_CONFIG="$EUCA_KEY_DIR"/rclone.conf

# Through TLS:  AMIKIT_CLOUD_TLS=1; . {name}    (boto goes on without)
if [ -n "${{AMIKIT_CLOUD_TLS:-}}" ]; then
    export S3_URL={walrus_tls}
    export AWS_ENDPOINT_URL_S3={walrus_tls}
    export AWS_CA_BUNDLE="$EUCA_KEY_DIR"/tls-ca.pem
    export S3CMD_CONFIG="$EUCA_KEY_DIR"/s3cfg-tls
    export RCLONE_CONFIG_AMIKIT_ENDPOINT={walrus_tls}
    export RCLONE_CA_CERT="$EUCA_KEY_DIR"/tls-ca.pem
fi

alias ec2-bundle-image='ec2-bundle-image --cert "$EC2_CERT" --privatekey "$EC2_PRIVATE_KEY" --user "$EC2_USER_ID" --ec2cert "$EUCALYPTUS_CERT"'
"#,
        name = quoted(&format!("{place}/eucarc")),
        place = quoted(place),
        account = quoted(account),
        user_word = quoted(user),
        region = quoted(region),
        walrus = quoted(&endpoints.walrus()),
        walrus_tls = quoted(&endpoints.walrus_tls()),
        ec2 = quoted(&endpoints.ec2()),
        s3 = quoted(&endpoints.s3),
    )
}
