//! `turret new`: creates a folder with an example spec.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use turret_runtime::printable::printable;

use super::files::{make_folder, write_file};
use super::output::{Error, note, print};

/// Example spec.
const SPEC: &str = include_str!("../../specs/two_tower.dm");

/// Arguments of `turret new`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder to make. The spec in it has the same name.
    name: PathBuf,
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
        make_folder(&self.name)?;
        write_file(&spec, SPEC.as_bytes())?;
        write_file(&self.name.join("README.md"), readme(&name, &file).as_bytes())?;
        write_file(&self.name.join(".gitignore"), b"/runs\n")?;
        print(&format!("{}\n", printable(spec.display())))?;
        note(&format!("train it: turret train \"{}\" --data synth", printable(spec.display())));
        Ok(ExitCode::SUCCESS)
    }
}

fn readme(name: &str, file: &str) -> String {
    format!(
        "# {name}\n\
         A retrieval model for Turret. `turret train {file} --data synth` trains it on made-up movie ratings.\n\
         With a folder that holds MovieLens 100K, `turret train {file} --data FOLDER` trains it on those.\n"
    )
}
