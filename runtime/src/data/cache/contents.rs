//! Contents of the files of a data folder: their checksums, which are computed only if a file may have changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use turret_schema::{DataSpec, FileSpec, STANDARD_INPUT};

use super::identity::Identity;
use crate::checksum::{Checksum, hash_of};
use crate::data::error::DataError;
use crate::data::source::{FileRole, FileStamp, inside, source_files};

/// Size of all files up to which they are always read.
const SMALL: u64 = 16 << 20;

/// Stamps of files, and the identities that the files had before they were read.
pub(super) struct Contents {
    files: Vec<StampedFile>,
}

struct StampedFile {
    stamp: FileStamp,
    path: PathBuf,
    /// `None` unless any later change would be seen.
    settled: Option<Identity>,
}

/// Checksum of a file that was read once.
#[derive(Serialize, Deserialize)]
struct Known {
    path: PathBuf,
    identity: Identity,
    checksum: Checksum,
}

impl Contents {
    /// Finds the contents of the sources and of other files. `known` is a folder of checksums. `None` if a
    /// source is standard input, which no later run has.
    pub(super) fn of(
        spec: &DataSpec,
        files: &[FileSpec],
        folder: &Path,
        known: &Path,
    ) -> Result<Option<Self>, DataError> {
        let mut found = Vec::new();
        for (source, info) in spec.sources.iter().enumerate() {
            let role = FileRole::Source(info.name.to_string());
            for (_, path) in source_files(spec, source, folder)? {
                if path == STANDARD_INPUT {
                    return Ok(None);
                }
                found.push((role.clone(), path));
            }
        }
        let others = files.iter().map(FileRole::of).map(|(role, path)| (role, path.to_owned()));
        // A missing file is reported by its reader.
        found.extend(others.filter(|(_, path)| folder.join(path).exists()));
        let length =
            |(_, path): &(FileRole, String)| fs::metadata(folder.join(path)).map_or(0, |file| file.len());
        let is_small = found.iter().map(length).sum::<u64>() <= SMALL;
        let known = (!is_small).then_some(known);
        let files = found.into_iter().map(|(role, path)| StampedFile::of(role, folder, path, known));
        Ok(Some(Self { files: files.collect::<Result<_, _>>()? }))
    }

    /// Stamps of the files.
    pub(super) fn stamps(&self) -> impl Iterator<Item = &FileStamp> {
        self.files.iter().map(|file| &file.stamp)
    }

    /// Returns whether the files are as they were when they were stamped.
    pub(super) fn are_unchanged(&self, folder: &Path) -> bool {
        self.files.iter().all(|StampedFile { stamp, path, settled }| match settled {
            Some(_) => fs::metadata(path).ok().as_ref().and_then(Identity::of) == *settled,
            None => FileStamp::of_file(stamp.role.clone(), folder, &stamp.path)
                .is_ok_and(|now| (now.bytes, now.checksum) == (stamp.bytes, stamp.checksum)),
        })
    }
}

impl StampedFile {
    fn of(role: FileRole, folder: &Path, path: String, known: Option<&Path>) -> Result<Self, DataError> {
        let found = inside(folder, &path)?;
        let metadata = fs::metadata(&found);
        let identity = metadata.as_ref().ok().and_then(Identity::of);
        let settled = identity.filter(|identity| identity.is_settled(SystemTime::now()));
        let record = known.zip(settled).map(|(known, identity)| Record::new(known, &found, identity));
        let checksum = record.as_ref().and_then(Record::checksum);
        let stamp = match (metadata, checksum) {
            (Ok(metadata), Some(checksum)) => FileStamp::known(role, path, &metadata, checksum),
            _ => FileStamp::of_file(role, folder, &path)?,
        };
        if let (Some(record), None) = (record, checksum) {
            // Without its record, the file is read again.
            let _ = record.write(stamp.checksum);
        }
        Ok(Self { stamp, path: found, settled })
    }
}

/// Record of the checksum of a file.
struct Record {
    place: PathBuf,
    file: PathBuf,
    identity: Identity,
}

impl Record {
    /// Record of a file, in the folder of all of them.
    fn new(folder: &Path, file: &Path, identity: Identity) -> Self {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let name = format!("{:016x}", hash_of(file.as_os_str().as_encoded_bytes()));
        Self { place: folder.join(name), file, identity }
    }

    /// Returns the checksum, if the file is the one that was read.
    fn checksum(&self) -> Option<Checksum> {
        let known: Known = serde_json::from_slice(&fs::read(&self.place).ok()?).ok()?;
        (known.path == self.file && known.identity == self.identity).then_some(known.checksum)
    }

    fn write(self, checksum: Checksum) -> io::Result<()> {
        let folder = self.place.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder)?;
        let file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&file, &Known { path: self.file, identity: self.identity, checksum })?;
        file.persist(&self.place)?;
        Ok(())
    }
}

/// Removes the records of files that are gone.
pub(super) fn forget_lost(known: &Path) -> io::Result<()> {
    for record in fs::read_dir(known).into_iter().flatten() {
        let path = record?.path();
        let text = fs::read(&path).unwrap_or_default();
        let is_lost = serde_json::from_slice(&text)
            .is_ok_and(|known: Known| matches!(known.path.try_exists(), Ok(false)));
        if is_lost {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::data::SourceSpec;
    use crate::data::tests::spec;

    #[test]
    fn large_files_are_read_once_and_changes_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let (data, records) = (folder.path().join("data"), folder.path().join("known"));
        fs::create_dir(&data).unwrap();
        let file = data.join("log.csv");
        fs::write(&file, "a\n".repeat(SMALL as usize / 2 + 1)).unwrap();
        let spec = spec(vec![SourceSpec::csv("log", "log.csv")]);
        let stamp = || {
            let contents = Contents::of(&spec, &[], &data, &records).unwrap().unwrap();
            assert!(contents.are_unchanged(&data));
            contents.stamps().next().unwrap().clone()
        };
        let first = stamp();
        // Too young to be known by its times.
        assert!(!records.exists());
        std::thread::sleep(Duration::from_millis(2100));
        assert_eq!((stamp(), records.exists()), (first.clone(), true));
        // The record is believed.
        let path = fs::read_dir(&records).unwrap().next().unwrap().unwrap().path();
        let known: Known = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let record = Record { place: path, file: known.path, identity: known.identity };
        record.write(Checksum::of(b"other")).unwrap();
        assert_eq!(stamp().checksum, Checksum::of(b"other"));
        // A change of the same length, with the time of modification restored, is a change.
        let contents = Contents::of(&spec, &[], &data, &records).unwrap().unwrap();
        let modified = fs::metadata(&file).unwrap().modified().unwrap();
        let mut bytes = fs::read(&file).unwrap();
        bytes[10] = b'b';
        fs::write(&file, bytes).unwrap();
        fs::File::open(&file).unwrap().set_modified(modified).unwrap();
        assert!(!contents.are_unchanged(&data));
        let changed = stamp();
        assert!(changed.checksum != first.checksum && changed.checksum != Checksum::of(b"other"));
        assert_eq!((changed.bytes, changed.modified), (first.bytes, first.modified));
        // The record goes with its file.
        let count = || fs::read_dir(&records).unwrap().count();
        forget_lost(&records).unwrap();
        assert_eq!(count(), 1);
        fs::remove_file(&file).unwrap();
        forget_lost(&records).unwrap();
        assert_eq!(count(), 0);
        forget_lost(&folder.path().join("nowhere")).unwrap();
    }
}
