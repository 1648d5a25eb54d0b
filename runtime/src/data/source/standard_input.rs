//! Standard input as a file, which is read as often as needed.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek, Write};

use super::open_file::OpenFile;
use super::row_files::temporary_folder;
use crate::data::error::DataError;

/// Name in messages.
pub(super) const NAME: &str = "standard input";

/// Size of the buffer of a copy.
const BUFFER: usize = 1 << 20;

/// Opens standard input for a role such as ``source `log` ``. A pipe, or the rest of a file, is first copied to a
/// temporary file without a name, which becomes the standard input of this process and of those that it
/// starts. The copy is removed with the last of them, however it ends.
pub(super) fn open(what: &str) -> Result<OpenFile, DataError> {
    let failed = |error| DataError::Read { what: what.to_owned(), path: NAME.into(), error };
    if io::stdin().is_terminal() {
        return Err(DataError::Terminal { what: what.to_owned() });
    }
    let mut given = given().map_err(failed)?;
    let is_file = given.metadata().map_err(failed)?.is_file();
    if is_file && given.stream_position().map_err(failed)? == 0 {
        return Ok(OpenFile::new(given));
    }
    let folder = temporary_folder();
    let copying = |error| DataError::Copy { what: what.to_owned(), folder: folder.clone(), error };
    let mut copy = tempfile::tempfile_in(&folder).map_err(copying)?;
    copy_all(&mut given, &mut copy).map_err(|fault| match fault {
        CopyFault::Read(error) => failed(error),
        CopyFault::Write(error) => copying(error),
    })?;
    copy.rewind().and_then(|()| replace(&copy)).map_err(copying)?;
    Ok(OpenFile::new(copy))
}

enum CopyFault {
    Read(io::Error),
    Write(io::Error),
}

fn copy_all(from: &mut impl Read, to: &mut impl Write) -> Result<(), CopyFault> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => to.write_all(&buffer[..read]).map_err(CopyFault::Write)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(CopyFault::Read(error)),
        }
    }
}

/// Standard input without the buffer of the standard library.
#[cfg(unix)]
fn given() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn given() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    Ok(File::from(io::stdin().as_handle().try_clone_to_owned()?))
}

/// Makes a file the standard input.
#[cfg(unix)]
fn replace(file: &File) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;
    // SAFETY: `file` is open during the call. Standard input belongs to the whole process and is never closed, so
    // no owner of descriptor 0 loses its file.
    match unsafe { libc::dup2(file.as_raw_fd(), libc::STDIN_FILENO) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn replace(_: &File) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "a pipe can be read only once; redirect a file (`< FILE`)",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader or writer that fails.
    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_copy_is_whole_and_its_faults_are_of_one_side() {
        let (bytes, mut copy) = ("row\n".repeat(1 << 19), Vec::new());
        assert!(copy_all(&mut bytes.as_bytes(), &mut copy).is_ok());
        assert!(copy == bytes.as_bytes());
        assert!(matches!(copy_all(&mut Broken, &mut copy), Err(CopyFault::Read(_))));
        assert!(matches!(copy_all(&mut bytes.as_bytes(), &mut Broken), Err(CopyFault::Write(_))));
    }
}
