//! Checksums, by which a run recognizes its own files and its training data.

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use crate::printable::printable;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// XXH3 (64 bits) of bytes.
pub fn hash_of(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// XXH3 (64 bits), formatted as 16 hexadecimal digits. Detects faults and edits, but not forgery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Checksum(u64);

impl Checksum {
    /// Checksum of bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self(xxh3_64(bytes))
    }

    /// The checksum as a number.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// Checksum of everything that a reader returns.
    pub fn of_all(mut reader: impl Read) -> io::Result<Self> {
        let mut summing = Summing::new(io::sink());
        io::copy(&mut reader, &mut summing)?;
        Ok(summing.checksum())
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl From<Checksum> for String {
    fn from(checksum: Checksum) -> Self {
        checksum.to_string()
    }
}

impl FromStr for Checksum {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_hexadecimal = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bits = u64::from_str_radix(text, 16).ok().filter(|_| is_hexadecimal);
        bits.map(Self)
            .ok_or_else(|| format!("`{}` is not a checksum of 16 hexadecimal digits", printable(text)))
    }
}

impl TryFrom<String> for Checksum {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Writer that computes the checksum of the bytes that it passes on.
pub struct Summing<W> {
    inner: W,
    hasher: Xxh3,
}

impl<W: Write> Summing<W> {
    /// Writes to `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner, hasher: Xxh3::new() }
    }

    /// Checksum of the bytes written so far.
    pub fn checksum(&self) -> Checksum {
        Checksum(self.hasher.digest())
    }

    /// Returns the inner writer.
    pub fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_written_in_pieces_have_the_checksum_of_the_whole() {
        let bytes: Vec<u8> = (0..10_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut written = Vec::new();
        let mut summing = Summing::new(&mut written);
        bytes.chunks(777).for_each(|chunk| summing.write_all(chunk).unwrap());
        assert_eq!(summing.checksum(), Checksum::of(&bytes));
        assert_eq!(Checksum::of_all(bytes.as_slice()).unwrap(), Checksum::of(&bytes));
        assert_eq!(written, bytes);
    }

    #[test]
    fn a_flipped_bit_changes_it() {
        let mut bytes = vec![0_u8; 4096];
        let before = Checksum::of(&bytes);
        bytes[2000] ^= 1;
        assert_ne!(Checksum::of(&bytes), before);
    }

    #[test]
    fn it_survives_json_and_only_its_own_form_is_read() {
        let checksum = Checksum::of(b"turret");
        let json = serde_json::to_string(&checksum).unwrap();
        assert_eq!(serde_json::from_str::<Checksum>(&json).unwrap(), checksum);
        for wrong in ["", "12", "zzzzzzzzzzzzzzzz", "+123456789abcdef"] {
            assert!(wrong.parse::<Checksum>().is_err(), "{wrong}");
        }
    }
}
