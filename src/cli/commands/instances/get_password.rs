//! `get-password`.

use clap::Arg;
use zeroize::Zeroizing;

use super::instance_arg;
use crate::aws::ec2::{GetPasswordData, PasswordData};
use crate::cli::credentials;
use crate::cli::ec2::{connect, reading_args};
use crate::cli::failure::{Exit, Failure};
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, path};
use crate::crypto::rsa::PrivateKey;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "get-password",
    about: "Print the administrator's password of a Windows instance",
    details: "The instance makes it when it first starts, and seals it with its key pair.",
    examples: &["amikit get-password -k mykey.pem i-0123456789abcdef0"],
    args,
    sources: &[],
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        instance_arg(),
        path(
            "privatekey",
            "FILE",
            "Private key (PEM) of the key pair that the instance was run with",
        )
        .long("priv-launch-key")
        .short('k')
        .required(true),
    ];
    args.extend(reading_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let key = credentials::private_key(session)?;
    let request = GetPasswordData {
        instance_id: session.values.given("instance").unwrap_or_default(),
    };
    let connected = connect(session)?;
    let found = connected.ec2.call(&request)?;
    let Some((_, key)) = key else {
        // The tool that has no key prints the sealed text, or nothing.
        return match &found.password_data {
            Some(text) => session.line(text).map(|()| Outcome::Done),
            None => Ok(Outcome::Done),
        };
    };
    let password = open(&found, &key)?;
    if session.is_native() && session.is_json() {
        session.json(&serde_json::json!({
            "instance_id": found.instance_id,
            "timestamp": found.timestamp,
            "password": *password,
        }))?;
    } else {
        session.line(&password)?;
    }
    Ok(Outcome::Done)
}

fn open(found: &PasswordData, key: &PrivateKey) -> Result<Zeroizing<String>, Failure> {
    let id = &found.instance_id;
    if found.password_data.is_none() {
        let message = format!("instance {id} has told no password");
        return Err(Failure::new(Exit::Failed, message)
            .hint("a Windows instance tells it some minutes after its first start; others never"));
    }
    let sealed = found.sealed().ok_or_else(|| {
        let message = format!("the password of instance {id} is not base64");
        Failure::new(Exit::Service, message)
    })?;
    let plain = key.decrypt(&sealed).map_err(|error| {
        Failure::from_error(Exit::Credentials, &error)
            .hint("pass the key of the key pair that the instance was run with")
    })?;
    match std::str::from_utf8(&plain) {
        Ok(text) if !text.contains(char::is_control) => Ok(Zeroizing::new(text.to_owned())),
        _ => {
            let message = format!("the password of instance {id} is no text");
            Err(Failure::new(Exit::Failed, message))
        }
    }
}
