//! Beginning of a run: its folder, and the files that do not change.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::{CHECKPOINT, FEATURES, INFO, METRICS, RunWriter, SPEC};
use crate::error::RunError;
use crate::program::SpecInfo;
use crate::state::{Lock, StateError};

/// Folder of a new run, before anything is written.
#[derive(Clone, Debug)]
pub struct NewRun {
    path: PathBuf,
    /// True if the name was generated and can be changed.
    is_made_up: bool,
}

impl NewRun {
    /// Chooses the folder: `out`, or `runs/<name>-<time>`. Rejects a folder that has a run or that another
    /// process writes.
    pub fn choose(spec: &SpecInfo, out: Option<&Path>) -> Result<Self, RunError> {
        let Some(path) = out else {
            let path = Path::new("runs").join(format!("{}-{}", spec.name, timestamp()));
            return Ok(Self { path, is_made_up: true });
        };
        refuse_run(path)?;
        refuse_others(path)?;
        Lock::check(path)?;
        Ok(Self { path: path.to_owned(), is_made_up: false })
    }

    /// Creates the folder, with the spec and the fitted features.
    pub fn begin(self, spec: &SpecInfo, features: &impl Serialize) -> Result<RunWriter, RunError> {
        let path = self.make()?;
        let lock = Lock::take(&path)?;
        // Another process may have begun a run here in the meantime.
        refuse_run(&path)?;
        RunWriter::begin(path, lock, spec, features)
    }

    fn make(&self) -> Result<PathBuf, RunError> {
        let make =
            |path: &Path| std::fs::create_dir_all(path).map_err(|source| StateError::write(path, source));
        if !self.is_made_up {
            make(&self.path)?;
            return Ok(self.path.clone());
        }
        self.path.parent().map_or(Ok(()), make)?;
        let mut path = self.path.clone();
        for number in 2.. {
            match std::fs::create_dir(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    path = self.path.with_added_extension(number.to_string());
                }
                made => {
                    made.map_err(|source| StateError::write(&path, source))?;
                    break;
                }
            }
        }
        Ok(path)
    }
}

fn refuse_run(path: &Path) -> Result<(), RunError> {
    if !path.join(INFO).exists() {
        return Ok(());
    }
    Err(RunError::Exists { path: path.to_owned() })
}

/// Rejects a folder that never had a run, if it has files with names that a run would replace.
fn refuse_others(path: &Path) -> Result<(), RunError> {
    if Lock::was_taken(path) {
        return Ok(());
    }
    let is_ours = |name: &str| [SPEC, FEATURES, METRICS].contains(&name) || name.starts_with(CHECKPOINT);
    let names = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut names: Vec<String> =
        names.filter_map(|name| name.into_string().ok()).filter(|name| is_ours(name)).collect();
    names.sort_unstable();
    match names.into_iter().next() {
        Some(name) => Err(RunError::Occupied { path: path.to_owned(), name }),
        None => Ok(()),
    }
}

/// Current time in UTC, such as `20260131-174500`.
fn timestamp() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    let (days, time) = (seconds / 86_400, seconds % 86_400);
    // Civil date from days since 1970-01-01, with years that begin in March (Howard Hinnant's algorithm).
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}-{:02}{:02}{:02}", time / 3_600, time / 60 % 60, time % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_others_are_neither_replaced_nor_swept() {
        let of_tests = SpecInfo { name: "M".into(), ..SpecInfo::default() };
        for name in ["checkpoint-1000", "spec.dm", "features.json", "metrics.jsonl"] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(name), "mine").unwrap();
            let refused = NewRun::choose(&of_tests, Some(folder.path())).unwrap_err().to_string();
            assert!(refused.contains(name), "{refused}");
            // Leftovers of a run that was killed before its first save are allowed.
            drop(Lock::take(folder.path()).unwrap());
            NewRun::choose(&of_tests, Some(folder.path())).unwrap();
        }
    }

    #[test]
    fn a_timestamp_has_a_date_and_a_time() {
        let now = timestamp();
        assert_eq!(now.len(), 15);
        assert!(now.starts_with("20"), "{now}");
    }

    #[test]
    fn runs_of_one_second_have_folders_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let new = NewRun { path: folder.path().join("runs/Clicks-20260131-174500"), is_made_up: true };
        let made: std::collections::HashSet<PathBuf> = (0..3).map(|_| new.make().unwrap()).collect();
        assert_eq!(made.len(), 3);
        assert!(made.iter().all(|path| path.is_dir()));
    }
}
