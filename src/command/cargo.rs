//! Cargo calls and their JSON messages.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::output::{Error, note};

/// Runs `cargo build --release` in a folder, for the packages that `arguments` select. Returns its messages.
/// None after printing the errors if the build fails. Without `flags` for rustc, those of the user's
/// configuration apply.
pub(crate) fn build(
    folder: &Path,
    target: &Path,
    arguments: &[&str],
    flags: Option<&str>,
    verbose: bool,
) -> Result<Option<Messages>, Error> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--release", "--message-format", "json-render-diagnostics"]).args(arguments);
    command.arg("--target-dir").arg(target).current_dir(folder).env_remove("CARGO_BUILD_TARGET");
    if let Some(flags) = flags {
        command.env("RUSTFLAGS", flags).env_remove("CARGO_ENCODED_RUSTFLAGS");
    }
    Ok(run(&mut command, "Cargo", verbose)?.map(|text| Messages::read(&text)))
}

/// Runs a Rust tool. Returns its standard output. None after printing the errors if it fails.
pub(crate) fn run(tool: &mut Command, name: &str, verbose: bool) -> Result<Option<Vec<u8>>, Error> {
    tool.stdin(Stdio::null()).stdout(Stdio::piped());
    tool.stderr(if verbose { Stdio::inherit() } else { Stdio::piped() });
    let output = tool.spawn().and_then(|child| child.wait_with_output()).map_err(|error| {
        Error::Input(format!("cannot run {name}, which comes with Rust (https://rustup.rs): {error}"))
    })?;
    if output.status.success() {
        return Ok(Some(output.stdout));
    }
    note(String::from_utf8_lossy(&output.stderr).trim_end());
    Ok(None)
}

/// Messages of Cargo, one JSON object per line.
#[derive(Debug)]
pub(crate) struct Messages(Vec<Value>);

impl Messages {
    fn read(text: &[u8]) -> Self {
        let lines = text.split(|&byte| byte == b'\n');
        Messages(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// Returns the built program. A target in the user's configuration changes its folder.
    pub(crate) fn executable(&self) -> Option<PathBuf> {
        self.0.iter().rev().find_map(|message| message["executable"].as_str().map(PathBuf::from))
    }

    /// Returns the file of a library that was built or up to date, with a feature: build scripts may link another.
    pub(crate) fn library(&self, name: &str, feature: &str) -> Option<PathBuf> {
        let has =
            |features: &Value| features.as_array().is_some_and(|of| of.iter().any(|one| one == feature));
        let is_it = |message: &&Value| message["target"]["name"] == name && has(&message["features"]);
        let mut files = self.0.iter().find(is_it)?["filenames"].as_array()?.iter().filter_map(Value::as_str);
        files.find(|file| file.ends_with(".rlib")).map(PathBuf::from)
    }

    /// Returns the linker search folders of build scripts, in the format of rustc's `-L`.
    pub(crate) fn linked_folders(&self) -> impl Iterator<Item = &str> {
        let folders = self.0.iter().filter_map(|message| message["linked_paths"].as_array());
        folders.flatten().filter_map(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Messages;

    #[test]
    fn what_was_built_is_where_cargo_says() {
        let messages = Messages::read(
            br#"{"reason":"compiler-artifact","target":{"name":"serde"},"executable":null}
not JSON
{"reason":"build-script-executed","linked_paths":["native=/t/out"]}
{"reason":"compiler-artifact","target":{"name":"turret_runtime"},"features":[],"filenames":["/t/b.rmeta","/t/b.rlib"],"executable":null}
{"reason":"compiler-artifact","target":{"name":"turret_runtime"},"features":["sources"],"filenames":["/t/a.rmeta","/t/a.rlib"],"executable":null}
{"reason":"compiler-artifact","target":{"name":"turret-m"},"filenames":[],"executable":"/t/x86_64/release/turret-m"}
{"reason":"build-finished","success":true}
"#,
        );
        assert_eq!(messages.executable().as_deref(), Some(Path::new("/t/x86_64/release/turret-m")));
        assert_eq!(messages.library("turret_runtime", "sources").as_deref(), Some(Path::new("/t/a.rlib")));
        assert_eq!(messages.linked_folders().collect::<Vec<_>>(), ["native=/t/out"]);
        let nothing = Messages::read(b"");
        assert_eq!((nothing.executable(), nothing.library("turret_runtime", "sources")), (None, None));
    }
}
