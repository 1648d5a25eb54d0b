//! White space behind separators.

use std::io::{self, Read};

/// Reader of separated text that leaves out spaces and tabs at the beginnings of values, so that a quote may
/// follow them. A tab that separates values stays.
pub(super) struct SkipSpaces<R> {
    input: R,
    separator: Vec<u8>,
    quotes: Quotes,
    at: At,
    /// Number of bytes of a separator that were read last.
    matched: usize,
}

/// Quotes of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// A quote is a character like others.
    None,
    /// Values may be in double quotes, with this escape character besides the quote itself.
    Double(Option<u8>),
}

/// Place in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Beginning of a value.
    Start,
    /// In a value without quotes, or after its closing quote.
    Plain,
    /// In a quoted value.
    Quoted,
    /// After the escape character.
    Escaped,
    /// After a quote in a quoted value.
    Quote,
}

impl<R: Read> SkipSpaces<R> {
    /// Text with this separator.
    pub(super) fn new(input: R, separator: &str, quotes: Quotes) -> Self {
        Self { input, separator: separator.as_bytes().to_vec(), quotes, at: At::Start, matched: 0 }
    }

    /// Goes on behind a byte. Returns whether it is part of the text.
    fn keeps(&mut self, byte: u8) -> bool {
        let (has_quotes, escape) = match self.quotes {
            Quotes::None => (false, None),
            Quotes::Double(escape) => (true, escape),
        };
        self.at = match (self.at, byte) {
            (At::Start, b' ') => return false,
            (At::Start, b'\t') if self.separator.first() != Some(&b'\t') => return false,
            (At::Start | At::Quote, b'"') if has_quotes => At::Quoted,
            (At::Quoted, b'"') => At::Quote,
            (At::Quoted, byte) if escape == Some(byte) => At::Escaped,
            (At::Quoted | At::Escaped, _) => At::Quoted,
            (At::Start | At::Plain | At::Quote, byte) => {
                if matches!(byte, b'\n' | b'\r') || self.ends_separator(byte) {
                    self.matched = 0;
                    At::Start
                } else {
                    At::Plain
                }
            }
        };
        true
    }

    /// Returns whether a byte is the last of a separator.
    fn ends_separator(&mut self, byte: u8) -> bool {
        while self.matched > 0 && self.separator[self.matched] != byte {
            // The longest end of the bytes so far that begins a separator.
            let read = &self.separator[..self.matched];
            let shorter = (0..self.matched).rev().find(|&length| read.ends_with(&read[..length]));
            self.matched = shorter.unwrap_or(0);
        }
        if self.separator[self.matched] == byte {
            self.matched += 1;
        }
        self.matched == self.separator.len()
    }
}

impl<R: Read> Read for SkipSpaces<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.input.read(into)?;
            let mut kept = 0;
            for at in 0..read {
                let byte = into[at];
                if self.keeps(byte) {
                    into[kept] = byte;
                    kept += 1;
                }
            }
            if kept > 0 || read == 0 {
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(text: &str, separator: &str, quotes: Quotes) -> String {
        let mut read = String::new();
        SkipSpaces::new(text.as_bytes(), separator, quotes).read_to_string(&mut read).unwrap();
        read
    }

    #[test]
    fn spaces_behind_separators_are_left_out() {
        let double = Quotes::Double(None);
        for (text, separator, quotes, expected) in [
            ("a, b,\t c \n d", ",", double, "a,b,c \nd"),
            ("1, \"a, b\", 2", ",", double, "1,\"a, b\",2"),
            ("1, \"a\"\", b\", 2", ",", double, "1,\"a\"\", b\",2"),
            ("1, \"a\\\", b\", 2", ",", Quotes::Double(Some(b'\\')), "1,\"a\\\", b\",2"),
            ("1, \"a, b", ",", Quotes::None, "1,\"a,b"),
            ("a:: b:  c", "::", Quotes::None, "a::b:  c"),
            ("xxy zxxxy w", "xxy", Quotes::None, "xxyzxxxyw"),
            ("a\t\t b", "\t", Quotes::None, "a\t\tb"),
            ("1   2", " ", Quotes::None, "1 2"),
        ] {
            assert_eq!(skipped(text, separator, quotes), expected, "{text}");
        }
    }
}
