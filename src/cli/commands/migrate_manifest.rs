//! `migrate-manifest`: makes a bundle's manifest one for another cloud.

use clap::Arg;
use serde_json::json;

use crate::cli::credentials;
use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::cli::spec::{
    CLOUD_CERTIFICATE, CommandSpec, Outcome, PRIVATE_KEY, Source, USER_CERTIFICATE, flag, option,
    path, region,
};
use crate::upload::migrate::{Ids, MigratedFile, OtherIds, Parties, migrate_file};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "migrate-manifest",
    about: "Make a bundle's manifest one for another cloud or region",
    details: "The signature is checked with the user's certificate, the bundle's key is opened \
              with the private key and sealed for the target's cloud (--ec2cert), and the \
              manifest is signed anew. Parts do not change. The file is replaced at once, or not \
              at all.\n\n\
              Kernels and ramdisks of one cloud are none of another's: pass those of the target, \
              or say with --no-mapping or --keep-ids what becomes of them.",
    examples: &[
        "amikit migrate-manifest -m disk.img.manifest.xml -c cert.pem -k pk.pem \\\n      --ec2cert target-cert.pem --kernel aki-919dcaf8",
        "amikit migrate-manifest -m disk.img.manifest.xml -c cert.pem -k pk.pem \\\n      --ec2cert target-cert.pem --no-mapping --backup",
    ],
    args,
    sources: SOURCES,
    rows: false,
    run,
};

/// As `bundle-image` finds them.
pub(super) const SOURCES: &[Source] = &[PRIVATE_KEY, USER_CERTIFICATE, CLOUD_CERTIFICATE];

fn args() -> Vec<Arg> {
    let mut args = vec![
        path("manifest", "FILE", "Manifest of the bundle")
            .short('m')
            .required(true),
    ];
    args.extend(party_args());
    args.push(flag("backup", "Keep the old manifest as FILE.bak"));
    args.push(region());
    args
}

/// The options of both migrations: who signs, for whom, and what it boots with there.
pub(super) fn party_args() -> Vec<Arg> {
    vec![
        path(
            "privatekey",
            "FILE",
            "User's private key, which opens the bundle and signs the manifest",
        )
        .short('k'),
        path(
            "cert",
            "FILE",
            "User's certificate, which the bundle was signed with",
        )
        .short('c'),
        path("ec2cert", "FILE", "Certificate of the target's cloud"),
        option("kernel", "ID", "Kernel to boot with at the target"),
        option("ramdisk", "ID", "Ramdisk to boot with at the target"),
        flag(
            "no-mapping",
            "Name no kernel and ramdisk but those given: the target's default is used",
        ),
        flag(
            "keep-ids",
            "Keep kernel and ramdisk: the target is the same cloud",
        )
        .conflicts_with("no-mapping"),
    ]
}

/// Who signs, and for whom.
pub(super) fn parties(session: &Session<'_>) -> Result<Parties, Failure> {
    for needed in ["cert", "privatekey"] {
        if session.path(needed)?.is_none() {
            return Err(session.missing(needed));
        }
    }
    let identity = credentials::identity(session)?;
    let missing = |id: &str| session.missing(id);
    Ok(Parties {
        key: identity.signer.ok_or_else(|| missing("privatekey"))?,
        certificate: identity.user_certificate.ok_or_else(|| missing("cert"))?,
        target: identity.ec2_certificate,
    })
}

/// Kernel and ramdisk at the target.
pub(super) fn ids(session: &Session<'_>) -> Result<Ids, Failure> {
    let id = |id: &str| match session.text(id)? {
        Some(text) if text.is_empty() || !text.chars().all(|c| c.is_ascii_graphic()) => {
            let why = format!("\"{text}\" is not an id such as aki-919dcaf8");
            Err(session.invalid(id, &text, &why))
        }
        text => Ok(text),
    };
    let others = if session.values.flag("no-mapping") {
        OtherIds::Remove
    } else if session.values.flag("keep-ids") {
        OtherIds::Keep
    } else {
        OtherIds::Refuse
    };
    Ok(Ids {
        kernel: id("kernel")?,
        ramdisk: id("ramdisk")?,
        others,
    })
}

/// Warns of what the manifest names no more.
pub(super) fn warn_of_removed(session: &Session<'_>, removed: &[String]) {
    if !removed.is_empty() {
        session.warn(format!(
            "the manifest names {} no more: the target's default is used",
            removed.join(" and ")
        ));
    }
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let manifest = session.required_path("manifest")?;
    let keep_old = session.values.flag("backup") || session.manner.family == Family::Ec2;
    let (ids, parties) = (ids(session)?, parties(session)?);
    tracing::info!(manifest = %manifest.display(), ?ids, "migrating");

    let done = migrate_file(&manifest, &parties, &ids, keep_old)?;

    warn_of_removed(session, &done.migrated.removed);
    tell(session, &manifest.display().to_string(), &done)?;
    Ok(Outcome::Done)
}

fn tell(session: &Session<'_>, manifest: &str, done: &MigratedFile) -> Result<(), Failure> {
    let backup = done.backup.as_ref().map(|path| path.display().to_string());
    if session.manner.family == Family::Ec2 {
        session.line("Backing up manifest...")?;
        return session.line(&format!("Successfully migrated {manifest}"));
    }
    let configuration = done.migrated.manifest.machine_configuration.as_ref();
    let kernel = configuration.and_then(|found| found.kernel_id.as_deref());
    let ramdisk = configuration.and_then(|found| found.ramdisk_id.as_deref());
    if session.is_json() {
        return session.json(&json!({
            "manifest": manifest,
            "backup": backup,
            "kernel": kernel,
            "ramdisk": ramdisk,
            "removed": done.migrated.removed,
            "warnings": *session.warnings.borrow(),
        }));
    }
    if session.verbosity.quiet {
        return Ok(());
    }
    session.print(&format!(
        "manifest  {manifest}\n\
         kernel    {}\n\
         ramdisk   {}\n\
         old       {}\n",
        kernel.unwrap_or("none"),
        ramdisk.unwrap_or("none"),
        backup.as_deref().unwrap_or("replaced"),
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use crate::cli::tests::run;

    fn fixture(name: &str) -> String {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        root.join("fixtures").join(name).display().to_string()
    }

    fn parties() -> String {
        let key = |name: &str| fixture(&format!("keys/THROWAWAY-{name}"));
        format!(
            "-k {} -c {} --ec2cert {}",
            key("ec2-user.pem"),
            key("ec2-user.crt"),
            key("euca-cloud.crt")
        )
    }

    #[test]
    fn the_old_tool_keeps_a_backup_and_refuses_to_replace_one() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("disk.manifest.xml");
        fs::copy(fixture("manifests/ec2-ami-tools-options.xml"), &manifest).unwrap();
        let old = fs::read(&manifest).unwrap();
        let shown = manifest.display();
        let line = format!("ec2-migrate-manifest -m {shown} {} --no-mapping", parties());

        let first = run(&line, &[]);
        let second = run(&line, &[]);

        assert_eq!(first.code, 0, "{}", first.err);
        assert!(first.err.contains("aki-"), "it warns: {}", first.err);
        assert_eq!(
            fs::read(folder.path().join("disk.manifest.xml.bak")).unwrap(),
            old
        );
        assert_ne!(fs::read(&manifest).unwrap(), old);
        assert_eq!(second.code, 2, "{}", second.err);
    }

    #[test]
    fn undecided_ids_are_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("disk.manifest.xml");
        fs::copy(fixture("manifests/ec2-ami-tools-options.xml"), &manifest).unwrap();
        let shown = manifest.display();

        let native = run(
            &format!("amikit migrate-manifest -m {shown} {}", parties()),
            &[],
        );
        let no_key = run(&format!("amikit migrate-manifest -m {shown}"), &[]);

        assert_eq!(native.code, 2, "{}", native.err);
        assert!(native.err.contains("--no-mapping"), "{}", native.err);
        assert_eq!(no_key.code, 2, "{}", no_key.err);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
