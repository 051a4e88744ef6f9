//! Where the service is, which region signs, and with which signature.

use super::aws_files::Profile;
use super::{Cloud, CloudError, Origin, Sourced, switch};
use crate::aws::Endpoint;
use crate::aws::sign::SignatureVersion;
use crate::config::{DEFAULT_REGION, Selection, Setting};

/// The region that requests are signed for when nobody names one: the first of AWS.
const CLASSIC_REGION: &str = "us-east-1";

/// Where a service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The endpoint, with the region that requests to it are signed for.
    pub endpoint: Endpoint,
    /// Who named its URL.
    pub origin: Origin,
    /// Who named the region.
    pub region_origin: Origin,
}

impl Cloud<'_> {
    /// Where the service is.
    ///
    /// # Errors
    /// When nobody says it, or what is said is no URL.
    pub fn place(&self) -> Result<Place, CloudError> {
        if let Some(url) = self.url()? {
            let (prefixed, plain) = match url.value.split_once("::") {
                Some((region, rest)) if !region.is_empty() => (Some(region), rest),
                _ => (None, url.value.as_str()),
            };
            let region = match prefixed {
                Some(region) => Sourced::new(region.to_owned(), url.origin.clone()),
                None => self.signing_region(plain)?,
            };
            let endpoint = Endpoint::parse(plain, &region.value);
            return Ok(Place {
                endpoint: endpoint.map_err(|source| CloudError::Endpoint {
                    origin: url.origin.clone(),
                    source,
                })?,
                origin: url.origin,
                region_origin: region.origin,
            });
        }
        let region = self.amazon_region()?;
        let Some(block) = self.service.aws_block() else {
            return Err(self.no_endpoint(self.selection.region.clone()));
        };
        Ok(Place {
            endpoint: Endpoint::amazon(block, &region.value),
            origin: Origin::Default,
            region_origin: region.origin,
        })
    }

    /// Whether somebody names the service's own URL, not only one for all services.
    ///
    /// # Errors
    /// When the configuration is of no use.
    pub fn has_own_url(&self) -> Result<bool, CloudError> {
        let for_all = |origin: &Origin| match origin {
            Origin::Variable(name) => name == "AWS_ENDPOINT_URL",
            Origin::File { place, .. } => {
                place.starts_with("[default]") || place.starts_with("[profile")
            }
            _ => false,
        };
        Ok(self.url()?.is_some_and(|url| !for_all(&url.origin)))
    }

    /// The URL that somebody named: option, variable, euca2ools' file, profile.
    fn url(&self) -> Result<Option<Sourced<String>>, CloudError> {
        if let Some(url) = &self.flags.url {
            let option = self.flags.url_option.unwrap_or("--url");
            return Ok(Some(Sourced::new(url.clone(), Origin::Flag(option))));
        }
        // To Amazon's tools a region means Amazon's service there, whatever the environment says.
        let has_region = self.flags.amazon_by_default && self.flags.region.is_some();
        if !has_region
            && let Some((name, url)) = self.first_variable(self.service.url_variables())?
        {
            return Ok(Some(Sourced::new(url, Origin::Variable(name.to_owned()))));
        }
        if let Some(url) = self.region_url()? {
            return Ok(Some(url));
        }
        let setting = self.service.url_setting();
        if let Some(found) = self.config.locate(self.selection, setting)? {
            let origin = Origin::located(&found);
            return Ok(Some(Sourced::new(found.value, origin)));
        }
        if self.is_configured_region()? {
            return Ok(None);
        }
        match self.service.aws_block() {
            Some(block) => Ok(self.profile()?.endpoint_url(block)),
            None => Ok(None),
        }
    }

    /// The URL that ec2-ami-tools' variable gives to a region, `REGION@URL`, when that region is
    /// chosen, or none. It is told as other URLs with a region are: `REGION::URL`.
    fn region_url(&self) -> Result<Option<Sourced<String>>, CloudError> {
        let names = self.service.region_variable();
        let found = self.first_variable(names.as_slice())?;
        let Some((name, text)) = found else {
            return Ok(None);
        };
        let origin = Origin::Variable(name.to_owned());
        let Some((region, url)) = text
            .split_once('@')
            .filter(|(region, _)| !region.is_empty())
        else {
            return Err(CloudError::Value {
                origin,
                found: text,
                expected: "REGION@URL",
            });
        };
        let chosen = self.chosen_region()?;
        let is_meant = chosen.is_none_or(|chosen| chosen.value == region);
        Ok(is_meant.then(|| Sourced::new(format!("{region}::{url}"), origin)))
    }

    fn no_endpoint(&self, region: Option<String>) -> CloudError {
        CloudError::NoEndpoint {
            service: self.service.name(),
            region,
            known: self.config.regions(),
        }
    }

    /// Whether the chosen region has a section of its own.
    fn is_configured_region(&self) -> Result<bool, CloudError> {
        match &self.selection.region {
            Some(region) => Ok(self.config.has_region(region)?),
            None => Ok(false),
        }
    }

    /// The region whose Amazon service is meant, since nobody named a URL.
    fn amazon_region(&self) -> Result<Sourced<String>, CloudError> {
        let unknown = |region| self.no_endpoint(region);
        if let Some(region) = self.chosen_region()? {
            let is_amazons = is_amazon_region(&region.value) && !self.is_configured_region()?;
            return if is_amazons {
                Ok(region)
            } else {
                Err(unknown(self.selection.region.clone()))
            };
        }
        match self.profile()?.option("region") {
            Some(region) if is_amazon_region(&region.value) => Ok(region),
            Some(region) => Err(unknown(Some(region.value))),
            None if self.flags.amazon_by_default => {
                Ok(Sourced::new(CLASSIC_REGION.to_owned(), Origin::Default))
            }
            None => Err(unknown(None)),
        }
    }

    /// The region that requests to a URL are signed for.
    fn signing_region(&self, url: &str) -> Result<Sourced<String>, CloudError> {
        if let Some(found) = self.config.locate(self.selection, Setting::RegionName)? {
            let origin = Origin::located(&found);
            return Ok(Sourced::new(found.value, origin));
        }
        if let Some((name, region)) = self.first_variable(&["AWS_AUTH_REGION"])? {
            return Ok(Sourced::new(region, Origin::Variable(name.to_owned())));
        }
        if let Some(region) = self.chosen_region()? {
            return Ok(region);
        }
        if let Some(region) = amazon_host_region(url) {
            return Ok(Sourced::new(region, Origin::HostName));
        }
        let in_profile = self.profile()?.option("region");
        Ok(in_profile.unwrap_or_else(|| Sourced::new(CLASSIC_REGION.to_owned(), Origin::Default)))
    }

    /// The region that option, environment or euca2ools' file chose; of `aws:eu-west-1` the
    /// last word, which is what euca2ools' file for AWS calls `eu-west-1`.
    fn chosen_region(&self) -> Result<Option<Sourced<String>>, CloudError> {
        let Some(region) = &self.selection.region else {
            return Ok(None);
        };
        let flag = self.flags.region.as_deref();
        let origin = match Selection::region_origin(flag, self.env, self.config)? {
            None | Some("--region") => Origin::Flag("--region"),
            Some(DEFAULT_REGION) => Origin::File {
                path: "euca2ools.ini".into(),
                place: format!("[global] {DEFAULT_REGION}"),
            },
            Some(name) => Origin::Variable(name.to_owned()),
        };
        let word = region.rsplit(':').next().unwrap_or(region);
        Ok(Some(Sourced::new(word.to_owned(), origin)))
    }

    /// The profile of the AWS tools.
    ///
    /// # Errors
    /// When a file is of no use, or a profile that was asked for does not exist.
    pub(super) fn profile(&self) -> Result<Profile, CloudError> {
        Profile::load(self)
    }

    /// Which signature requests get. Never the weaker one unless it is asked for.
    ///
    /// # Errors
    /// When the configuration is of no use.
    pub fn signature(&self) -> Result<Sourced<SignatureVersion>, CloudError> {
        let Some(setting) = self.service.sigv4_setting() else {
            return Ok(Sourced::new(SignatureVersion::V4, Origin::Default));
        };
        if let Some(version) = self.flags.signature {
            return Ok(Sourced::new(version, Origin::Flag("--signature")));
        }
        let forced = self.setting_switch(setting)?;
        Ok(match forced {
            Some(forced) => forced.map(|forced| {
                if forced {
                    SignatureVersion::V4
                } else {
                    SignatureVersion::V2
                }
            }),
            None => Sourced::new(SignatureVersion::V4, Origin::Default),
        })
    }

    /// Where new buckets are made, if a file says so.
    ///
    /// # Errors
    /// When the configuration is of no use.
    pub fn location_constraint(&self) -> Result<Option<Sourced<String>>, CloudError> {
        let found = self
            .config
            .locate(self.selection, Setting::S3LocationConstraint)?;
        Ok(found.map(|found| {
            let origin = Origin::located(&found);
            Sourced::new(found.value, origin)
        }))
    }

    /// A setting of euca2ools' files that is on or off.
    pub(super) fn setting_switch(
        &self,
        setting: Setting,
    ) -> Result<Option<Sourced<bool>>, CloudError> {
        let Some(found) = self.config.locate(self.selection, setting)? else {
            return Ok(None);
        };
        let origin = Origin::located(&found);
        match switch(&found.value) {
            Some(on) => Ok(Some(Sourced::new(on, origin))),
            None => Err(CloudError::Value {
                origin,
                found: found.value,
                expected: "true or false",
            }),
        }
    }
}

/// Whether a word has the form of AWS' region names: `us-east-1`, `us-gov-west-1`.
#[must_use]
pub fn is_amazon_region(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let [first, middle @ .., last] = parts.as_slice() else {
        return false;
    };
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    (2..=4).contains(&first.len())
        && letters(first)
        && !middle.is_empty()
        && middle.iter().all(|part| letters(part))
        && (1..=2).contains(&last.len())
        && last.bytes().all(|byte| byte.is_ascii_digit())
}

/// The region that a host name of Amazon's tells: `s3.eu-west-1.amazonaws.com`,
/// `s3-eu-west-1.amazonaws.com`, `s3.cn-north-1.amazonaws.com.cn`.
fn amazon_host_region(url: &str) -> Option<String> {
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = after.split(['/', ':', '?']).next()?.to_ascii_lowercase();
    let inside = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    let words = inside.split('.').rev();
    let mut names = words.map(|word| word.strip_prefix("s3-").unwrap_or(word));
    names.find(|word| is_amazon_region(word)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_amazon_are_known_by_their_form() {
        for region in [
            "us-east-1",
            "us-gov-west-1",
            "ap-southeast-2",
            "eusc-de-east-1",
        ] {
            assert!(is_amazon_region(region), "{region}");
        }
        for other in [
            "",
            "localhost",
            "us-east",
            "us-1",
            "US-EAST-1",
            "eu--1",
            "a-b-1x",
            "1-a-1",
        ] {
            assert!(!is_amazon_region(other), "{other}");
        }
    }

    #[test]
    fn hosts_of_amazon_tell_their_region() {
        for (url, want) in [
            ("https://s3.eu-west-1.amazonaws.com", Some("eu-west-1")),
            ("https://s3-us-west-2.amazonaws.com/", Some("us-west-2")),
            (
                "https://s3.dualstack.ap-south-1.amazonaws.com:443/x",
                Some("ap-south-1"),
            ),
            ("https://s3.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("https://s3.amazonaws.com", None),
            ("https://s3.eu-west-1.amazonaws.com.example.org", None),
            ("http://10.0.0.1:8773/services/Walrus", None),
        ] {
            assert_eq!(amazon_host_region(url).as_deref(), want, "{url}");
        }
    }
}
