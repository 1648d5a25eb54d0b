//! Comparison of the data files of a run with the current ones.

use super::info::{EarlierData, RunInfo};
use crate::data::{
    ChangeKind, DataFolder, EncodedDataset, FileChange, FileRole, FileStamp, SplitSpec, changes,
};
use crate::error::{DataChange, RunError};
use crate::printable::printable;
use crate::progress::say;

impl RunInfo {
    /// Checks that training continues with the original data. With `allow_changed`, changed data replace
    /// those of the run, which keeps the stamps of the earlier ones.
    pub(crate) fn recognize<B>(
        &mut self,
        data: &DataFolder,
        dataset: &EncodedDataset<B>,
        allow_changed: bool,
    ) -> Result<(), RunError> {
        let (read, kept) = self.changed_files(data);
        if !kept.is_empty() {
            say(format_args!("note: {}; the run keeps the original", list(&kept)));
        }
        if self.files.is_none() {
            say(UNKNOWN_FILES);
        }
        let (before, now) = (self.rows, dataset.train.len());
        let change = match (read.is_empty(), before == now) {
            (false, _) => DataChange::Files(read),
            (true, false) => DataChange::Rows { before, now },
            (true, true) => {
                if self.files.is_none() {
                    self.replace_files(data);
                }
                return Ok(());
            }
        };
        if !allow_changed {
            return Err(RunError::OtherData { folder: data.folder().to_owned(), change });
        }
        let folder = printable(data.folder().display());
        let anew = if self.position.step > 0 { "; the incomplete epoch starts again" } else { "" };
        say(format_args!("warning: the run continues with changed data in {folder}: {change}{anew}"));
        self.replace_files(data);
        (self.position.step, self.position.loss_bits) = (0, 0);
        // Values of other validation rows cannot be compared.
        self.chosen = None;
        self.rows = now;
        self.candidates = dataset.catalog.as_ref().map(|catalog| catalog.keys.len());
        Ok(())
    }

    /// Replaces the recorded files by the current ones. The earlier files are kept only if a step was trained
    /// on them.
    fn replace_files(&mut self, data: &DataFolder) {
        let files = self.files.replace(data.files().to_vec());
        let before = self.earlier.last().map_or(0, |earlier| earlier.steps);
        if self.steps > before {
            let (rows, steps, epochs) = (self.rows, self.steps, self.position.epochs);
            self.earlier.push(EarlierData { files, rows, steps, epochs });
        }
    }

    /// Returns notes on differences from the training data, for results on the current data.
    pub(crate) fn remarks(&self, data: &DataFolder) -> Vec<String> {
        let last = match self.files.as_deref() {
            None => Some(UNKNOWN_FILES.trim_start_matches("note: ").to_owned()),
            Some(files) => difference(files, data)
                .map(|differs| format!("the data differ from those of training: {differs}")),
        };
        let mut remarks: Vec<String> = last.into_iter().collect();
        for EarlierData { files, steps, epochs, .. } in &self.earlier {
            let until = format!("up to step {steps} (epoch {epochs}) the run was trained on");
            remarks.extend(match files.as_deref() {
                None => Some(format!("{until} data that it does not know")),
                Some(files) => difference(files, data)
                    .map(|differs| format!("{until} other data, which have changed since: {differs}")),
            });
        }
        remarks
    }

    /// Returns the changed files: those whose rows are read again, and those whose content the run stores.
    fn changed_files(&self, data: &DataFolder) -> (Vec<FileChange>, Vec<FileChange>) {
        changed(self.files.as_deref().unwrap_or_default(), data)
    }
}

/// Returns the files that changed since `before`: sources, and others.
fn changed(before: &[FileStamp], data: &DataFolder) -> (Vec<FileChange>, Vec<FileChange>) {
    changes(before, data.files(), data.folder())
        .into_iter()
        .partition(|change| matches!(change.role, FileRole::Source(_)))
}

/// Describes the changes since `before`, and their effect on the test rows.
fn difference(before: &[FileStamp], data: &DataFolder) -> Option<String> {
    let (read, kept) = changed(before, data);
    if read.is_empty() && kept.is_empty() {
        return None;
    }
    let main = data.spec().sources.first().map(|source| FileRole::Source(source.name.to_string()));
    let consequence =
        match (&data.spec().split, read.iter().find(|change| Some(&change.role) == main.as_ref())) {
            (SplitSpec::None | SplitSpec::Given { .. }, _) | (_, None) => "",
            (SplitSpec::Random { .. }, Some(FileChange { kind: ChangeKind::Appended(_), .. })) => {
                "; rows that trained stay out of the test"
            }
            (_, Some(_)) => "; rows that trained may be among those that test now",
        };
    let both = [list(&read), list(&kept)].into_iter().filter(|list| !list.is_empty());
    Some(format!("{}{consequence}", both.collect::<Vec<_>>().join("; ")))
}

const UNKNOWN_FILES: &str =
    "note: this run of an older version did not record its data files, so changes cannot be detected";

fn list(changes: &[FileChange]) -> String {
    changes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
