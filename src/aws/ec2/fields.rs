//! The fields of a response.

use std::str::FromStr;

use crate::xml::Element;

/// A part of a response: an element whose children are fields.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(&'a Element<'a>);

/// Why a response cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What stands there.
    pub found: String,
    /// What should.
    pub expected: &'static str,
}

/// What can be read from a part of a response.
pub trait FromFields: Sized {
    /// Reads it. Fields that are not known are passed over.
    ///
    /// # Errors
    /// When a field is missing that it cannot do without, or has no sense.
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable>;
}

/// Plain texts stand in lists, too.
impl FromFields for String {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(fields.own_text().to_owned())
    }
}

impl<'a> Fields<'a> {
    /// The fields in an element.
    #[must_use]
    pub fn of(element: &'a Element<'a>) -> Self {
        Self(element)
    }

    /// The text of the element itself.
    #[must_use]
    pub fn own_text(self) -> &'a str {
        self.0.text.trim()
    }

    /// The part of this name.
    #[must_use]
    pub fn part(self, name: &str) -> Option<Self> {
        self.0.all(name).next().map(Self)
    }

    /// A field's text; none if it is missing or empty.
    #[must_use]
    pub fn text(self, name: &str) -> Option<String> {
        let text = self.part(name)?.own_text();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A field's text that must be there.
    ///
    /// # Errors
    /// When it is not, or empty.
    pub fn required(self, name: &'static str) -> Result<String, Unreadable> {
        self.text(name).ok_or_else(|| Unreadable {
            found: format!("<{}> without <{name}>", self.0.name),
            expected: "a value there",
        })
    }

    /// A number, if there is one.
    ///
    /// # Errors
    /// When the field has something else.
    pub fn number<T: FromStr>(self, name: &'static str) -> Result<Option<T>, Unreadable> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| Unreadable {
            found: found(name, &text),
            expected: "a number",
        })
    }

    /// A yes or no, if there is one.
    ///
    /// # Errors
    /// When the field has something else.
    pub fn flag(self, name: &'static str) -> Result<Option<bool>, Unreadable> {
        match self.text(name).as_deref() {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(text) => Err(Unreadable {
                found: found(name, text),
                expected: "true or false",
            }),
        }
    }

    /// The parts of a list: what stands as `item` (Eucalyptus: also `member`) in this element.
    pub fn items(self, name: &str) -> impl Iterator<Item = Self> {
        let set = self.part(name);
        let items = set.into_iter().flat_map(|set| &set.0.children);
        items
            .filter(|item| matches!(item.name, "item" | "member"))
            .map(Self)
    }

    /// A list, read.
    ///
    /// # Errors
    /// When one of its items cannot be read.
    pub fn list<T: FromFields>(self, name: &str) -> Result<Vec<T>, Unreadable> {
        self.items(name).map(T::from_fields).collect()
    }
}

/// What stands in a field, cut short.
fn found(name: &str, text: &str) -> String {
    let text: String = text.chars().take(80).collect();
    format!("\"{text}\" in <{name}>")
}
