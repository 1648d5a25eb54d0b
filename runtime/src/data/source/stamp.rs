//! Stamps of files, by which a run recognizes its training data.

use std::fmt;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use turret_schema::{FileSpec, STANDARD_INPUT};

use super::file::SourceFile;
use super::folder::inside;
use super::standard_input;
use crate::checksum::{Checksum, Summing};
use crate::data::error::DataError;
use crate::progress::rounded;

/// Role of a data file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileRole {
    /// Rows of this source.
    Source(String),
    /// Keys of this table. A run stores them.
    Keys(String),
    /// Initial vectors of this table. A run stores the trained vectors.
    Vectors(String),
}

impl FileRole {
    /// Role and path of a file other than a source.
    pub(in crate::data) fn of(spec: &FileSpec) -> (Self, &str) {
        match spec {
            FileSpec::Keys { of, path } => (Self::Keys(of.to_string()), path),
            FileSpec::Vectors { of, path } => (Self::Vectors(of.to_string()), path),
        }
    }
}

impl fmt::Display for FileRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileRole::Source(name) => write!(f, "source `{name}`"),
            FileRole::Keys(name) => write!(f, "keys of `{name}`"),
            FileRole::Vectors(name) => write!(f, "vectors of `{name}`"),
        }
    }
}

/// Stamp of a data file at the time of reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStamp {
    /// Role of the file.
    pub role: FileRole,
    /// Path in the data folder.
    pub path: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Last modification in seconds since 1970 (UTC), if known.
    pub modified: Option<u64>,
    /// Checksum of the content.
    pub checksum: Checksum,
    /// Number of rows read from a source.
    pub rows: Option<u64>,
}

impl FileStamp {
    /// Computes the stamp of a file in the data folder.
    pub(in crate::data) fn of_file(role: FileRole, folder: &Path, path: &str) -> Result<Self, DataError> {
        let found = inside(folder, path)?;
        let failed = |error| DataError::Read { what: role.to_string(), path: found.clone(), error };
        let file = File::open(&found).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        Self::of_bytes(role.clone(), path, &metadata, file).map_err(failed)
    }

    /// Computes the stamp of an open file. Rows are not counted yet.
    pub(super) fn of_bytes(
        role: FileRole,
        path: &str,
        metadata: &Metadata,
        mut bytes: impl io::Read,
    ) -> io::Result<Self> {
        let mut summing = Summing::new(io::sink());
        let (path, modified) = (path.to_owned(), modified(metadata));
        let bytes = io::copy(&mut bytes, &mut summing)?;
        Ok(Self { role, path, bytes, modified, checksum: summing.checksum(), rows: None })
    }

    /// Stamp of a file whose checksum is known.
    pub(in crate::data) fn known(
        role: FileRole,
        path: String,
        metadata: &Metadata,
        checksum: Checksum,
    ) -> Self {
        let (bytes, modified) = (metadata.len(), modified(metadata));
        Self { role, path, bytes, modified, checksum, rows: None }
    }

    /// Returns whether a file has the length and the time of modification of the stamp.
    pub(super) fn is_of(&self, metadata: &Metadata) -> bool {
        metadata.len() == self.bytes && modified(metadata) == self.modified
    }
}

/// Returns the modification time of a file in seconds since 1970.
fn modified(metadata: &Metadata) -> Option<u64> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

/// A file that changed since a run began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Role of the file.
    pub role: FileRole,
    /// Path in the data folder.
    pub path: String,
    /// Kind of the change.
    pub kind: ChangeKind,
}

/// Kind of change of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The file cannot be read.
    Missing,
    /// Rows were appended, and the beginning is unchanged.
    Appended(u64),
    /// The number of rows changed by this difference.
    Rows(i64),
    /// The content changed; the length did not.
    SameLength,
    /// The content and the length changed; the number of rows did not.
    Content,
}

impl fmt::Display for FileChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", if self.path == STANDARD_INPUT { standard_input::NAME } else { &self.path })?;
        let rows = |count: u64| format!("{} row{}", rounded(count as f64), if count == 1 { "" } else { "s" });
        match self.kind {
            ChangeKind::Missing => f.write_str("cannot be read any more"),
            ChangeKind::Appended(count) => write!(f, "{} more, those before unchanged", rows(count)),
            ChangeKind::Rows(more) => {
                let direction = if more > 0 { "more" } else { "fewer" };
                write!(f, "{} {direction}, and others may differ", rows(more.unsigned_abs()))
            }
            ChangeKind::SameLength => f.write_str("same length, other content"),
            ChangeKind::Content => f.write_str("other content"),
        }
    }
}

/// Returns the files that differ from the stamps `before`. `now` has the stamps of the files that exist in
/// `folder`.
pub(crate) fn changes(before: &[FileStamp], now: &[FileStamp], folder: &Path) -> Vec<FileChange> {
    let change = |old: &FileStamp| {
        let same_file = |new: &&FileStamp| new.role == old.role && new.path == old.path;
        let kind = match now.iter().find(same_file) {
            None => ChangeKind::Missing,
            Some(new) if new.checksum == old.checksum && new.bytes == old.bytes => return None,
            Some(new) => kind(old, new, folder),
        };
        Some(FileChange { role: old.role.clone(), path: old.path.clone(), kind })
    };
    before.iter().filter_map(change).collect()
}

fn kind(old: &FileStamp, new: &FileStamp, folder: &Path) -> ChangeKind {
    match (old.rows, new.rows) {
        (Some(before), Some(now)) if now > before && begins_as(old, folder) => {
            ChangeKind::Appended(now - before)
        }
        (Some(before), Some(now)) if now != before => ChangeKind::Rows(now as i64 - before as i64),
        _ if new.bytes == old.bytes => ChangeKind::SameLength,
        _ => ChangeKind::Content,
    }
}

/// Returns whether a file still begins with its old content. False if it cannot be read.
fn begins_as(old: &FileStamp, folder: &Path) -> bool {
    use io::Read as _;
    let FileRole::Source(source) = &old.role else { return false };
    let Ok(file) = SourceFile::of_source(source, folder, &old.path) else { return false };
    let mut summing = Summing::new(io::sink());
    let read = file.bytes().and_then(|bytes| io::copy(&mut bytes.take(old.bytes), &mut summing));
    read.is_ok_and(|bytes| bytes == old.bytes) && summing.checksum() == old.checksum
}

#[cfg(test)]
mod tests {
    use turret_schema::Text;

    use std::fs;

    use super::*;

    const SPEC: FileSpec = FileSpec::Keys { of: Text::Borrowed("item"), path: Text::Borrowed("keys.txt") };

    /// Stamp of `log.csv` with this text.
    fn stamp(folder: &Path, text: &str) -> FileStamp {
        fs::write(folder.join("log.csv"), text).unwrap();
        let rows = Some(text.lines().count() as u64);
        FileStamp {
            rows,
            ..FileStamp::of_file(FileRole::Source("log".to_owned()), folder, "log.csv").unwrap()
        }
    }

    #[test]
    fn each_change_is_told_from_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let before = stamp(folder.path(), "a\nb\nc\n");
        for (text, expected) in [
            ("a\nb\nc\n", None),
            ("a\nb\nc\nd\n", Some("log.csv: 1 row more, those before unchanged")),
            ("a\nB\nc\nd\ne\n", Some("log.csv: 2 rows more, and others may differ")),
            ("a\nb\n", Some("log.csv: 1 row fewer, and others may differ")),
            ("a\nb\nC\n", Some("log.csv: same length, other content")),
            ("a\nb\ncc\n", Some("log.csv: other content")),
        ] {
            let now = stamp(folder.path(), text);
            let found = changes(std::slice::from_ref(&before), &[now], folder.path());
            assert_eq!(found.first().map(ToString::to_string).as_deref(), expected, "{text:?}");
        }
        let gone = changes(std::slice::from_ref(&before), &[], folder.path());
        assert_eq!(gone[0].to_string(), "log.csv: cannot be read any more");
    }

    #[test]
    fn a_stamp_is_the_same_by_stream_and_survives_json() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("keys.txt"), "a\nb\n").unwrap();
        let (role, path) = FileRole::of(&SPEC);
        let stamp = FileStamp::of_file(role, folder.path(), path).unwrap();
        assert_eq!((stamp.bytes, stamp.checksum), (4, Checksum::of(b"a\nb\n")));
        assert_eq!(stamp.role.to_string(), "keys of `item`");
        let json = serde_json::to_string(&stamp).unwrap();
        assert_eq!(serde_json::from_str::<FileStamp>(&json).unwrap(), stamp);
    }

    #[test]
    fn only_regular_files_in_the_folder_are_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("keys.txt")).unwrap();
        let (role, path) = FileRole::of(&SPEC);
        let refused = FileStamp::of_file(role, folder.path(), path).unwrap_err().to_string();
        assert!(refused.contains("keys.txt") && refused.contains("a folder"), "{refused}");
        let of_path = |path| FileStamp::of_file(FileRole::Source("log".to_owned()), folder.path(), path);
        assert!(of_path("../log.csv").is_err());
        assert!(of_path("log.csv").is_err());
    }
}
