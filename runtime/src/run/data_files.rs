//! A run and the data it meets again: the same files, or which of them have changed.

use super::info::RunInfo;
use crate::data::{ChangeKind, Data, Dataset, FileChange, FileRole, SplitSpec, changes};
use crate::error::Error;
use crate::progress::say;

impl RunInfo {
    /// Makes sure that training goes on with the data it began with. With `allow_changed` others are taken, and become those of the run.
    pub(crate) fn recognize<B>(
        &mut self,
        data: &Data,
        dataset: &Dataset<B>,
        allow_changed: bool,
    ) -> Result<(), Error> {
        let (read, kept) = self.changed_files(data);
        if !kept.is_empty() {
            say(format_args!("note: {}; the run keeps what it began with", list(&kept)));
        }
        if self.files.is_none() {
            say(UNKNOWN_FILES);
        }
        let (before, now) = (self.rows, dataset.train.len());
        let change = match (read.is_empty(), before == now) {
            (false, _) => list(&read),
            (true, false) => format!("{now} rows to train on instead of {before}"),
            (true, true) => {
                self.files.get_or_insert_with(|| data.files().to_vec());
                return Ok(());
            }
        };
        let folder = data.folder().display();
        if !allow_changed {
            return Err(Error::input(format_args!(
                "the data in {folder} are not those that the run began with: {change}"
            ))
            .help(
                "give those (`--data`), train a new run, or go on with what is there (`--allow-changed-data`)",
            ));
        }
        let anew = if self.position.step > 0 { "; the epoch that was cut short begins anew" } else { "" };
        say(format_args!("warning: the run goes on with changed data in {folder}: {change}{anew}"));
        (self.position.step, self.position.loss_bits) = (0, 0);
        self.files = Some(data.files().to_vec());
        self.rows = now;
        self.candidates = dataset.catalogue.as_ref().map(|catalogue| catalogue.keys.len());
        Ok(())
    }

    /// A remark on data that are not those of training, for results that come from them.
    pub(crate) fn remark(&self, data: &Data) -> Option<String> {
        if self.files.is_none() {
            return Some(UNKNOWN_FILES.trim_start_matches("note: ").to_owned());
        }
        let (read, kept) = self.changed_files(data);
        if read.is_empty() && kept.is_empty() {
            return None;
        }
        let main = data.spec().sources.first().map(|source| FileRole::Source(source.name.to_owned()));
        let consequence =
            match (data.spec().split, read.iter().find(|change| Some(&change.role) == main.as_ref())) {
                (SplitSpec::None | SplitSpec::Given { .. }, _) | (_, None) => "",
                (SplitSpec::Random { .. }, Some(FileChange { kind: ChangeKind::Appended(_), .. })) => {
                    "; rows that trained stay out of the test"
                }
                (_, Some(_)) => "; rows that trained may be among those that test now",
            };
        let both = [list(&read), list(&kept)].into_iter().filter(|list| !list.is_empty());
        Some(format!(
            "the data differ from those of training: {}{consequence}",
            both.collect::<Vec<_>>().join("; ")
        ))
    }

    /// Changed files: those whose rows are read again, and those of which the run keeps what it needs.
    fn changed_files(&self, data: &Data) -> (Vec<FileChange>, Vec<FileChange>) {
        let before = self.files.as_deref().unwrap_or_default();
        changes(before, data.files(), data.folder())
            .into_iter()
            .partition(|change| matches!(change.role, FileRole::Source(_)))
    }
}

const UNKNOWN_FILES: &str = "note: the run does not say which data trained it, as it is of an older version: whether they changed is not known";

fn list(changes: &[FileChange]) -> String {
    changes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
