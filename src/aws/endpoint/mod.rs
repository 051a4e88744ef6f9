//! Where a service is, and how buckets are named in its URLs.
//!
//! ```text
//! https://s3.eu-west-1.amazonaws.com        ─► https://bucket.s3.eu-west-1.amazonaws.com/key
//! http://10.0.0.1:8773/services/Walrus      ─► http://10.0.0.1:8773/services/Walrus/bucket/key
//! └scheme  └host         └path
//! ```

mod parse;
#[cfg(test)]
mod tests;

use super::sign::canonical::uri_encode;

/// A service's base URL and the region that requests to it are signed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `http` or `https`.
    pub scheme: String,
    /// Host name or address, with the port if it is not the scheme's own: the `Host` header.
    pub host: String,
    /// Path of the service, `/services/Walrus` or empty; no slash at the end.
    pub path: String,
    /// Region of the signature's scope.
    pub region: String,
    /// How buckets are named.
    pub addressing: Addressing,
}

/// How a bucket is named in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addressing {
    /// Virtual-hosted at Amazon's hosts for buckets whose name can be in a host's; else by path.
    #[default]
    Auto,
    /// `https://host/bucket/key`.
    Path,
    /// `https://bucket.host/key`.
    Virtual,
}

/// Why a text is not an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{url}\" is not the URL of a service: {why}")]
pub struct EndpointError {
    /// The text as given.
    pub url: String,
    /// What is wrong.
    pub why: &'static str,
}

/// Where one request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The `Host` header.
    pub host: String,
    /// Encoded path.
    pub path: String,
    /// Whether the host begins with the bucket.
    pub virtual_bucket: bool,
}

impl Endpoint {
    /// The endpoint at a URL such as `http://10.0.0.1:8773/services/Walrus`.
    ///
    /// # Errors
    /// When it is no http or https URL, or has a user, a query or a fragment.
    pub fn parse(url: &str, region: &str) -> Result<Self, EndpointError> {
        parse::endpoint(url, region).map_err(|why| EndpointError {
            url: parse::without_secrets(url),
            why,
        })
    }

    /// Amazon's S3 in a region.
    #[must_use]
    pub fn amazon_s3(region: &str) -> Self {
        Self::amazon("s3", region)
    }

    /// A service of Amazon's in a region (`s3`, `ec2`, `ebs`); partition suffixes
    /// (`.amazonaws.com.cn`) follow the region.
    #[must_use]
    pub fn amazon(service: &str, region: &str) -> Self {
        let region = if region.is_empty() {
            "us-east-1"
        } else {
            region
        };
        let partition = if region.starts_with("cn-") { ".cn" } else { "" };
        Self {
            scheme: "https".to_owned(),
            host: format!("{service}.{region}.amazonaws.com{partition}"),
            path: String::new(),
            region: region.to_owned(),
            addressing: Addressing::Auto,
        }
    }

    /// The base URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host, self.path)
    }

    /// Whether this is Amazon's S3.
    #[must_use]
    pub fn is_amazon(&self) -> bool {
        amazon_region(&self.host).is_some()
    }

    /// Where a request about a bucket, or an object in it, goes.
    pub(super) fn target(&self, bucket: Option<&str>, key: Option<&str>) -> Target {
        let mut path = self.path.clone();
        let mut host = self.host.clone();
        let mut virtual_bucket = false;
        match bucket {
            Some(bucket) if self.is_virtual(bucket) => {
                virtual_bucket = true;
                host = format!("{bucket}.{host}");
            }
            Some(bucket) => {
                path.push('/');
                path.push_str(&uri_encode(bucket.as_bytes(), false));
            }
            None => {}
        }
        if let Some(key) = key {
            path.push('/');
            path.push_str(&uri_encode(key.as_bytes(), true));
        }
        if path == self.path {
            path.push('/');
        }
        Target {
            host,
            path,
            virtual_bucket,
        }
    }

    fn is_virtual(&self, bucket: &str) -> bool {
        match self.addressing {
            Addressing::Path => false,
            Addressing::Virtual => true,
            // A dot would not be covered by the certificate's wildcard.
            Addressing::Auto => self.is_amazon() && is_label(bucket) && bucket.len() >= 3,
        }
    }
}

/// The region of an S3 host of Amazon's, in any of the forms that were ever used:
/// `s3.amazonaws.com`, `s3.REGION.…`, `s3-REGION.…`, `s3.dualstack.REGION.…`, a bucket before it.
#[must_use]
pub fn amazon_region(host: &str) -> Option<String> {
    let host = host.split(':').next()?.to_ascii_lowercase();
    let name = host.strip_suffix(".cn").unwrap_or(&host);
    let name = name.strip_suffix(".amazonaws.com")?;
    let labels: Vec<&str> = name.split('.').collect();
    // From the right: what belongs to the service stands there, the bucket before it.
    let is_service = |label: &str| matches!(label, "s3" | "s3-fips" | "s3-accesspoint");
    let is_region = |label: &str| is_label(label) && label.contains('-');
    let region = match *labels.as_slice() {
        [.., service, "dualstack", region] if is_service(service) && is_region(region) => region,
        [.., service, region] if is_service(service) && is_region(region) => region,
        [.., "s3" | "s3-external-1" | "s3-us-standard"] => "us-east-1",
        [.., joined] => {
            let region = joined
                .strip_prefix("s3-fips-")
                .or(joined.strip_prefix("s3-"))?;
            is_region(region).then_some(region)?
        }
        [] => return None,
    };
    Some(region.to_owned())
}

/// Whether a text can be a label of a host name (RFC 1123, section 2.1), in lower case.
fn is_label(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(inside)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The query as on the request line, with its question mark; empty without parameters. A
/// parameter without value has no equals sign: that is how old services know sub-resources.
pub(super) fn encode_query(query: &[(String, String)]) -> String {
    let mut out = String::new();
    for (name, value) in query {
        out.push(if out.is_empty() { '?' } else { '&' });
        out.push_str(&uri_encode(name.as_bytes(), false));
        if !value.is_empty() {
            out.push('=');
            out.push_str(&uri_encode(value.as_bytes(), false));
        }
    }
    out
}
