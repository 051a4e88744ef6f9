//! `import-keypair`.

use clap::Arg;

use super::name_arg;
use crate::aws::ec2::ImportKeyPair;
use crate::cli::ec2::{change, connect, show_one, tag_arg, tags, writing_args};
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, path};
use crate::crypto::ssh::KeyFile;

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "import-keypair",
    about: "Make a key pair of your own public key",
    details: "Takes RSA and Ed25519 keys in the forms of OpenSSH, RFC 4716 and PEM, and sends \
              them in OpenSSH's, which every cloud knows. A private key is refused: nothing of \
              it is sent.",
    examples: &["amikit import-keypair laptop -f ~/.ssh/id_ed25519.pub"],
    args,
    sources: &[],
    rows: true,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = vec![
        name_arg(),
        path(
            "public-key-file",
            "FILE",
            "File of the public key, - for stdin",
        )
        .short('f')
        .required(true),
        tag_arg(),
    ];
    args.extend(writing_args());
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let mut file = session.required_path("public-key-file")?;
    if file.as_os_str() == "-" {
        file = "/dev/stdin".into();
    }
    let key = KeyFile::read_public(&file)?;
    let request = ImportKeyPair {
        key_name: session.text("keypair")?.unwrap_or_default(),
        public_key_material: key.openssh().into_bytes(),
        tags: tags(session, "tag")?,
    };
    let connected = connect(session)?;
    if let Some(key_pair) = change(session, &connected.ec2, &request)? {
        show_one(session, &key_pair)?;
    }
    Ok(Outcome::Done)
}
