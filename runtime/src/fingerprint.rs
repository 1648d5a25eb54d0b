//! Build script: computes a fingerprint of the sources, by which the cache of encoded data tells what other code has
//! written. It is next to the modules because the command carries this folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    // In a checkout, the package with the forms of values has the same version without having the same code.
    for folder in ["src", "../schema/src"] {
        if Path::new(folder).is_dir() {
            println!("cargo:rerun-if-changed={folder}");
            add(Path::new(folder), &mut files)?;
        }
    }
    files.sort();
    // FNV-1a.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        for byte in fs::read(file)? {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    println!("cargo:rustc-env=TURRET_SOURCES={hash:016x}");
    Ok(())
}

/// Adds the files below a folder.
fn add(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { add(&path, files)? } else { files.push(path) }
    }
    Ok(())
}
