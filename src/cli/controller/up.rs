//! `amikit-cloud up`: starts the cloud, tells where it is, and runs it until a signal comes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use super::cloud::{describe, runtime};
use super::settings;
use crate::cli::failure::Failure;
use crate::cli::logging;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome};
use crate::cloud::accounts::ADMIN;
use crate::cloud::config::{Config, LogFormat};
use crate::cloud::identity::folder::{Endpoints, shell_quoted};

/// Tells where the cloud is, where the credentials of `user` are, and how to go on.
///
/// # Errors
/// When stdout cannot be written.
pub fn tell(
    session: &Session<'_>,
    config: &Config,
    endpoints: &Endpoints,
    (user, credentials): (&str, &Path),
) -> Result<(), Failure> {
    if session.is_json() {
        return session.json(&json!({
            "cloud": endpoints.cloud,
            "s3": endpoints.s3,
            "tls": endpoints.tls,
            "walrus": endpoints.walrus(),
            "credentials": credentials,
        }));
    }
    let eucarc = credentials.join("eucarc");
    session.print(&format!(
        "\
S3               {s3}
S3, Walrus' path {walrus}
S3, TLS          {walrus_tls}
credentials      {folder}

To use it as {user}, in another shell:

    . {eucarc}

Ctrl-C stops the cloud. What was acknowledged is kept.
",
        s3 = endpoints.s3,
        walrus = endpoints.walrus(),
        walrus_tls = endpoints.walrus_tls(),
        folder = credentials.display(),
        eucarc = shell_quoted(&eucarc.to_string_lossy()),
    ))?;
    let address = config.listen.address;
    if !address.is_loopback() {
        session.note(&format!(
            "other machines reach {address}: what they send is readable on the way, except through TLS"
        ));
    }
    if address.is_unspecified() && config.listen.host.is_none() {
        session.note("credentials name 127.0.0.1: set --host NAME for clients on other machines");
    }
    Ok(())
}

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "cloud up",
    about: "Start the cloud, and run it until it is told to stop",
    details: "\
The first start makes the data directory with database, keys and the account admin. Endpoints and \
the folder with the administrator's credentials are told on stdout when everything answers; the \
log goes to stderr. The first Ctrl-C or SIGTERM lets running requests end, the second does not.",
    examples: &[
        "amikit-cloud up",
        "amikit-cloud up --data /srv/cloud --bind 0.0.0.0 --host cloud.example.org",
        "amikit-cloud up --data /tmp/try --port 0 --output json",
    ],
    args: settings::args,
    sources: settings::SOURCES,
    rows: false,
    run,
};

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let settings = settings::read(session)?;
    start_log(session, &settings.config);
    let config = settings.config.clone();
    let cloud = describe(settings)?;
    let stop = stop_signal()?;
    let runtime = runtime()?;
    let cut = runtime.block_on(async {
        let running = cloud.start(stop).await?;
        let (endpoints, folder) = (running.endpoints.clone(), running.credentials.clone());
        tell(session, &config, &endpoints, (ADMIN, &folder))?;
        Ok::<_, Failure>(running.stopped().await)
    })?;
    if cut > 0 {
        session.warn(format!("{cut} requests did not end in time and were cut"));
    }
    Ok(Outcome::Done)
}

/// Readable lines or JSON, as loud as configured; `-q` and `-v` count more.
fn start_log(session: &Session<'_>, config: &Config) {
    if !session.surroundings.owns_process {
        return;
    }
    let level = match (session.verbosity.quiet, session.verbosity.level) {
        (true, _) => "error".to_owned(),
        (false, 0) => config.log.level.to_string(),
        (false, 1) => "debug".to_owned(),
        (false, _) => "trace".to_owned(),
    };
    let is_json = config.log.format == LogFormat::Json;
    logging::start_service(&level, (session.colour, is_json), session.surroundings.env);
}

/// Ready when the first Ctrl-C or SIGTERM came. The second ends the process at once.
fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let failure = |error: std::io::Error| Failure::io("cannot catch signals", &error);
    let again = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag down, only the next one ends the process.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))
            .and_then(|_| flag::register(signal, Arc::clone(&again)))
            .map_err(failure)?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(failure)?;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if signals.forever().next().is_some() {
                let _ = sender.send(()); // nobody waits when the start failed
            }
        })
        .map_err(failure)?;
    Ok(async move {
        if receiver.await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
