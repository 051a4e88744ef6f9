//! The configuration as a document.
//!
//! ```text
//! CORSConfiguration
//! └─ CORSRule *   ID ?, AllowedOrigin +, AllowedMethod +, AllowedHeader *, ExposeHeader *,
//!                 MaxAgeSeconds ?
//! ```
//!
//! Source: Amazon S3 API reference, `PutBucketCors`.

use crate::cloud::walrus::xml::{self, excerpt, malformed};
use crate::cloud::walrus::{Code, S3Error, S3Result};
use crate::xml::{Element, Writer};

use super::{Cors, MAX_ID, MAX_RULES, Method, Rule};

impl Cors {
    /// Reads a configuration.
    ///
    /// # Errors
    /// `MalformedXML` when it is no such document; `InvalidRequest` for more than 100 rules, a
    /// method that S3 has not, more than one `*`, or a header that is none.
    pub fn from_xml(body: &[u8]) -> S3Result<Self> {
        let document = xml::read(body, "CORSConfiguration", &xml::SETTING)?;
        xml::only(&document, &["CORSRule"])?;
        match document.children.len() {
            0 => return Err(malformed("<CORSConfiguration> has no <CORSRule>")),
            found if found > MAX_RULES => {
                return Err(invalid(format!(
                    "the configuration has {found} rules, expected at most {MAX_RULES}"
                )));
            }
            _ => {}
        }
        let rules = document.children.iter().map(rule);
        Ok(Self {
            rules: rules.collect::<S3Result<_>>()?,
        })
    }

    /// The configuration as clients read it.
    #[must_use]
    pub fn to_xml(&self) -> Vec<u8> {
        xml::document("CORSConfiguration", |writer| {
            for rule in &self.rules {
                writer.element("CORSRule", &[], |writer| write(writer, rule));
            }
        })
    }
}

fn write(writer: &mut Writer, rule: &Rule) {
    if let Some(id) = &rule.id {
        writer.leaf("ID", id);
    }
    for origin in &rule.origins {
        writer.leaf("AllowedOrigin", origin);
    }
    for method in &rule.methods {
        writer.leaf("AllowedMethod", method.as_str());
    }
    for header in &rule.headers {
        writer.leaf("AllowedHeader", header);
    }
    for header in &rule.expose {
        writer.leaf("ExposeHeader", header);
    }
    if let Some(seconds) = rule.max_age_s {
        writer.leaf("MaxAgeSeconds", &seconds.to_string());
    }
}

fn rule(element: &Element<'_>) -> S3Result<Rule> {
    let known = [
        "ID",
        "AllowedOrigin",
        "AllowedMethod",
        "AllowedHeader",
        "ExposeHeader",
        "MaxAgeSeconds",
    ];
    xml::only(element, &known)?;
    let id = xml::optional_text(element, "ID")?;
    if id.is_some_and(|id| id.chars().nth(MAX_ID).is_some()) {
        return Err(invalid(format!(
            "the ID of a rule has more than {MAX_ID} characters"
        )));
    }
    let max_age = xml::optional_text(element, "MaxAgeSeconds")?;
    let max_age_s = max_age.map(|text| {
        text.trim().parse().map_err(|_| {
            let text = excerpt(text);
            malformed(format!(
                "MaxAgeSeconds is \"{text}\", expected seconds from 0 to {}",
                u32::MAX
            ))
        })
    });
    Ok(Rule {
        id: id.map(str::to_owned),
        origins: at_least_one(element, "AllowedOrigin", origin)?,
        methods: at_least_one(element, "AllowedMethod", method)?,
        headers: each(element, "AllowedHeader", allowed_header)?,
        expose: each(element, "ExposeHeader", exposed_header)?,
        max_age_s: max_age_s.transpose()?,
    })
}

fn each<T>(
    parent: &Element<'_>,
    name: &str,
    read: impl Fn(&str) -> S3Result<T>,
) -> S3Result<Vec<T>> {
    let texts = parent.all(name).map(xml::text_in);
    texts.map(|text| read(text?)).collect()
}

fn at_least_one<T>(
    parent: &Element<'_>,
    name: &str,
    read: impl Fn(&str) -> S3Result<T>,
) -> S3Result<Vec<T>> {
    let found = each(parent, name, read)?;
    if found.is_empty() {
        return Err(malformed(format!("a <CORSRule> has no <{name}>")));
    }
    Ok(found)
}

fn origin(text: &str) -> S3Result<String> {
    one_star("AllowedOrigin", text)?;
    Ok(text.to_owned())
}

fn method(text: &str) -> S3Result<Method> {
    Method::from_name(text).ok_or_else(|| {
        invalid(format!(
            "AllowedMethod is \"{}\", expected GET, PUT, POST, DELETE or HEAD",
            excerpt(text)
        ))
    })
}

fn allowed_header(text: &str) -> S3Result<String> {
    one_star("AllowedHeader", text)?;
    header("AllowedHeader", text, true)
}

fn exposed_header(text: &str) -> S3Result<String> {
    header("ExposeHeader", text, false)
}

fn one_star(name: &str, text: &str) -> S3Result<()> {
    if text.matches('*').count() > 1 {
        let text = excerpt(text);
        return Err(invalid(format!(
            "{name} \"{text}\" has more than one *, expected at most one"
        )));
    }
    Ok(())
}

/// A name of a header, which may have a `*` if it is a pattern. What is exposed goes into
/// headers of answers, so nothing but a token may stand there (RFC 9110, section 5.6.2).
fn header(name: &str, text: &str, is_pattern: bool) -> S3Result<String> {
    let fits = |byte: u8| match byte {
        b'*' => is_pattern,
        byte => byte.is_ascii_alphanumeric() || b"!#$%&'+-.^_`|~".contains(&byte),
    };
    if !text.is_empty() && text.bytes().all(fits) {
        return Ok(text.to_owned());
    }
    let text = excerpt(text);
    let star = if is_pattern { "" } else { "; * is none" };
    Err(invalid(format!(
        "{name} is \"{text}\", expected the name of a header{star}"
    )))
}

fn invalid(message: String) -> S3Error {
    S3Error::new(Code::InvalidRequest, message)
}
