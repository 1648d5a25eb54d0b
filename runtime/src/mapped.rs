//! Files mapped into memory, for reading.

use std::io;
use std::path::Path;

use memmap2::Mmap;

use crate::regular;

/// Contents of a file, read by the system when they are used.
#[derive(Debug)]
pub(crate) struct MappedFile(Mmap);

impl MappedFile {
    /// Maps a file that no process changes after it has its name. It may be removed.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = regular::open(path)?;
        // SAFETY: the files that are mapped are columns of the cache. They are written under another name,
        // renamed when they are complete, and never written again; removing one leaves its mapping intact.
        unsafe { Mmap::map(&file) }.map(Self)
    }

    /// Frees the memory of the contents. They are read from the file again when they are used.
    pub(crate) fn forget(&self) {
        #[cfg(unix)]
        // SAFETY: the mapping is of a file and never written, so what is read again is what was there. A failure
        // frees nothing.
        let _ = unsafe { self.0.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
    }

    /// The contents.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_outlive_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "contents").unwrap();
        let mapped = MappedFile::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(mapped.bytes(), b"contents");
        mapped.forget();
        assert_eq!(mapped.bytes(), b"contents");
        assert!(MappedFile::open(&path).is_err() && MappedFile::open(folder.path()).is_err());
    }
}
