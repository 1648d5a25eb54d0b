//! `turret new`: creates a folder with a spec to start from.

mod assemble;
mod columns;
mod exploded;
mod forms;
mod from;
mod items;
mod joins;
mod look;
mod names;
mod rename;
mod roles;
mod sniff;
mod table;
mod typed;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use turret_runtime::printable::printable;
use turret_runtime::progress::counted;

use super::draft::Draft;
use super::files::{make_folder, write_file};
use super::output::{Error, note, print};

/// Example spec.
const SPEC: &str = include_str!("../../specs/two_tower.dm");

/// Arguments of `turret new`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder to make. The spec in it has the same name.
    name: PathBuf,
    /// Draft the spec from files of data.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    from: Vec<PathBuf>,
}

/// A spec, and how to train it.
struct Started {
    spec: String,
    about: String,
    data: String,
}

impl Args {
    /// Creates the folder, unless it exists, and prints the path of the spec.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let Some(name) = self.name.file_name() else {
            return Err(Error::Input(format!(
                "`{}` is not the name of a folder",
                printable(self.name.display())
            )));
        };
        if fs::read_dir(&self.name).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::Input(format!("`{}` is not empty", printable(self.name.display()))));
        }
        let name = name.to_string_lossy();
        let file = format!("{name}.dm");
        let spec = self.name.join(&file);
        let started = if self.from.is_empty() { example(&file) } else { drafted(&name, &file, &self.from)? };
        make_folder(&self.name)?;
        write_file(&spec, started.spec.as_bytes())?;
        write_file(&self.name.join("README.md"), format!("# {name}\n{}", started.about).as_bytes())?;
        write_file(&self.name.join(".gitignore"), b"/runs\n")?;
        print(&format!("{}\n", printable(spec.display())))?;
        note(&format!("train it: turret train \"{}\" --data {}", printable(spec.display()), started.data));
        Ok(ExitCode::SUCCESS)
    }
}

fn example(file: &str) -> Started {
    Started {
        spec: SPEC.to_owned(),
        about: format!(
            "A retrieval model for Turret. `turret train {file} --data synth` trains it on made-up movie ratings.\n\
             With a folder that holds MovieLens 100K, `turret train {file} --data FOLDER` trains it on those.\n"
        ),
        data: "synth".to_owned(),
    }
}

/// Drafts a spec for files.
pub(super) fn draft_of_files(name: &str, files: &[PathBuf]) -> Result<Draft, Error> {
    from::draft(name, files).map(|(draft, _)| draft)
}

fn drafted(name: &str, file: &str, files: &[PathBuf]) -> Result<Started, Error> {
    let (draft, folder) = from::draft(name, files)?;
    let spec = draft.text();
    let unsure = spec.matches("// unsure:").count();
    if unsure > 0 {
        note(&format!("the draft is unsure in {}, which its comments name", counted(unsure, "place")));
    }
    Ok(Started {
        spec,
        about: format!(
            "A draft for Turret. Its comments name what is unsure. `turret check {file} --data FOLDER` checks it with \
             the files, and `turret train {file} --data FOLDER` trains it.\n"
        ),
        data: format!("\"{}\"", printable(folder.display())),
    })
}
