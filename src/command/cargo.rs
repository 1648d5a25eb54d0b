//! Calls of Cargo, and the messages by which it tells what it built.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::output::{Error, note};

/// Cargo, with the flags that the user gives to rustc and without the target that a surrounding Cargo is built for.
pub(crate) fn cargo(flags: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.env("RUSTFLAGS", flags).env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
    command
}

/// Runs `cargo build --release` with these arguments. Gives its messages; none where the build fails, which has been shown then.
pub(crate) fn build(mut command: Command, verbose: bool) -> Result<Option<Messages>, Error> {
    command.args(["--message-format", "json-render-diagnostics"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(if verbose { Stdio::inherit() } else { Stdio::piped() });
    let output = command.spawn().and_then(|child| child.wait_with_output()).map_err(|error| {
        Error::Input(format!("cannot run Cargo, which comes with Rust (https://rustup.rs): {error}"))
    })?;
    if output.status.success() {
        return Ok(Some(Messages::read(&output.stdout)));
    }
    note(String::from_utf8_lossy(&output.stderr).trim_end());
    Ok(None)
}

/// Messages of Cargo, a JSON object a line.
#[derive(Debug)]
pub(crate) struct Messages(Vec<Value>);

impl Messages {
    fn read(text: &[u8]) -> Self {
        let lines = text.split(|&byte| byte == b'\n');
        Messages(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// The program that was built. A target in the user's configuration moves it to another folder.
    pub(crate) fn executable(&self) -> Option<PathBuf> {
        self.0.iter().rev().find_map(|message| message["executable"].as_str().map(PathBuf::from))
    }

    /// The file of a library that was built, or that was there already.
    pub(crate) fn library(&self, name: &str) -> Option<PathBuf> {
        let artifact = self.0.iter().find(|message| message["target"]["name"] == name)?;
        let mut files = artifact["filenames"].as_array()?.iter().filter_map(Value::as_str);
        files.find(|file| file.ends_with(".rlib")).map(PathBuf::from)
    }

    /// The folders that build scripts have the linker search, as rustc's `-L` takes them.
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
{"reason":"compiler-artifact","target":{"name":"turret_runtime"},"filenames":["/t/a.rmeta","/t/a.rlib"],"executable":null}
{"reason":"compiler-artifact","target":{"name":"turret-m"},"filenames":[],"executable":"/t/x86_64/release/turret-m"}
{"reason":"build-finished","success":true}
"#,
        );
        assert_eq!(messages.executable().as_deref(), Some(Path::new("/t/x86_64/release/turret-m")));
        assert_eq!(messages.library("turret_runtime").as_deref(), Some(Path::new("/t/a.rlib")));
        assert_eq!(messages.linked_folders().collect::<Vec<_>>(), ["native=/t/out"]);
        let nothing = Messages::read(b"");
        assert_eq!((nothing.executable(), nothing.library("turret_runtime")), (None, None));
    }
}
