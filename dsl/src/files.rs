//! The edge to the file system: the files that a spec imports, read from its folder.

use std::path::Path;

/// Reads files below the folder of a spec; what [`Compiler::files`](crate::Compiler::files) takes.
///
/// ```no_run
/// # use std::path::Path;
/// let spec = Path::new("specs/model.dm");
/// let text = std::fs::read_to_string(spec)?;
/// let compiler = turret_dsl::Compiler::new("specs/model.dm", &text).files(turret_dsl::read_below(spec));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_below(spec: &Path) -> impl Fn(&str) -> Result<String, String> + use<> {
    let folder = spec.parent().map(Path::to_owned).unwrap_or_default();
    move |path| {
        let path = folder.join(path);
        let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => format!("there is no file `{}`", path.display()),
            _ => error.to_string(),
        })?;
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_string())
    }
}
