//! Asks for a passphrase on the terminal, which does not show it.
//!
//! ```text
//! /dev/tty: echo off, Ctrl-C a character that ends the line ─► line ─► as it was before
//! ```
//!
//! Were Ctrl-C a signal, it would end the process with the terminal's echo still off.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

/// What Ctrl-C sends where it is no signal.
const CTRL_C: u8 = 3;

/// Longest line that a terminal takes; reserved at once, so that no copy is left behind.
const LONGEST: usize = 4096;

/// What became of a question.
pub enum Answer {
    /// A line, without its end.
    Text(Zeroizing<String>),
    /// Ctrl-C.
    Interrupted,
}

/// Asks. `None` if there is no terminal, or nothing was typed before its end (Ctrl-D).
#[must_use]
pub fn ask(prompt: &str) -> Option<Answer> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let mut terminal = Silent::new(terminal.ok()?).ok()?;
    terminal.write(prompt).ok()?;
    let line = terminal.line();
    // The line end that was typed is not shown either.
    terminal.write("\n").ok()?;
    line.ok().flatten()
}

/// A terminal that shows nothing of what is typed, until it is dropped.
struct Silent {
    terminal: File,
    before: Termios,
}

impl Silent {
    fn new(terminal: File) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut modes = before.clone();
        modes
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ISIG);
        modes.local_modes.insert(LocalModes::ICANON);
        modes.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
        tcsetattr(&terminal, OptionalActions::Flush, &modes)?;
        Ok(Self { terminal, before })
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.terminal.write_all(text.as_bytes())
    }

    fn line(&mut self) -> io::Result<Option<Answer>> {
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
        let mut byte = Zeroizing::new([0]);
        loop {
            match self.terminal.read(byte.as_mut()) {
                Ok(0) if line.is_empty() => return Ok(None),
                Ok(0) => break,
                Ok(_) => match byte[0] {
                    b'\n' | b'\r' => break,
                    CTRL_C => return Ok(Some(Answer::Interrupted)),
                    byte => line.push(byte),
                },
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let text = str::from_utf8(&line).map_err(io::Error::other)?;
        Ok(Some(Answer::Text(Zeroizing::new(text.to_owned()))))
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // There is no other way to mend a terminal that refuses.
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}
