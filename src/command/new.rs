//! `turret new`: a folder with a spec to start from.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use super::output::{Error, make_folder, note, write_file};

/// The spec that a new folder starts with.
const SPEC: &str = include_str!("../../specs/two_tower.dm");

/// Arguments of `turret new`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to make.
    name: PathBuf,
}

impl Args {
    /// Makes the folder, unless something is there.
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let Some(name) = self.name.file_name() else {
            return Err(Error::Input(format!("`{}` names no folder", self.name.display())));
        };
        if fs::read_dir(&self.name).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::Input(format!("`{}` is not empty", self.name.display())));
        }
        make_folder(&self.name)?;
        let mut file = name.to_owned();
        file.push(".dm");
        let spec = self.name.join(file);
        write_file(&spec, SPEC.as_bytes())?;
        write_file(&self.name.join(".gitignore"), b"/runs\n/data\n")?;
        note(&format!("made {}", spec.display()));
        note(&format!("try it: turret train {} --data synth", spec.display()));
        Ok(ExitCode::SUCCESS)
    }
}
