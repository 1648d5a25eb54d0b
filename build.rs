//! Embeds the sources of the runtime, so that the installed command can build programs without its checkout.

use std::{
    collections::hash_map::DefaultHasher,
    env,
    fmt::Write,
    fs,
    hash::{Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

/// Where the runtime's sources are, from the root of the workspace.
const PARTS: [&str; 2] = ["runtime/Cargo.toml", "runtime/src"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut files = Vec::new();
    for part in PARTS {
        println!("cargo::rerun-if-changed={part}");
        collect(&root.join(part), &mut files)?;
    }
    files.sort();
    for file in ["Cargo.toml", "Cargo.lock", "docs/errors.md"] {
        println!("cargo::rerun-if-changed={file}");
    }
    let manifest = workspace_manifest(&fs::read_to_string(root.join("Cargo.toml"))?);
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    let errors = fs::read_to_string(root.join("docs/errors.md")).unwrap_or_default();

    let mut hasher = DefaultHasher::new();
    manifest.hash(&mut hasher);
    let mut entries = String::new();
    for file in &files {
        fs::read(file)?.hash(&mut hasher);
        let name = file.strip_prefix(&root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        name.hash(&mut hasher);
        // Writing to a string cannot fail.
        let _ = writeln!(entries, "    ({name:?}, include_bytes!({:?})),", file.display().to_string());
    }
    let code = format!(
        "/// Files of the runtime by path.\npub(super) const FILES: &[(&str, &[u8])] = &[\n{entries}];\n\
         /// Manifest of the workspace they are in.\npub(super) const MANIFEST: &str = {manifest:?};\n\
         /// Versions that the workspace was tested with.\npub(super) const LOCK: &str = {lock:?};\n\
         /// Changes whenever a file does.\npub(super) const HASH: &str = \"{:016x}\";\n\
         /// The page that explains diagnostics.\npub(super) const ERRORS: &str = {errors:?};\n",
        hasher.finish()
    );
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("embedded.rs"), code)
}

/// All files at or under a path; none where there is nothing.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "toml" || kind == "cu") {
        files.push(path.to_owned());
    }
    Ok(())
}

/// The root manifest without its own package: what members inherit from, with the runtime as the only member.
fn workspace_manifest(root: &str) -> String {
    let mut manifest = String::from("[workspace]\nmembers = [\"runtime\"]\nresolver = \"2\"\n");
    let mut kept = false;
    for line in root.lines() {
        if line.starts_with('[') {
            kept = line.starts_with("[workspace.");
        }
        if kept {
            manifest.push_str(line);
            manifest.push('\n');
        }
    }
    manifest
}
