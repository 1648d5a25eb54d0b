//! End of a save: the tensors are made durable, and `run.json` names them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::record::Record;
use super::{CHECKPOINT, FEATURES, INFO, METRICS, SPEC};
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
    /// The tensors, unless an earlier save has the same.
    pub(super) checkpoint: Option<Checkpoint>,
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
}

impl Commit {
    /// Makes everything durable, replaces `run.json` and removes earlier checkpoints. Returns what is stored. The rename
    /// is the commit point: before it, the run is the previous save; after it, the new one.
    pub(super) fn run(self) -> Result<Record, RunError> {
        let Self { disk, path, checkpoint, record } = self;
        let disk = &*disk;
        let (info, beside) = (path.join(INFO), path.join(format!(".{INFO}.tmp")));
        let prepared = || -> Result<(), StateError> {
            if let Some(checkpoint) = &checkpoint {
                checkpoint.sync(disk)?;
                sync(disk, &path)?;
            }
            let text = record.to_text().map_err(|error| StateError::write(&beside, error.into()))?;
            let written = disk.write(&beside, |file| file.write_all(text.as_bytes()));
            written.map(drop).map_err(|error| StateError { path: info.clone(), ..error })
        };
        if let Err(error) = prepared() {
            // Removes incomplete files, since the disk may be full. The first error is reported.
            let _ = disk.remove(&beside);
            if let Some(checkpoint) = &checkpoint {
                let _ = disk.remove(&checkpoint.path);
            }
            return Err(error.into());
        }
        // From here on, both checkpoints are kept after an error.
        disk.rename(&beside, &info).map_err(|source| StateError::write(&info, source))?;
        let steps = record.info.steps;
        sync(disk, &path).map_err(|source| {
            RunError::Unconfirmed(Box::new(Unconfirmed { source, path: path.clone(), steps }))
        })?;
        sweep(disk, &path, Some(steps));
        Ok(record)
    }
}

fn sync(disk: &dyn Disk, folder: &Path) -> Result<(), StateError> {
    disk.sync_folder(folder).map_err(|source| StateError::write(folder, source))
}

/// Removes checkpoints but that of the last save, and temporary files of killed processes. A failure only wastes space.
pub(super) fn sweep(disk: &dyn Disk, path: &Path, saved: Option<u64>) {
    let named = saved.map(|steps| format!("{CHECKPOINT}{steps}"));
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_old = is_checkpoint(name) && named.as_deref() != Some(name);
        if (is_old || is_temporary(name, &[SPEC, FEATURES, INFO, METRICS]))
            && let Err(error) = disk.remove(&entry.path())
        {
            say(format_args!("warning: {}: cannot be removed: {error}", printable(entry.path().display())));
        }
    }
}

/// Returns whether a name is `checkpoint-` followed by a number.
fn is_checkpoint(name: &str) -> bool {
    name.strip_prefix(CHECKPOINT).is_some_and(|steps| steps.parse::<u64>().is_ok())
}
