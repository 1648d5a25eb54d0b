//! UTF-16 as UTF-8.

use std::io::{self, Cursor, Read};

use turret_schema::Encoding;

use super::compression::beginning;

/// Number of bytes that are converted at once.
const BLOCK: usize = 64 << 10;
/// Byte order marks. The mark of UTF-32 begins as one of UTF-16.
const MARKS: [&[u8]; 3] = [b"\xff\xfe\0\0", b"\xff\xfe", b"\xfe\xff"];

/// Returns a reader that converts UTF-16 to UTF-8, if the file begins with a byte order mark of UTF-16 or that
/// is its encoding. Other bytes stay as they are, and so does a file whose encoding is Latin-1.
pub(super) fn as_utf8(
    mut input: Box<dyn Read + Send>,
    encoding: Encoding,
) -> io::Result<Box<dyn Read + Send>> {
    let named = match encoding {
        Encoding::Latin1 => return Ok(input),
        Encoding::Utf8 => None,
        Encoding::Utf16Le => Some(Order::Little),
        Encoding::Utf16Be => Some(Order::Big),
    };
    let first = beginning(&mut input, &MARKS)?;
    let order = Order::of(&first).or(named);
    let whole = Cursor::new(first).chain(input);
    Ok(match order {
        None => Box::new(whole),
        Some(order) => Box::new(Utf16::new(whole, order)),
    })
}

/// Order of the bytes of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Low byte first.
    Little,
    /// High byte first.
    Big,
}

impl Order {
    /// Returns the order if a file with these first bytes begins with a byte order mark of UTF-16.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xfe, 0, 0, ..] => None,
            [0xff, 0xfe, ..] => Some(Self::Little),
            [0xfe, 0xff, ..] => Some(Self::Big),
            _ => None,
        }
    }
}

/// Reader that converts UTF-16 to UTF-8.
struct Utf16<R> {
    input: R,
    order: Order,
    text: String,
    /// Number of bytes of `text` that were returned.
    returned: usize,
    /// First unit of a pair whose second unit is not read yet.
    half: Option<u16>,
    /// Number of bytes that were converted.
    converted: u64,
}

impl<R: Read> Utf16<R> {
    fn new(input: R, order: Order) -> Self {
        Self { input, order, text: String::new(), returned: 0, half: None, converted: 0 }
    }

    /// Converts the next bytes. The text is empty at the end of the file.
    fn convert(&mut self) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(BLOCK);
        self.input.by_ref().take(BLOCK as u64).read_to_end(&mut bytes)?;
        let is_last = bytes.len() < BLOCK;
        let unit = |pair: &[u8]| match self.order {
            Order::Little => u16::from(pair[0]) | u16::from(pair[1]) << 8,
            Order::Big => u16::from(pair[1]) | u16::from(pair[0]) << 8,
        };
        let wrong = |at: u64| io::Error::other(format!("byte {at} of the file is not UTF-16"));
        if bytes.len() % 2 == 1 {
            return Err(wrong(self.converted + bytes.len() as u64 - 1));
        }
        let mut units: Vec<u16> = self.half.take().into_iter().collect();
        units.extend(bytes.chunks_exact(2).map(unit));
        if !is_last {
            self.half = units.pop_if(|last| (0xd800..0xdc00).contains(last));
        }
        self.text.clear();
        self.returned = 0;
        for found in char::decode_utf16(units) {
            match found {
                Ok(character) => self.text.push(character),
                Err(_) => return Err(wrong(self.converted + 2 * self.text.encode_utf16().count() as u64)),
            }
        }
        self.converted += bytes.len() as u64;
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.returned == self.text.len() {
            self.convert()?;
        }
        let rest = &self.text.as_bytes()[self.returned..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.returned += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], order: Order) -> io::Result<String> {
        let mut text = String::new();
        Utf16::new(bytes, order).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn text_of_any_length_is_converted() {
        // Pairs of units cross the blocks.
        for text in [String::new(), "a,é\n😀".to_owned(), format!("a{}", "😀".repeat(40_000))] {
            let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!(read(&little, Order::Little).unwrap(), text);
            assert_eq!(read(&big, Order::Big).unwrap(), text);
        }
    }

    #[test]
    fn the_mark_of_a_file_counts_before_its_encoding() {
        let text = |bytes: &'static [u8], encoding| {
            let mut text = String::new();
            as_utf8(Box::new(bytes), encoding).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!(text(b"\xff\xfea\0,\0", Encoding::Utf8), "\u{feff}a,");
        assert_eq!(text(b"\xfe\xff\0a\0,", Encoding::Utf16Le), "\u{feff}a,");
        assert_eq!(text(b"a\0,\0", Encoding::Latin1), "a\0,\0");
        assert_eq!(text(b"a\0,\0", Encoding::Utf16Le), "a,");
        assert_eq!(text(b"\0a\0,", Encoding::Utf16Be), "a,");
        assert_eq!(text(b"a\0,\0", Encoding::Utf8), "a\0,\0");
        assert_eq!(text(b"", Encoding::Utf16Le), "");
    }

    #[test]
    fn wrong_bytes_are_named() {
        for (bytes, at) in [(&b"a\0b"[..], 2), (b"a\0\x00\xd8b\0", 2), (b"a\0\x00\xd8", 2)] {
            let message = read(bytes, Order::Little).unwrap_err().to_string();
            assert_eq!(message, format!("byte {at} of the file is not UTF-16"));
        }
    }
}
