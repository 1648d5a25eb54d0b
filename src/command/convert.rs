//! `turret convert`: writes a spec for a model that is described for another system.

mod click;
mod deepctr;
mod fuxictr;
mod models;
mod python;
mod recbole;
mod training;
mod value;
mod yaml;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use turret_runtime::printable::printable;
use turret_runtime::progress::counted;

use super::draft::Draft;
use super::files::write_file;
use super::output::{Error, note, print};

/// Arguments of `turret convert`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Python file with feature columns of DeepCTR or DeepMatch, atomic files of RecBole (`.inter`, `.user`,
    /// `.item`), or `dataset_config.yaml`, `model_config.yaml` or `feature_map.json` of FuxiCTR.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// File to write; without it the spec is printed.
    #[arg(short, long, value_name = "SPEC")]
    output: Option<PathBuf>,
}

/// A spec, and the parts of the description that it does not have.
struct Converted {
    draft: Draft,
    lost: Vec<String>,
}

impl Args {
    /// Runs the verb.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let Converted { mut draft, lost } = self.convert()?;
        draft.lost.clone_from(&lost);
        let text = draft.text();
        match &self.output {
            Some(path) => {
                if path.exists() {
                    return Err(Error::Input(format!("`{}` exists", printable(path.display()))));
                }
                write_file(path, text.as_bytes())?;
                print(&format!("{}\n", printable(path.display())))?;
            }
            None => print(&text)?,
        }
        lost.iter().for_each(|lost| note(&format!("not converted: {}", printable(lost))));
        let unsure = text.matches("// unsure:").count();
        if unsure > 0 {
            note(&format!("the spec is unsure in {}, which its comments name", counted(unsure, "place")));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn convert(&self) -> Result<Converted, Error> {
        let is_all = |endings: &[&str]| {
            let ending =
                |path: &PathBuf| path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            self.files.iter().all(|path| endings.contains(&ending(path).as_str()))
        };
        match &self.files[..] {
            [file] if is_all(&["py"]) => deepctr::convert(file, &read(file)?),
            files if is_all(&["inter", "user", "item"]) => recbole::convert(files),
            files if is_all(&["yaml", "yml", "json"]) => fuxictr::convert(files),
            _ => Err(Error::Input(
                "these are no files that can be converted: name one `.py` file of DeepCTR or DeepMatch, files `.inter`, \
                 `.user` and `.item` of RecBole, or `.yaml` files of FuxiCTR"
                    .to_owned(),
            )),
        }
    }
}

/// Reads a text.
fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| Error::io("read", path, &error))
}

/// Name of a file without its ending.
fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
