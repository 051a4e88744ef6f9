//! The stable writer.

/// Writes a document on one line: attributes in single quotes, `<x/>` for empty elements, no
/// white space, all five predefined entities escaped.
///
/// ec2-ami-tools re-serialises a manifest in just this way before it checks the signature, so
/// this layout is the one that every verifier accepts.
///
/// Source: docs/formats/manifest.md, section 2.
#[derive(Debug, Clone)]
pub struct Writer(String);

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// A document that begins with `<?xml version='1.0'?>`.
    #[must_use]
    pub fn new() -> Self {
        Self("<?xml version='1.0'?>".to_owned())
    }

    /// A piece of a document, without declaration.
    #[must_use]
    pub const fn fragment() -> Self {
        Self(String::new())
    }

    /// Writes an element around what `content` writes.
    pub fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        content: impl FnOnce(&mut Self),
    ) {
        self.0.push('<');
        self.0.push_str(name);
        for (key, value) in attributes {
            self.0.push(' ');
            self.0.push_str(key);
            self.0.push_str("='");
            escape(&mut self.0, value);
            self.0.push('\'');
        }
        let head = self.0.len();
        self.0.push('>');
        content(self);
        if self.0.len() == head + 1 {
            self.0.truncate(head);
            self.0.push_str("/>");
        } else {
            self.0.push_str("</");
            self.0.push_str(name);
            self.0.push('>');
        }
    }

    /// Writes an element that holds a text; `<name/>` when the text is empty.
    pub fn leaf(&mut self, name: &str, text: &str) {
        self.element(name, &[], |writer| writer.text(text));
    }

    /// Writes text into the element that is open.
    pub fn text(&mut self, text: &str) {
        escape(&mut self.0, text);
    }

    /// Appends what another writer wrote, as it stands.
    pub fn append(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    /// What was written so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The document's bytes, UTF-8.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// Characters that XML cannot carry at all become U+FFFD; line ends and tabs become numbers,
/// since readers change them otherwise.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
}
