//! End of a save: the tensors are made durable, and `run.json` names them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::checkpoints_of;
use super::record::Record;
use super::weights::is_checkpoint;
use super::{FEATURES, INFO, METRICS, SPEC};
use crate::error::{RunError, Unconfirmed};
use crate::printable::printable;
use crate::progress::say;
use crate::state::{Disk, StateError, Synced, is_temporary};

/// A save whose tensors are written, but may not be on the disk yet. It borrows nothing, so that another thread can end
/// it while training goes on.
pub(super) struct Commit {
    pub(super) disk: Arc<dyn Disk>,
    /// Folder of the run.
    pub(super) path: PathBuf,
    /// The tensors that no earlier save has.
    pub(super) checkpoints: Vec<Checkpoint>,
    pub(super) record: Record,
}

/// Folder of tensors.
pub(super) struct Checkpoint {
    pub(super) path: PathBuf,
    /// Files that may not be on the disk yet.
    pub(super) files: Vec<(PathBuf, Box<dyn Synced>)>,
}

impl Checkpoint {
    /// Makes the files durable.
    fn sync(&self, disk: &dyn Disk) -> Result<(), StateError> {
        for (path, file) in &self.files {
            file.sync().map_err(|source| StateError::write(path, source))?;
        }
        sync(disk, &self.path)
    }

    /// Removes the folder after an error; the disk may be full.
    pub(super) fn discard(&self, disk: &dyn Disk) {
        let _ = disk.remove(&self.path);
    }
}

impl Commit {
    /// Makes everything durable, replaces `run.json` and removes earlier checkpoints. Returns what is stored. The rename
    /// is the commit point: before it, the run is the previous save; after it, the new one.
    pub(super) fn run(self) -> Result<Record, RunError> {
        let Self { disk, path, checkpoints, record } = self;
        let disk = &*disk;
        let (info, beside) = (path.join(INFO), path.join(format!(".{INFO}.tmp")));
        let prepared = || -> Result<(), StateError> {
            checkpoints.iter().try_for_each(|checkpoint| checkpoint.sync(disk))?;
            if !checkpoints.is_empty() {
                sync(disk, &path)?;
            }
            let text = record.to_text().map_err(|error| StateError::write(&beside, error.into()))?;
            let written = disk.write(&beside, |file| file.write_all(text.as_bytes()));
            written.map(drop).map_err(|error| StateError { path: info.clone(), ..error })
        };
        if let Err(error) = prepared() {
            // Removes incomplete files, since the disk may be full. The first error is reported.
            let _ = disk.remove(&beside);
            checkpoints.iter().for_each(|checkpoint| checkpoint.discard(disk));
            return Err(error.into());
        }
        // From here on, both checkpoints are kept after an error.
        disk.rename(&beside, &info).map_err(|source| StateError::write(&info, source))?;
        let steps = record.info.steps;
        sync(disk, &path).map_err(|source| {
            RunError::Unconfirmed(Box::new(Unconfirmed { source, path: path.clone(), steps }))
        })?;
        sweep(disk, &path, &checkpoints_of(&record.checksums));
        Ok(record)
    }
}

fn sync(disk: &dyn Disk, folder: &Path) -> Result<(), StateError> {
    disk.sync_folder(folder).map_err(|source| StateError::write(folder, source))
}

/// Removes checkpoints but those that are kept, and temporary files of killed processes. A failure only wastes space.
pub(super) fn sweep(disk: &dyn Disk, path: &Path, kept: &BTreeSet<String>) {
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_old = is_checkpoint(name) && !kept.contains(name);
        if (is_old || is_temporary(name, &[SPEC, FEATURES, INFO, METRICS]))
            && let Err(error) = disk.remove(&entry.path())
        {
            say(format_args!("warning: {}: cannot be removed: {error}", printable(entry.path().display())));
        }
    }
}
