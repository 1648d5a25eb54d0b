//! Decompression of files, which are known by their first bytes.

use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::GzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Size of the buffer of compressed bytes.
const BUFFER: usize = 32 << 10;
/// First bytes of compressed files.
const MARKS: [(&[u8], Compression); 2] =
    [(b"\x1f\x8b", Compression::Gzip), (b"\x28\xb5\x2f\xfd", Compression::Zstd)];

/// A compression of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    /// Gzip, of one or several members.
    Gzip,
    /// Zstandard, of one or several frames.
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

/// Returns a reader of the decompressed bytes. Memory is bounded by the window of the compression, whatever
/// the size of the result.
pub(super) fn decompressed(mut input: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let first = beginning(&mut input, &MARKS.map(|(mark, _)| mark))?;
    let Some((_, compression)) = MARKS.into_iter().find(|(mark, _)| *mark == first) else {
        return Ok(Box::new(Cursor::new(first).chain(input)));
    };
    let input = BufReader::with_capacity(BUFFER, Cursor::new(first).chain(input));
    let inner: Box<dyn Read + Send> = match compression {
        Compression::Gzip => Box::new(Members(Some(GzDecoder::new(input)))),
        Compression::Zstd => Box::new(Frames { input, decoder: FrameDecoder::new(), is_open: false }),
    };
    Ok(Box::new(Named { compression, inner }))
}

/// Returns whether the next bytes are those of a compressed file.
#[cfg(feature = "columnar")]
pub(super) fn is_compressed(input: &mut dyn Read) -> io::Result<bool> {
    let first = beginning(input, &MARKS.map(|(mark, _)| mark))?;
    Ok(MARKS.iter().any(|(mark, _)| *mark == first))
}

/// Reads the first bytes of a file as long as they may be one of some marks. No more is read, because the writer
/// of a pipe may wait for an answer to its first line.
pub(super) fn beginning(input: &mut dyn Read, marks: &[&[u8]]) -> io::Result<Vec<u8>> {
    let mut first = Vec::new();
    while marks.iter().any(|mark| mark.len() > first.len() && mark.starts_with(&first)) {
        if input.take(1).read_to_end(&mut first)? == 0 {
            break;
        }
    }
    Ok(first)
}

/// Reader whose errors name the compression.
struct Named {
    compression: Compression,
    inner: Box<dyn Read + Send>,
}

impl Read for Named {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.inner.read(into).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            io::ErrorKind::UnexpectedEof => {
                io::Error::other(format!("the {} data are cut off", self.compression))
            }
            kind => io::Error::new(kind, format!("the {} data are damaged: {error}", self.compression)),
        })
    }
}

/// Reader of all members of a gzip file. Zeros after a member are padding, as for `gzip`.
struct Members<R>(Option<GzDecoder<R>>);

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(member) = &mut self.0 else { return Ok(0) };
            let read = member.read(into)?;
            if read > 0 || into.is_empty() || is_at_end(member.get_mut())? {
                return Ok(read);
            }
            self.0 = self.0.take().map(|member| GzDecoder::new(member.into_inner()));
        }
    }
}

/// Skips zeros. Returns whether nothing follows them.
fn is_at_end(input: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let next = input.fill_buf()?;
        let zeros = next.iter().take_while(|&&byte| byte == 0).count();
        if zeros < next.len() || next.is_empty() {
            let is_end = next.is_empty();
            input.consume(zeros);
            return Ok(is_end);
        }
        input.consume(zeros);
    }
}

/// Reader of all frames of a Zstandard file. Skippable frames are skipped, and checksums are compared.
struct Frames<R> {
    input: R,
    decoder: FrameDecoder,
    is_open: bool,
}

impl<R: BufRead> Frames<R> {
    /// Opens the next frame. Returns false at the end of the file.
    fn open(&mut self) -> io::Result<bool> {
        while !self.input.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.input) {
                Ok(()) => {
                    self.is_open = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    io::copy(&mut self.input.by_ref().take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.is_open && !self.open()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                if self.input.fill_buf()?.is_empty() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let blocks = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.input, blocks).map_err(io::Error::other)?;
            }
            let read = self.decoder.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            let stored = self.decoder.get_checksum_from_data();
            if stored.is_some() && stored != self.decoder.get_calculated_checksum() {
                return Err(io::Error::other("a checksum differs"));
            }
            self.is_open = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::{gzip, zstd};

    fn read(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        decompressed(Box::new(Cursor::new(bytes)))?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    #[test]
    fn files_of_several_parts_are_read_to_their_end() {
        let (first, second) = ("a,b\n".repeat(50_000), "1,2\n");
        let whole = [first.as_bytes(), second.as_bytes()].concat();
        assert_eq!(read(whole.clone()).unwrap(), whole);
        for pack in [gzip, zstd] {
            let packed = [pack(first.as_bytes()), pack(second.as_bytes())].concat();
            assert_eq!(read(packed).unwrap(), whole);
        }
        let skippable =
            [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd(second.as_bytes())].concat();
        let after = [zstd(first.as_bytes()), skippable].concat();
        assert_eq!(read(after).unwrap(), whole);
        assert_eq!(read(Vec::new()).unwrap(), b"");
        assert_eq!(read(b"ab".to_vec()).unwrap(), b"ab");
    }

    #[test]
    fn zeros_after_members_are_padding() {
        let (first, second) = (gzip(b"a,b\n"), gzip(b"1,2\n"));
        for zeros in [0, 1, 512, 3 * BUFFER] {
            let padding = vec![0; zeros];
            let padded = [&first[..], &padding, &second, &padding].concat();
            assert_eq!(read(padded.clone()).unwrap(), b"a,b\n1,2\n", "{zeros}");
            for (after, said) in [(&b"rest of it"[..], "damaged"), (&second[..12], "cut off")] {
                let message = read([&padded[..], after].concat()).unwrap_err().to_string();
                assert!(message.contains(&format!("the gzip data are {said}")), "{zeros}: {message}");
            }
        }
    }

    #[test]
    fn no_more_than_a_mark_is_read_ahead() {
        for (text, read) in [("{}\n", 1), ("(\n", 2), ("\u{1f}a", 2), ("", 0)] {
            let mut bytes = text.as_bytes();
            let first = beginning(&mut bytes, &MARKS.map(|(mark, _)| mark)).unwrap();
            assert_eq!((first.len(), bytes.len()), (read, text.len() - read));
        }
    }

    #[test]
    fn damaged_files_are_named() {
        let text: Vec<u8> =
            (0..100_000_u32).flat_map(|number| (number.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
        for (pack, name) in [(gzip as fn(&[u8]) -> Vec<u8>, "gzip"), (zstd, "zstd")] {
            let packed = pack(&text);
            for length in [4, 12, packed.len() / 2, packed.len() - 1] {
                let message = read(packed[..length].to_vec()).unwrap_err().to_string();
                assert!(message.contains(&format!("the {name} data are ")), "{length}: {message}");
            }
            let mut damaged = packed.clone();
            let middle = damaged.len() / 2;
            damaged[middle] ^= 0x55;
            let message = read(damaged).unwrap_err().to_string();
            assert!(message.contains(&format!("the {name} data are damaged")), "{message}");
        }
    }
}
