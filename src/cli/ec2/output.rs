//! Rows, in every form that is asked for.
//!
//! ```text
//! native   --output table    columns, aligned, for people
//!          --output json     {"images": [{…}, …]}
//!          --output tsv      a line of heads, then a line for each; no value has a tab
//! euca     IMAGE⇥emi-…⇥…     the old tools' lines, each of their own shape
//! api      IMAGE⇥ami-…⇥…
//! ```

use std::fmt::Write as _;

use serde::Serialize;

use crate::cli::dialect::Family;
use crate::cli::failure::Failure;
use crate::cli::session::{OutputFormat, Session};

/// One thing of a result: an image, an instance.
pub trait Row: Serialize {
    /// Heads of the columns of table and TSV.
    const HEADS: &'static [&'static str];

    /// Its cells, one for each head; none where there is nothing to say.
    fn cells(&self) -> Vec<Option<String>>;

    /// What an old tool prints of it.
    fn lines(&self, family: Family) -> Vec<Line>;
}

/// A line of the old tools: a word, and fields behind tabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(Vec<Option<String>>);

impl Line {
    /// A line that begins with a word, such as `IMAGE`.
    #[must_use]
    pub fn new(word: &str, fields: &[Option<&str>]) -> Self {
        let word = std::iter::once(Some(word.to_owned()));
        let fields = fields.iter().map(|field| field.map(str::to_owned));
        Self(word.chain(fields).collect())
    }

    /// Whether it tells a tag.
    fn is_tag(&self) -> bool {
        self.0.first().and_then(Option::as_deref) == Some("TAG")
    }

    /// The text; a field without a value is empty, or `(nil)` where that is asked for.
    fn text(&self, nil: bool) -> String {
        let empty = if nil { "(nil)" } else { "" };
        let fields = self.0.iter().map(|field| match field.as_deref() {
            None | Some("") => empty.to_owned(),
            Some(text) => plain(text),
        });
        fields.collect::<Vec<_>>().join("\t")
    }
}

/// Prints a list. `name` is its field in JSON: `images`.
///
/// # Errors
/// When stdout cannot be written.
pub fn show<R: Row>(session: &Session<'_>, name: &str, rows: &[R]) -> Result<(), Failure> {
    if !session.is_native() {
        return show_lines(session, rows);
    }
    match session.format {
        OutputFormat::Json => session.json(&serde_json::json!({ name: rows })),
        OutputFormat::Tsv => show_tsv(session, rows),
        OutputFormat::Table => show_table(session, rows),
    }
}

/// Prints one thing that a command made or changed: in JSON its fields alone, for people a
/// table of one line.
///
/// # Errors
/// When stdout cannot be written.
pub fn show_one<R: Row>(session: &Session<'_>, row: &R) -> Result<(), Failure> {
    if session.is_native() && session.is_json() {
        return session.json(&serde_json::json!(row));
    }
    show(session, "", std::slice::from_ref(row))
}

fn show_lines<R: Row>(session: &Session<'_>, rows: &[R]) -> Result<(), Failure> {
    let nil = session.values.flag("show-empty-fields");
    let hide_tags = session.values.flag("hide-tags");
    let lines = rows.iter().flat_map(|row| {
        let mut lines = row.lines(session.manner.family);
        // A row that is a tag itself begins with it.
        let rest = lines.split_off(lines.len().min(1));
        lines.extend(
            rest.into_iter()
                .filter(|line| !(hide_tags && line.is_tag())),
        );
        lines
    });
    let lines = lines.map(|line| line.text(nil) + "\n");
    session.print(&lines.collect::<String>())
}

fn show_tsv<R: Row>(session: &Session<'_>, rows: &[R]) -> Result<(), Failure> {
    let mut text = R::HEADS.join("\t") + "\n";
    for row in rows {
        let cells = row.cells().into_iter();
        let cells: Vec<_> = cells.map(|cell| plain(&cell.unwrap_or_default())).collect();
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    session.print(&text)
}

fn show_table<R: Row>(session: &Session<'_>, rows: &[R]) -> Result<(), Failure> {
    if rows.is_empty() {
        session.note("nothing found");
        return Ok(());
    }
    let heads = R::HEADS.iter().map(|head| head.to_uppercase());
    let mut table: Vec<Vec<String>> = vec![heads.collect()];
    for row in rows {
        let cells = row.cells().into_iter();
        let cells = cells.map(|cell| cell.filter(|text| !text.is_empty()));
        table.push(
            cells
                .map(|cell| plain(&cell.unwrap_or("-".into())))
                .collect(),
        );
    }
    let width = |column: usize| {
        let cells = table.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..R::HEADS.len()).map(width).collect();
    let mut text = String::new();
    for row in &table {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  "); // a String takes everything
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    session.print(&text)
}

/// Text without tabs, line ends and other control characters: what a service says must not
/// make another column, nor move the cursor.
#[must_use]
pub fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}
