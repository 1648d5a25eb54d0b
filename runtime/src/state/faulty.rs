//! A file system with failing operations, for tests.

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::disk::{Disk, FileSystem, Synced};

/// Kind of failure of the operation with a given number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Only this operation fails.
    Once,
    /// This operation and all later ones fail, as if the process had been killed.
    FromThenOn,
}

/// A file system in which an operation fails.
#[derive(Clone, Debug)]
pub(crate) struct Faulty {
    pub(crate) fault: Fault,
    /// Number of the failing operation, from 0.
    pub(crate) at: usize,
    /// Number of operations so far.
    pub(crate) done: Arc<AtomicUsize>,
}

impl Faulty {
    fn step(&self) -> io::Result<()> {
        let number = self.done.fetch_add(1, Ordering::Relaxed);
        let fails = match self.fault {
            Fault::Once => number == self.at,
            Fault::FromThenOn => number >= self.at,
        };
        if fails { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

impl Disk for Faulty {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        FileSystem.make_folder(path)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn Synced>> {
        self.step()?;
        Ok(Box::new(FaultyFile { inner: FileSystem.create(path)?, faulty: self.clone() }))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        FileSystem.rename(from, to)
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        FileSystem.sync_folder(path)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        FileSystem.remove(path)
    }
}

struct FaultyFile {
    inner: Box<dyn Synced>,
    faulty: Faulty,
}

impl Write for FaultyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.faulty.step() {
            // Half of the bytes are written.
            self.inner.write_all(&bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.inner.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Synced for FaultyFile {
    fn sync(&self) -> io::Result<()> {
        self.faulty.step()?;
        self.inner.sync()
    }
}
