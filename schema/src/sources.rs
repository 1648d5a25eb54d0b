//! The sources of this crate. They travel inside the `turret` command, which compiles programs against them.

pub use include_dir::{Dir, File};

/// Contents of `src`.
pub static SOURCES: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/src");

/// The manifest.
pub const MANIFEST: &str = include_str!("../Cargo.toml");
