//! An open file, which several readers read at places of their own.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// An open file. Its own position is neither used nor moved.
#[derive(Clone, Debug)]
pub(super) struct OpenFile(Arc<File>);

impl OpenFile {
    pub(super) fn new(file: File) -> Self {
        Self(Arc::new(file))
    }

    /// Metadata of the file.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.0.metadata()
    }

    /// Reader of the bytes from `offset` on.
    pub(super) fn reader(&self, offset: u64) -> OpenFileReader {
        OpenFileReader { file: self.clone(), at: offset }
    }

    #[cfg(unix)]
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&*self.0, into, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&*self.0, into, offset)
    }
}

/// Reader of an open file.
#[derive(Debug)]
pub(super) struct OpenFileReader {
    file: OpenFile,
    at: u64,
}

impl Read for OpenFileReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for OpenFileReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.file.metadata()?.len().checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn readers_have_places_of_their_own() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let file = OpenFile::new(file);
        let (mut first, mut second) = (file.reader(0), file.reader(7));
        let read = |reader: &mut OpenFileReader, count| {
            let mut bytes = vec![0; count];
            reader.read_exact(&mut bytes).map(|()| String::from_utf8(bytes).unwrap())
        };
        assert_eq!(read(&mut first, 3).unwrap(), "012");
        assert_eq!(read(&mut second, 3).unwrap(), "789");
        assert_eq!(read(&mut first, 2).unwrap(), "34");
        assert!(read(&mut second, 1).is_err());
        assert_eq!(second.seek(SeekFrom::End(-2)).unwrap(), 8);
        assert_eq!(second.seek(SeekFrom::Current(-1)).unwrap(), 7);
        assert_eq!(read(&mut second, 1).unwrap(), "7");
        assert!(second.seek(SeekFrom::Current(-9)).is_err());
    }
}
