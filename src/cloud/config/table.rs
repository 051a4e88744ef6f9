//! The form of a section: one table gives the type, the defaults and the commented file.
//!
//! ```text
//! section! { /// About it.          ─►  struct with documented fields, read by serde
//!     Listen = "listen" {           ─►  Default
//!         /// What, unit, reason.   ─►  print: "# What, unit, reason.\nport = 8773\n"
//!         port: u16 = 8773;
//!     }
//! }
//! ```
//!
//! A setting without a default is printed behind a `#`, with an example.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::units::Bytes;

/// A value as TOML has it.
pub(super) trait Value {
    /// The value's text; none if it is not set, or a secret that is not to be shown.
    fn toml(&self) -> Option<String>;
}

/// Text in TOML's quotes.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

macro_rules! plain_values {
    ($($type:ty)+) => {
        $(impl Value for $type {
            fn toml(&self) -> Option<String> {
                Some(self.to_string())
            }
        })+
    };
}

macro_rules! text_values {
    ($($type:ty)+) => {
        $(impl Value for $type {
            fn toml(&self) -> Option<String> {
                Some($crate::cloud::config::table::quoted(&self.to_string()))
            }
        })+
    };
}
pub(super) use text_values;

plain_values! { bool u16 u32 u64 }
text_values! { IpAddr String }

impl Value for PathBuf {
    fn toml(&self) -> Option<String> {
        Some(quoted(&self.to_string_lossy()))
    }
}

impl Value for Bytes {
    /// With the largest unit that loses nothing.
    fn toml(&self) -> Option<String> {
        let short = self.to_string();
        let exact = short.parse() == Ok(*self);
        Some(quoted(&if exact { short } else { self.0.to_string() }))
    }
}

impl<T: Value> Value for Option<T> {
    fn toml(&self) -> Option<String> {
        self.as_ref()?.toml()
    }
}

impl<T: Value> Value for Vec<T> {
    fn toml(&self) -> Option<String> {
        let values: Vec<_> = self.iter().filter_map(Value::toml).collect();
        Some(format!("[{}]", values.join(", ")))
    }
}

/// Writes one setting with what is said of it.
pub(super) fn print_setting(
    out: &mut String,
    docs: &[&str],
    field: &str,
    value: Option<String>,
    example: &str,
) {
    let key = field.replace('_', "-");
    out.push('\n');
    print_remarks(out, docs);
    // A String takes everything.
    let _ = match value {
        Some(value) => writeln!(out, "{key} = {value}"),
        None => writeln!(out, "# {key} = {example}"),
    };
}

/// Writes lines of a doc comment as remarks.
pub(super) fn print_remarks(out: &mut String, docs: &[&str]) {
    for line in docs {
        out.push('#');
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// Makes a section of the configuration. `field: type = default;` or, for a setting that is an
/// `Option`, `field: type = None, like "example";`.
macro_rules! section {
    ($(#[doc = $about:literal])+ $name:ident = $title:literal {
        $($(#[doc = $doc:literal])+ $field:ident: $type:ty = $default:expr $(, like $example:literal)?;)+
    }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        // The words are the printed file's, too, where backticks mean nothing.
        #[allow(clippy::doc_markdown, rustdoc::bare_urls)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl $name {
            /// Writes the section with what is said of it.
            pub(super) fn print(&self, out: &mut String) {
                out.push('\n');
                $crate::cloud::config::table::print_remarks(out, &[$($about),+]);
                *out += concat!("[", $title, "]\n");
                $($crate::cloud::config::table::print_setting(
                    out,
                    &[$($doc),+],
                    stringify!($field),
                    $crate::cloud::config::table::Value::toml(&self.$field),
                    concat!("", $($example)?),
                );)+
            }
        }
    };
}
pub(super) use section;
