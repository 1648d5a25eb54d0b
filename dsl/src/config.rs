//! Interface for build scripts: reads specs and writes Rust files to `OUT_DIR`.

use std::path::{Path, PathBuf};
use std::{env, error, fmt, fs, io};

use crate::expand::Options;
use crate::{Compiler, read_below, read_spec};

/// Compiles specs in a build script.
///
/// ```no_run
/// // build.rs; the crate says `mod two_tower { turret::include_spec!("two_tower"); }`
/// fn main() -> Result<(), turret_dsl::ConfigError> {
///     turret_dsl::Config::new().set("layers", "[32]").compile(&["specs/two_tower.dm"])
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    out_dir: Option<PathBuf>,
    runtime: String,
    settings: Vec<(String, String)>,
}

/// Error of compiling specs in a build script.
pub enum ConfigError {
    /// No output folder: `OUT_DIR` is set only in build scripts.
    NoOutDir,
    /// The path of the runtime is not a Rust path.
    RuntimePath(String),
    /// A file could not be read or written.
    Io(PathBuf, io::Error),
    /// A spec has errors. They were printed to standard error.
    Spec(PathBuf),
}

impl Default for Config {
    fn default() -> Self {
        Config { out_dir: None, runtime: "::turret::runtime".to_string(), settings: Vec::new() }
    }
}

impl Config {
    /// Default configuration, for a crate that depends on `turret`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the output folder; the default is `OUT_DIR`.
    pub fn out_dir(&mut self, folder: impl Into<PathBuf>) -> &mut Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Overrides a constant (`layers`) or a setting (`train.epochs`) of the specs.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.settings.push((name.to_string(), value.to_string()));
        self
    }

    /// Sets the path of the runtime in the generated code. The default is `::turret::runtime`; a crate that
    /// depends only on the runtime uses `::turret_runtime`.
    pub fn runtime_path(&mut self, path: &str) -> &mut Self {
        self.runtime = path.to_string();
        self
    }

    /// Compiles each spec to a file of its name: `specs/two_tower.dm` to `two_tower.rs`. Paths are relative
    /// to the package folder. Unchanged files are not rewritten. All errors of all specs are printed.
    pub fn compile(&mut self, specs: &[impl AsRef<Path>]) -> Result<(), ConfigError> {
        let out_dir = self.out_dir.clone().or_else(|| env::var_os("OUT_DIR").map(PathBuf::from));
        let out_dir = out_dir.ok_or(ConfigError::NoOutDir)?;
        let runtime = self.runtime.parse().map_err(|_| ConfigError::RuntimePath(self.runtime.clone()))?;
        let options = Options { runtime, main: true };
        let mut result = Ok(());
        for spec in specs.iter().map(AsRef::as_ref) {
            let compiler = self.compiler(spec)?;
            match compiler.plan() {
                Ok(plan) => {
                    for import in &plan.imports {
                        rerun_if_changed(&spec.with_file_name(import));
                    }
                    let file = out_dir.join(spec.file_stem().unwrap_or_default()).with_extension("rs");
                    write_if_changed(&file, &compiler.source(&plan, &options))?;
                }
                Err(failure) => {
                    eprint!("{}", failure.render(false));
                    result = Err(ConfigError::Spec(spec.to_path_buf()));
                }
            }
        }
        result
    }

    fn compiler(&self, spec: &Path) -> Result<Compiler, ConfigError> {
        rerun_if_changed(spec);
        let text = read_spec(spec).map_err(|error| ConfigError::Io(spec.to_path_buf(), error))?;
        let compiler = Compiler::new(&spec.display().to_string(), &text).files(read_below(spec));
        Ok(self.settings.iter().fold(compiler, |compiler, (name, value)| compiler.set(name, value)))
    }
}

fn rerun_if_changed(path: &Path) {
    println!("cargo:rerun-if-changed={}", path.display());
}

/// Writes a file if its content changes. Cargo recompiles the crate when the file's time changes.
fn write_if_changed(path: &Path, text: &str) -> Result<(), ConfigError> {
    if fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(());
    }
    fs::write(path, text).map_err(|error| ConfigError::Io(path.to_path_buf(), error))
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigError::NoOutDir => {
                f.write_str("there is no `OUT_DIR`: call this in a build script, or set `out_dir`")
            }
            ConfigError::RuntimePath(path) => write!(f, "`{path}` is not a path of Rust"),
            ConfigError::Io(path, error) => write!(f, "`{}`: {error}", path.display()),
            ConfigError::Spec(path) => write!(f, "`{}` does not compile", path.display()),
        }
    }
}

/// Same as `Display`: `main` prints a returned error with `Debug`.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            ConfigError::Io(_, error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "import \"sizes.dm\"\nmodel M { input { x: float, y: label }\ntower t { dense(x, units) |> dense(1) }\nobjective bce(t, y) }";

    #[test]
    fn files_are_written_once_and_only_of_good_specs() {
        let folder = env::temp_dir().join(format!("turret-config-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (spec, code) = (folder.join("m.dm"), folder.join("m.rs"));
        fs::write(&spec, SPEC).unwrap();
        let compile = |units: &str| {
            fs::write(folder.join("sizes.dm"), format!("const units = {units}")).unwrap();
            Config::new().out_dir(&folder).runtime_path("::rt").set("train.epochs", "7").compile(&[&spec])
        };
        compile("3").unwrap();
        let first = fs::read_to_string(&code).unwrap();
        assert!(
            first.contains("use ::rt::prelude::*")
                && first.contains("Dense<1, 3")
                && first.contains(".epochs(7)")
        );
        let written = fs::metadata(&code).unwrap().modified().unwrap();
        compile("3").unwrap();
        assert_eq!(fs::metadata(&code).unwrap().modified().unwrap(), written);
        assert!(matches!(compile("0"), Err(ConfigError::Spec(path)) if path == spec));
        assert_eq!(fs::read_to_string(&code).unwrap(), first);
        let missing = Config::new().out_dir(&folder).compile(&["none.dm"]).unwrap_err();
        assert!(format!("{missing:?}").starts_with("`none.dm`: "), "{missing}");
        fs::remove_dir_all(folder).unwrap();
    }
}
