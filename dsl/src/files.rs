//! Interface to the file system: specs, and the files that they import from their folder.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// Maximum number of bytes read from a file. The limit of the compiler is lower, and it reports larger texts.
const MAX_BYTES: u64 = 4 << 20;

/// Reads the text of a spec from a file or an open stream such as `/dev/stdin`. Other pipes and devices are
/// rejected, because they may never end.
pub fn read_spec(path: &Path) -> io::Result<String> {
    let is_open_already =
        ["/dev/stdin", "/dev/fd", "/proc/self/fd"].iter().any(|open| path.starts_with(open));
    if !is_open_already {
        require_file(&fs::metadata(path)?)?;
    }
    text(File::open(path)?)
}

/// Returns a reader of files below the folder of a spec, for [`Compiler::files`](crate::Compiler::files). It
/// does not follow links that lead out of the folder.
///
/// ```no_run
/// # use std::path::Path;
/// let spec = Path::new("specs/model.dm");
/// let text = turret_dsl::read_spec(spec)?;
/// let compiler = turret_dsl::Compiler::new("specs/model.dm", &text).files(turret_dsl::read_below(spec));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_below(spec: &Path) -> impl Fn(&str) -> Result<String, String> + use<> {
    let folder = match spec.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new(".").to_owned(),
        folder => folder.unwrap_or(Path::new(".")).to_owned(),
    };
    move |path| {
        let path = folder.join(path);
        import(&folder, &path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("there is no file `{}`", path.display()),
            _ => error.to_string(),
        })
    }
}

fn import(folder: &Path, path: &Path) -> io::Result<String> {
    let target = path.canonicalize()?;
    if !target.starts_with(folder.canonicalize()?) {
        return Err(io::Error::other("a link leads out of the folder of the spec"));
    }
    require_file(&fs::metadata(&target)?)?;
    text(File::open(&target)?)
}

fn require_file(metadata: &fs::Metadata) -> io::Result<()> {
    match metadata.is_file() {
        true => Ok(()),
        false if metadata.is_dir() => Err(io::Error::other("it is a folder")),
        false => Err(io::Error::other("it is not a regular file")),
    }
}

fn text(file: File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!(
            "it has more than {} MiB, so it is not a spec",
            MAX_BYTES >> 20
        )));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::{MAX_BYTES, read_below, read_spec};

    /// Path of a test folder that does not exist yet.
    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("turret-files-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("specs/lib")).unwrap();
        folder
    }

    #[test]
    fn imports_are_files_below_the_spec() {
        let folder = folder("imports");
        let specs = folder.join("specs");
        fs::write(folder.join("secret.dm"), "const a = 1").unwrap();
        fs::write(specs.join("lib/a.dm"), "const a = 2").unwrap();
        fs::write(specs.join("latin.dm"), b"// caf\xe9").unwrap();
        fs::write(specs.join("large.dm"), vec![b' '; MAX_BYTES as usize + 1]).unwrap();
        symlink("../secret.dm", specs.join("out.dm")).unwrap();
        symlink("lib/a.dm", specs.join("in.dm")).unwrap();
        symlink("..", specs.join("up")).unwrap();
        symlink("/dev/zero", specs.join("endless.dm")).unwrap();
        let read = read_below(&specs.join("m.dm"));
        for (path, expected) in [
            ("lib/a.dm", Ok("const a = 2")),
            ("in.dm", Ok("const a = 2")),
            ("out.dm", Err("a link leads out of the folder of the spec")),
            ("up/secret.dm", Err("a link leads out of the folder of the spec")),
            ("endless.dm", Err("a link leads out of the folder of the spec")),
            ("lib", Err("it is a folder")),
            ("latin.dm", Err("it is not UTF-8")),
            ("large.dm", Err("it has more than 4 MiB, so it is not a spec")),
        ] {
            assert_eq!(read(path).as_deref().map_err(String::as_str), expected, "{path}");
        }
        assert!(read("none.dm").unwrap_err().starts_with("there is no file `"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn specs_are_files() {
        let folder = folder("specs");
        let pipe = folder.join("pipe.dm");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for (path, expected) in [
            (pipe, "it is not a regular file"),
            ("/dev/zero".into(), "it is not a regular file"),
            (folder.clone(), "it is a folder"),
        ] {
            assert_eq!(read_spec(&path).unwrap_err().to_string(), expected);
        }
        fs::write(folder.join("m.dm"), "model M {}").unwrap();
        assert_eq!(read_spec(&folder.join("m.dm")).unwrap(), "model M {}");
        fs::remove_dir_all(folder).unwrap();
    }
}
