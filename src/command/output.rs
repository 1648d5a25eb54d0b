//! What the command says, where it says it, and why it stops.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Why a verb ends early.
#[derive(Debug)]
pub(crate) enum Error {
    /// The input is wrong.
    Input(String),
    /// The command line is wrong.
    Usage(String),
    /// The input is wrong, and that has been said.
    Shown,
    /// Nobody reads the results any more.
    Pipe,
}

impl Error {
    /// A file or folder that something could not be done with.
    pub(crate) fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        Error::Input(format!("cannot {doing} `{}`: {error}", path.display()))
    }
}

/// Writes results.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Error::Pipe,
        _ => Error::Input(format!("cannot write results: {error}")),
    })
}

/// Writes a line of anything but results; colours stay where the terminal has them.
pub(crate) fn note(line: &str) {
    // Nobody is left to tell when this fails.
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// Writes a file in one piece: beside its place, then renamed.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path)).map_err(|error| {
        // The first error is the one to report; a leftover is harmless.
        let _ = fs::remove_file(&beside);
        Error::io("write", path, &error)
    })
}

/// Writes a file unless it holds the same already, so that what is built from it stays fresh.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    write_file(path, bytes)
}

/// Makes a folder and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|error| Error::io("make", path, &error))
}

/// FNV-1a of some pieces of text, as 16 hexadecimal digits.
pub(crate) fn hash<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for piece in pieces {
        // The length keeps pieces apart.
        for byte in (piece.len() as u64).to_le_bytes().iter().chain(piece) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}
