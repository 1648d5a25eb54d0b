//! Spec files: reading, overrides, compilation, and printing of errors.

use std::path::{Path, PathBuf};

use turret_dsl::plan::Plan;
use turret_dsl::{Compiler, Failure, Planned, SearchSpace, expand};
use turret_runtime::printable::printable;
use turret_runtime::run::RunFolder;

use super::output::{Error, note, refused};

/// An override: `--set name=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    name: String,
    value: String,
}

/// Parses the argument of `--set`.
fn setting(text: &str) -> Result<Setting, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
            Ok(Setting { name: name.trim().to_owned(), value: value.trim().to_owned() })
        }
        _ => Err("expected NAME=VALUE, as in `--set train.lr=0.05`".to_owned()),
    }
}

/// Overrides of a command line.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Settings {
    /// Set a constant or a setting, such as `train.lr=0.05`.
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<Setting>,
}

impl Settings {
    /// Overrides with these `--set` arguments, without those that are none.
    pub(crate) fn of(texts: &[impl AsRef<str>]) -> Self {
        Settings { set: texts.iter().flat_map(|text| setting(text.as_ref())).collect() }
    }

    /// Returns the `--set` arguments.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.set.iter().map(|Setting { name, value }| format!("{name}={value}")).collect()
    }
}

/// A spec file.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    /// Path as given.
    pub(crate) path: PathBuf,
    /// Text.
    pub(crate) text: String,
    /// Overrides that the run of the spec was compiled with.
    own: Vec<Setting>,
    /// Overrides of the command line. The last one for a name applies.
    settings: Vec<Setting>,
}

impl Spec {
    /// Reads a file.
    pub(crate) fn read(path: &Path, settings: &Settings) -> Result<Self, Error> {
        let text = turret_dsl::read_spec(path).map_err(|error| Error::io("read", path, &error))?;
        Ok(Spec::of(path, &text, settings))
    }

    /// A spec from its path and text.
    pub(crate) fn of(path: &Path, text: &str, settings: &Settings) -> Self {
        Spec { path: path.to_owned(), text: text.to_owned(), own: Vec::new(), settings: settings.set.clone() }
    }

    /// Reads the spec of a run with its overrides. Further overrides may follow.
    pub(crate) fn read_run(run: &Path, settings: &Settings) -> Result<Self, Error> {
        let path = run.join("spec.dm");
        if !path.is_file() || !run.join("run.json").is_file() {
            return Err(Error::Input(format!(
                "`{}` is not the folder of a run: `spec.dm` or `run.json` is missing",
                printable(run.display())
            )));
        }
        let text = RunFolder::spec(run).map_err(refused)?;
        let mut spec = Spec::of(&path, &text, settings);
        let (length, mut own) = overrides(&spec.text);
        spec.text.truncate(length);
        own.retain(|own| settings.set.iter().all(|new| new.name != own.name));
        spec.own = own;
        Ok(spec)
    }

    /// Returns the names of the overrides of the command line.
    pub(crate) fn given(&self) -> impl Iterator<Item = &str> {
        self.settings.iter().map(|set| set.name.as_str())
    }

    /// Returns the spec without some overrides of the command line.
    pub(crate) fn without(&self, left_out: impl Fn(&str) -> bool) -> Self {
        let mut spec = self.clone();
        spec.settings.retain(|set| !left_out(&set.name));
        spec
    }

    /// Returns the spec with further overrides of the command line: names and values.
    pub(crate) fn with(
        &self,
        values: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let mut spec = self.clone();
        let new = values.into_iter().map(|(name, value)| Setting { name: name.into(), value: value.into() });
        spec.settings.extend(new);
        spec
    }

    /// Returns the spec with another text, in which imports are replaced.
    pub(crate) fn with_text(&self, text: String) -> Self {
        Spec { text, ..self.clone() }
    }

    /// Returns the search space, which is empty if nothing is searched.
    pub(crate) fn space(&self) -> Result<SearchSpace, Box<Failure>> {
        self.compiler().space()
    }

    /// File name without `.dm`, restricted to characters that are valid in program names.
    pub(crate) fn stem(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let stem: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if stem.is_empty() { "model".to_owned() } else { stem }
    }

    /// Runs all stages up to the plan. Returns the errors.
    pub(crate) fn try_plan(&self) -> Result<Planned, Box<Failure>> {
        self.compiler().planned()
    }

    /// Runs all stages up to the plan. Prints the errors.
    pub(crate) fn plan(&self) -> Result<Plan, Error> {
        self.planned().map(|planned| planned.plan)
    }

    /// Returns the plan with the places of the spec. Prints the errors.
    pub(crate) fn planned(&self) -> Result<Planned, Error> {
        self.try_plan().map_err(|failure| shown(&failure))
    }

    /// Returns the Rust source of the program. Prints the errors.
    pub(crate) fn expand(&self) -> Result<String, Error> {
        self.compiler().compile(&program()).map_err(|failure| shown(&failure))
    }

    fn compiler(&self) -> Compiler {
        let name = printable(self.path.display()).to_string();
        let compiler = Compiler::new(&name, &self.text).files(turret_dsl::read_below(&self.path));
        self.own
            .iter()
            .chain(&self.settings)
            .fold(compiler, |compiler, set| compiler.set(&set.name, &set.value))
    }
}

/// Returns the options of a program of a spec.
pub(crate) fn program() -> expand::Options {
    expand::Options { main: true, ..expand::Options::default() }
}

/// Prints errors like rustc.
pub(crate) fn shown(failure: &Failure) -> Error {
    note(failure.render(true).trim_end());
    Error::Shown
}

/// Converts texts for the renderer.
pub(crate) fn texts(texts: &[(String, String)]) -> Vec<(&str, &str)> {
    texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

/// Parses the lines `// --set name=value` at the end of a text. Returns the length of the text before them,
/// and the overrides.
fn overrides(text: &str) -> (usize, Vec<Setting>) {
    let mut length = text.len();
    let mut settings = Vec::new();
    for line in text.split_inclusive('\n').rev() {
        let Some(Ok(set)) = line.trim_end().strip_prefix("// --set ").map(setting) else { break };
        settings.push(set);
        length -= line.len();
    }
    settings.reverse();
    (length, settings)
}

#[cfg(test)]
mod tests {
    use super::{overrides, setting};

    #[test]
    fn overrides_end_a_text() {
        let text = "// --set a=1\nmodel M {}\n// --set layers=[64, 32]\n// --set train.lr=0.5\n";
        let (length, settings) = overrides(text);
        assert_eq!(&text[..length], "// --set a=1\nmodel M {}\n");
        assert_eq!(settings, [setting("layers=[64, 32]").unwrap(), setting("train.lr=0.5").unwrap()]);
        assert_eq!(overrides("model M {}"), (10, vec![]));
    }

    #[test]
    fn settings_need_both_sides() {
        assert!(setting("lr").is_err() && setting("=1").is_err() && setting("lr=").is_err());
        assert_eq!(setting("a = b=c").unwrap(), setting("a=b=c").unwrap());
    }
}
