//! The bounded reader.

use std::ops::Range;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::reader::Reader as Parser;

use super::XmlError;

/// Deepest nesting that is read. A manifest has 6 levels, EC2's responses about 12.
pub const MAX_DEPTH: usize = 32;

/// Most attributes of one element. The check that none stands twice compares each with all
/// before it, so that a tag with a million would take hours.
const MAX_ATTRIBUTES: usize = 64;

/// How much of a document is read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest size in bytes.
    pub bytes: usize,
    /// Most elements; each takes some 150 bytes of memory.
    pub elements: usize,
    /// Whether comments, processing instructions and CDATA sections are refused, so that
    /// a `<name>` in the bytes can be nothing but a tag. Otherwise comments and instructions
    /// are passed over, and CDATA is text.
    pub plain: bool,
}

/// An element with everything in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element<'a> {
    /// Its name, without namespace prefix.
    pub name: &'a str,
    /// Names (without prefix) and values, in order.
    pub attributes: Vec<(String, String)>,
    /// Its text; empty in an element that has children, where only white space may stand.
    pub text: String,
    /// The elements in it, in order.
    pub children: Vec<Element<'a>>,
    /// Where it stands in the document, tags included, in bytes.
    pub span: Range<usize>,
}

impl<'a> Element<'a> {
    /// The children of this name, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads a whole document and returns its root.
///
/// # Errors
/// When it is larger than the limits, not UTF-8, not well-formed, or has a document type,
/// an entity of its own, or text between elements.
pub fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Element<'a>, XmlError> {
    if bytes.len() > limits.bytes {
        return Err(XmlError::TooLarge {
            found: bytes.len(),
            limit: limits.bytes,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| XmlError::NotUtf8 {
        offset: error.valid_up_to(),
    })?;
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tree = Tree {
        body,
        skipped: text.len() - body.len(),
        limits,
        elements: 0,
        open: Vec::new(),
        root: None,
    };
    if body.starts_with('\u{feff}') {
        return Err(tree.syntax(0, "a second byte order mark"));
    }
    tree.read()
}

/// A tree that grows while events come in.
struct Tree<'a, 'l> {
    body: &'a str,
    /// Bytes before `body`: a byte order mark.
    skipped: usize,
    limits: &'l Limits,
    elements: usize,
    open: Vec<Element<'a>>,
    root: Option<Element<'a>>,
}

impl<'a> Tree<'a, '_> {
    fn read(mut self) -> Result<Element<'a>, XmlError> {
        let mut parser = Parser::from_str(self.body);
        parser.config_mut().check_comments = true;
        let mut start = 0;
        loop {
            let event = match parser.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let offset = usize::try_from(parser.error_position()).unwrap_or(usize::MAX);
                    return Err(self.syntax(offset, &error.to_string()));
                }
            };
            let end = usize::try_from(parser.buffer_position()).unwrap_or(usize::MAX);
            match event {
                Event::Start(tag) => self.start(&tag, start, end)?,
                Event::Empty(tag) => {
                    self.start(&tag, start, end)?;
                    self.end(end)?;
                }
                Event::End(_) => self.end(end)?,
                Event::Text(text) => self.text(&text.xml10_content(), start)?,
                Event::GeneralRef(reference) => {
                    let mut buffer = [0; 4];
                    let c = self.resolve(&reference, start)?;
                    self.text(c.encode_utf8(&mut buffer), start)?;
                }
                Event::CData(text) => {
                    self.refuse_if_plain(start, "a CDATA section")?;
                    self.text(&text.xml10_content(), start)?;
                }
                Event::Comment(_) => self.refuse_if_plain(start, "a comment")?,
                Event::PI(_) => self.refuse_if_plain(start, "a processing instruction")?,
                Event::Decl(declaration) => self.declaration(&declaration, start)?,
                Event::DocType(_) => return Err(self.forbidden(start, "a document type")),
                Event::Eof => return self.finish(end),
            }
            start = end;
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, start: usize, end: usize) -> Result<(), XmlError> {
        let outside = self.open.is_empty();
        if outside && self.root.is_some() {
            return Err(self.syntax(start, "a second root element"));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(XmlError::TooDeep {
                offset: start + self.skipped,
                limit: MAX_DEPTH,
            });
        }
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(XmlError::TooMany {
                limit: self.limits.elements,
            });
        }
        if self
            .open
            .last()
            .is_some_and(|parent| !is_blank(&parent.text))
        {
            return Err(self.syntax(start, "text between elements"));
        }
        // Slices of the document rather than of the event, which does not live long enough.
        let raw = self.body.get(start..end).unwrap_or_default();
        let full_name = raw.get(1..=tag.name().as_ref().len()).unwrap_or_default();
        if !raw.starts_with('<') || full_name != tag.name().as_ref() || !is_name(full_name) {
            return Err(self.syntax(start, "this is no name of an element"));
        }
        let element = Element {
            name: local(full_name),
            attributes: self.attributes(tag, start)?,
            text: String::new(),
            children: Vec::new(),
            span: start + self.skipped..end + self.skipped,
        };
        self.open.push(element);
        Ok(())
    }

    fn attributes(
        &self,
        tag: &BytesStart<'_>,
        start: usize,
    ) -> Result<Vec<(String, String)>, XmlError> {
        let mut found = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| self.syntax(start, &error.to_string()))?;
            if found.len() == MAX_ATTRIBUTES {
                return Err(self.syntax(start, "more than 64 attributes"));
            }
            let key = attribute.key.as_ref();
            if !is_name(key) {
                return Err(self.syntax(start, "this is no name of an attribute"));
            }
            if attribute.value.contains('<') {
                return Err(self.syntax(start, "a < in an attribute"));
            }
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|error| self.syntax(start, &error.to_string()))?;
            if !value.chars().all(is_char) {
                return Err(self.syntax(start, "a control character in an attribute"));
            }
            found.push((local(key).to_owned(), value.into_owned()));
        }
        Ok(found)
    }

    fn end(&mut self, end: usize) -> Result<(), XmlError> {
        let Some(mut element) = self.open.pop() else {
            return Err(self.syntax(end, "an end without a start"));
        };
        element.span.end = end + self.skipped;
        if !element.children.is_empty() {
            if !is_blank(&element.text) {
                return Err(self.syntax(end, "text between elements"));
            }
            element.text = String::new();
        }
        element.children.shrink_to_fit();
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str, start: usize) -> Result<(), XmlError> {
        if !text.chars().all(is_char) {
            return Err(self.syntax(start, "a control character"));
        }
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if is_blank(text) => {}
            None => return Err(self.syntax(start, "text outside the root element")),
        }
        Ok(())
    }

    fn resolve(&self, reference: &BytesRef<'_>, start: usize) -> Result<char, XmlError> {
        match &**reference {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            name => match reference.resolve_char_ref() {
                Ok(Some(c)) => Ok(c),
                _ => Err(XmlError::Entity {
                    offset: start + self.skipped,
                    name: name.chars().take(80).collect(),
                }),
            },
        }
    }

    fn declaration(&self, declaration: &BytesDecl<'_>, start: usize) -> Result<(), XmlError> {
        if start != 0 {
            return Err(self.forbidden(start, "a declaration that is not at the start"));
        }
        let version = declaration
            .version()
            .map_err(|error| self.syntax(start, &error.to_string()))?;
        let encoding = match declaration.encoding() {
            Some(Ok(encoding)) => encoding.into_owned(),
            Some(Err(error)) => return Err(self.syntax(start, &error.to_string())),
            None => "UTF-8".to_owned(),
        };
        let known = ["UTF-8", "UTF8", "ASCII", "US-ASCII"];
        if version != "1.0" {
            return Err(declared(&version));
        }
        if known.iter().any(|name| encoding.eq_ignore_ascii_case(name)) {
            Ok(())
        } else {
            Err(declared(&encoding))
        }
    }

    fn refuse_if_plain(&self, start: usize, what: &'static str) -> Result<(), XmlError> {
        if self.limits.plain {
            Err(self.forbidden(start, what))
        } else {
            Ok(())
        }
    }

    fn finish(mut self, end: usize) -> Result<Element<'a>, XmlError> {
        if let Some(element) = self.open.last() {
            let why = format!("<{}> is not closed", element.name);
            return Err(self.syntax(end, &why));
        }
        let root = self.root.take();
        root.ok_or_else(|| self.syntax(end, "there is no element"))
    }

    fn forbidden(&self, start: usize, what: &'static str) -> XmlError {
        XmlError::Forbidden {
            offset: start + self.skipped,
            what,
        }
    }

    fn syntax(&self, offset: usize, why: &str) -> XmlError {
        XmlError::Syntax {
            offset: offset.saturating_add(self.skipped),
            why: why.chars().take(200).flat_map(char::escape_debug).collect(),
        }
    }
}

fn declared(found: &str) -> XmlError {
    XmlError::Declaration {
        found: found.chars().take(80).collect(),
    }
}

/// The name without its namespace prefix.
fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Whether a name has only characters that names of ours have: XML's own rule, less the
/// punctuation beyond ASCII that nobody uses.
fn is_name(name: &str) -> bool {
    let first = |c: char| c.is_alphabetic() || c == '_' || c == ':';
    let other = |c: char| first(c) || c.is_numeric() || c == '-' || c == '.';
    name.starts_with(first) && name.chars().all(other)
}

/// Whether XML 1.0 allows the character.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether there is nothing but XML's white space.
fn is_blank(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}
