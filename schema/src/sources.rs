//! Source files of this crate. The `turret` command contains them and compiles programs against them.

pub use include_dir::{Dir, File};

/// Contents of `src`.
pub static SOURCES: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/src");

/// Manifest.
pub const MANIFEST: &str = include_str!("../Cargo.toml");
