//! Source files of the crates that programs link to. The `turret` command contains them and compiles programs
//! against them.

pub use include_dir::{Dir, File};

/// A crate.
#[derive(Clone, Copy, Debug)]
pub struct Crate {
    /// Folder in the workspace.
    pub folder: &'static str,
    /// The manifest.
    pub manifest: &'static str,
    /// Contents of `src`.
    pub sources: &'static Dir<'static>,
}

static SOURCES: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/src");

/// This crate and the workspace crates that it depends on.
pub const CRATES: [Crate; 2] = [
    Crate { folder: "runtime", manifest: include_str!("../Cargo.toml"), sources: &SOURCES },
    Crate {
        folder: "schema",
        manifest: turret_schema::sources::MANIFEST,
        sources: &turret_schema::sources::SOURCES,
    },
];
