//! Input of rows: the bytes of a file, decompressed and as UTF-8 or Latin-1.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use turret_schema::Encoding;

use super::compression::decompressed;
use super::utf16::as_utf8;
use crate::regular;

/// Bytes of a file. Gzip and zstd are decompressed, and UTF-16 is converted to UTF-8.
pub(crate) struct Input {
    bytes: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Input {
    /// Opens a file.
    pub(crate) fn open(path: &Path, encoding: Encoding) -> io::Result<Self> {
        Self::new(regular::open(path)?, encoding)
    }

    /// Reads the bytes of a file from elsewhere.
    pub(crate) fn new(input: impl Read + Send + 'static, encoding: Encoding) -> io::Result<Self> {
        let read = Arc::new(AtomicU64::new(0));
        let counted = Box::new(Counted { input, read: Arc::clone(&read) });
        Ok(Self { bytes: as_utf8(decompressed(counted)?, encoding)?, read })
    }

    /// Number of bytes of the file that were read, before decompression.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(into)
    }
}

/// Reader that counts its bytes.
struct Counted<R> {
    input: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(into)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::{folder, gzip, zstd};

    #[test]
    fn bytes_are_counted_before_decompression() {
        let text = "a,b\n1,2\n".repeat(10_000);
        let files = [
            ("a.csv", text.as_bytes().to_vec()),
            ("a.gz", gzip(text.as_bytes())),
            ("a.zst", zstd(text.as_bytes())),
        ];
        let named: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, &bytes[..])).collect();
        let folder = folder(&named);
        for (name, bytes) in &files {
            let (mut input, mut read) =
                (Input::open(&folder.path().join(name), Encoding::Utf8).unwrap(), String::new());
            input.read_to_string(&mut read).unwrap();
            assert_eq!((read.as_str(), input.bytes_read()), (text.as_str(), bytes.len() as u64));
        }
        assert!(Input::open(&folder.path().join("b.csv"), Encoding::Utf8).is_err());
        assert!(Input::open(folder.path(), Encoding::Utf8).is_err());
    }
}
