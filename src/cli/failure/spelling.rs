//! Says a hint in a dialect's words: its tools spell options otherwise, or lack them.

use clap::Arg;

/// How a dialect's command spells the options of the native command that it is.
#[derive(Debug, Default)]
pub struct Spelling {
    /// The native command.
    command: &'static str,
    /// Native long names and the dialect's; none where its tool lacks the option.
    longs: Vec<(String, Option<String>)>,
}

impl Spelling {
    /// The spelling of a command whose native options are these, and whose own are those.
    pub fn new<'a>(
        command: &'static str,
        native: &[Arg],
        own: impl Iterator<Item = &'a Arg>,
    ) -> Self {
        let own: Vec<&Arg> = own.collect();
        let longs = native.iter().filter_map(|arg| {
            let long = arg.get_long()?;
            let mut same = own.iter().filter(|own| own.get_id() == arg.get_id());
            let spelled = same.next().and_then(|own| own.get_long());
            Some((long.to_owned(), spelled.map(str::to_owned)))
        });
        Self {
            command,
            longs: longs.collect(),
        }
    }

    /// The hint in these words. A sentence that names an option which the tool lacks is left
    /// out; if none remains, it is said whose option it is.
    #[must_use]
    pub fn hint(&self, hint: &str) -> String {
        let mut said = String::new();
        for sentence in sentences(hint) {
            if let Some(sentence) = self.sentence(sentence) {
                said.push_str(&sentence);
            }
        }
        let said = said.trim_end_matches([';', ' ', '.']).trim_end();
        if said.is_empty() {
            return format!("with amikit {}: {hint}", self.command);
        }
        said.to_owned()
    }

    /// What help tells of a command, in these words: without the sentences about options that the
    /// tool lacks.
    #[must_use]
    pub fn details(&self, details: &str) -> String {
        let paragraphs = details.split("\n\n").filter_map(|paragraph| {
            let sentences = paragraph.split_inclusive(". ");
            let said: String = sentences.filter_map(|one| self.sentence(one)).collect();
            Some(said.trim_end().to_owned()).filter(|said| !said.is_empty())
        });
        paragraphs.collect::<Vec<_>>().join("\n\n")
    }

    /// A sentence in these words; none if one of its options is lacking.
    fn sentence(&self, sentence: &str) -> Option<String> {
        let mut said = String::new();
        let mut rest = sentence;
        while let Some(at) = rest.find("--") {
            let (before, option) = rest.split_at(at);
            let name = &option[2..];
            let end = name.find(|c: char| !(c.is_ascii_lowercase() || c == '-'));
            let (name, after) = name.split_at(end.unwrap_or(name.len()));
            said.push_str(before);
            said.push_str("--");
            rest = after;
            match self.longs.iter().find(|(native, _)| native == name) {
                None => said.push_str(name),
                Some((_, None)) => return None,
                Some((native, Some(own))) => {
                    said.push_str(own);
                    // ec2-ami-tools' --sigv takes the bare number.
                    if native == "signature" && own != native {
                        rest = rest.strip_prefix(" v").map_or(rest, |number| {
                            said.push(' ');
                            number
                        });
                    }
                }
            }
        }
        said.push_str(rest);
        Some(said)
    }
}

/// The sentences of a hint, each with what stands after it.
fn sentences(hint: &str) -> impl Iterator<Item = &str> {
    let mut rest = hint;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let ends = ["; ", ". "].iter().filter_map(|end| rest.find(end));
        let (sentence, after) = rest.split_at(ends.min().map_or(rest.len(), |at| at + 2));
        rest = after;
        Some(sentence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::spec::option;

    fn spelling() -> Spelling {
        let native = ["url", "signature", "jobs", "retries"].map(|id| option(id, "X", "help"));
        let own = [
            option("url", "X", "help"),
            option("signature", "X", "help").long("sigv"),
        ];
        Spelling::new("upload-bundle", &native, own.iter())
    }

    #[test]
    fn options_are_said_as_the_tool_spells_them() {
        let said = spelling().hint("check --url; an old Walrus may need --signature v2");

        assert_eq!(said, "check --url; an old Walrus may need --sigv 2");
    }

    #[test]
    fn sentences_about_options_that_the_tool_lacks_are_left_out() {
        for (hint, said) in [
            (
                "run it again; if that does not help, try fewer --jobs",
                "run it again",
            ),
            ("try fewer --jobs. Or check --url", "Or check --url"),
            (
                "more --retries",
                "with amikit upload-bundle: more --retries",
            ),
            ("aws x --message-file y", "aws x --message-file y"),
        ] {
            assert_eq!(spelling().hint(hint), said);
        }
    }
}
