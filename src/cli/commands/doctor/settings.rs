//! Which source won for every setting. A setting whose sources are broken is a failed check.

use std::path::PathBuf;

use super::SOURCES;
use super::report::Report;
use crate::aws::sign::SignatureVersion;
use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::config::cloud::{Cloud, CloudError, Origin, Sourced};

/// Tells the settings, the keys excepted: finding those may ask other services.
pub(super) fn tell(
    session: &Session<'_>,
    cloud: &Cloud<'_>,
    report: &mut Report,
) -> Result<(), Failure> {
    match cloud.place() {
        Ok(place) => {
            report.tell("endpoint", place.endpoint.url(), &place.origin);
            report.tell("region", &place.endpoint.region, &place.region_origin);
        }
        // The check of the endpoint tells it.
        Err(error) => tracing::debug!(%error, "no endpoint"),
    }
    let signature = cloud.signature().map(|found| {
        Some(found.map(|version| match version {
            SignatureVersion::V4 => "v4".to_owned(),
            SignatureVersion::V2 => "v2".to_owned(),
        }))
    });
    setting(report, "signature", signature);
    let verifies = cloud.verifies_tls().map(|found| {
        let words = |on| {
            if on {
                "certificate is checked"
            } else {
                "certificate is NOT checked"
            }
        };
        Some(found.map(|on| words(on).to_owned()))
    });
    setting(report, "TLS", verifies);
    let bundle = cloud.ca_bundle();
    let shown = |path: PathBuf| path.display().to_string();
    setting(
        report,
        "CA bundle",
        bundle.map(|found| found.map(|path| path.map(shown))),
    );
    setting(report, "location", cloud.location_constraint());
    match cloud.proxies() {
        Ok(proxies) => {
            for (name, url) in [("HTTPS proxy", proxies.https), ("HTTP proxy", proxies.http)] {
                if let Some(url) = url {
                    let origin = Origin::Variable("proxy variables".to_owned());
                    report.tell(name, without_password(&url), &origin);
                }
            }
        }
        Err(error) => report.fail("proxies", &error.into()),
    }
    let files = [
        ("privatekey", "private key", "--privatekey"),
        ("cert", "certificate", "--cert"),
        ("ec2cert", "cloud's cert", "--ec2cert"),
    ];
    for (id, name, flag) in files {
        if let (Some(path), Some(origin)) = (session.path(id)?, origin(session, id, flag)?) {
            report.tell(name, path.display().to_string(), &origin);
        }
    }
    if let (Some(account), Some(origin)) =
        (session.text("user")?, origin(session, "user", "--user")?)
    {
        report.tell("account", account, &origin);
    }
    Ok(())
}

fn setting(
    report: &mut Report,
    name: &'static str,
    found: Result<Option<Sourced<String>>, CloudError>,
) {
    match found {
        Ok(Some(found)) => report.tell(name, found.value, &found.origin),
        Ok(None) => {}
        Err(error) => report.fail(name, &error.into()),
    }
}

/// Where an option's value comes from.
fn origin(session: &Session<'_>, id: &str, flag: &'static str) -> Result<Option<Origin>, Failure> {
    if session.values.is_on_command_line(id) {
        return Ok(Some(Origin::Flag(flag)));
    }
    let Some(source) = SOURCES.iter().find(|source| source.option == id) else {
        return Ok(None);
    };
    if let Some(name) = source.env.iter().find(|name| session.env(name).is_some()) {
        return Ok(Some(Origin::Variable((*name).to_owned())));
    }
    let (config, selection) = session.configuration()?;
    match source.setting {
        Some(setting) => Ok(config
            .locate(selection, setting)?
            .map(|found| Origin::located(&found))),
        None => Ok(None),
    }
}

/// A proxy's URL without the password that may be in it.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://(hidden)@{host}"),
        (None, Some((_, host))) => format!("(hidden)@{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn passwords_of_proxies_are_hidden() {
        for (url, want) in [
            ("http://proxy:3128", "http://proxy:3128"),
            ("http://me:p@ss@proxy:3128", "http://(hidden)@proxy:3128"),
            ("me:pass@proxy", "(hidden)@proxy"),
        ] {
            assert_eq!(without_password(url), want);
        }
    }
}
