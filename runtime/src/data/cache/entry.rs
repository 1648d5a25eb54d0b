//! Encoded data in a folder of the cache. The folder has another name until it is complete.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::bound::{NEW, OLD, bytes_of};
use crate::checksum::Checksum;
use crate::data::any::{AnyBatch, AnyFeatures};
use crate::data::encoded::{EncodedDataset, StoredDataset};
use crate::data::source::FileStamp;

/// Description of the data: its checksum, and then JSON.
pub(super) const DESCRIPTION: &str = "dataset.json";
/// Fitted features.
const FEATURES: &str = "features.json";

/// Encoded data, mapped.
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) features: AnyFeatures,
    /// Checksum of the features.
    pub(super) fitted: Checksum,
    pub(super) dataset: EncodedDataset<AnyBatch>,
    pub(super) files: Vec<FileStamp>,
    pub(super) lines: Vec<String>,
    pub(super) bytes: u64,
}

/// Encoded data that were written and do not have their name yet.
pub(super) struct WrittenEntry(TempDir);

impl WrittenEntry {
    /// Moves the data into their place, where they replace earlier ones. The cache must be locked.
    pub(super) fn move_to(self, root: &Path, name: &str) -> io::Result<()> {
        let place = root.join(name);
        if place.exists() {
            // A process that has mapped the earlier files keeps them.
            let old = tempfile::Builder::new().prefix(OLD).tempdir_in(root)?;
            fs::rename(&place, old.path().join(name))?;
        }
        fs::rename(self.0.path(), &place)?;
        drop(self.0.keep());
        Ok(())
    }
}

/// Result of opening a folder.
pub(super) enum Opened {
    Whole(Box<Entry>),
    /// Something in it is missing or was changed.
    Damaged,
    Nothing,
}

#[derive(Serialize, Deserialize)]
struct Description {
    key: String,
    /// Checksum of the features.
    features: Checksum,
    dataset: StoredDataset,
    files: Vec<FileStamp>,
    lines: Vec<String>,
}

impl Entry {
    /// Writes data into a folder that is removed unless it is moved into its place.
    pub(super) fn write(
        root: &Path,
        key: String,
        features: &AnyFeatures,
        dataset: &EncodedDataset<AnyBatch>,
        files: Vec<FileStamp>,
        lines: Vec<String>,
    ) -> io::Result<WrittenEntry> {
        let new = tempfile::Builder::new().prefix(NEW).tempdir_in(root)?;
        let dataset = StoredDataset::write(dataset, new.path())?;
        let fitted = serde_json::to_vec(features)?;
        fs::write(new.path().join(FEATURES), &fitted)?;
        let description = Description { key, features: Checksum::of(&fitted), dataset, files, lines };
        let json = serde_json::to_vec(&description)?;
        let mut file = File::create(new.path().join(DESCRIPTION))?;
        writeln!(file, "{}", Checksum::of(&json))?;
        file.write_all(&json)?;
        Ok(WrittenEntry(new))
    }

    /// Maps data.
    pub(super) fn open(root: &Path, name: &str, declared: &AnyFeatures) -> Opened {
        let place = root.join(name);
        if !is_name(name) || !place.is_dir() {
            return Opened::Nothing;
        }
        match Self::read(&place, declared) {
            Some(entry) => Opened::Whole(Box::new(entry)),
            None => Opened::Damaged,
        }
    }

    fn read(place: &Path, declared: &AnyFeatures) -> Option<Self> {
        let text = fs::read_to_string(place.join(DESCRIPTION)).ok()?;
        let (checksum, json) = text.split_once('\n')?;
        if checksum != Checksum::of(json.as_bytes()).to_string() {
            return None;
        }
        let description: Description = serde_json::from_str(json).ok()?;
        let fitted = fs::read_to_string(place.join(FEATURES)).ok()?;
        if Checksum::of(fitted.as_bytes()) != description.features {
            return None;
        }
        let features = declared.clone().restored(&fitted).ok()?;
        let dataset = description.dataset.open(&features, place)?;
        let Description { key, features: fitted, files, lines, .. } = description;
        // Data that were used lately are kept longest.
        let _ = File::options()
            .append(true)
            .open(place.join(DESCRIPTION))
            .and_then(|file| file.set_modified(SystemTime::now()));
        Some(Self { key, features, fitted, dataset, files, lines, bytes: bytes_of(place) })
    }
}

/// Returns whether a name is one of encoded data.
pub(super) fn is_name(name: &str) -> bool {
    name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}
