//! Cache of encoded data: what a program needs before its first step, by the description of the data and the
//! contents of their files.

mod bound;
mod contents;
mod entry;
mod identity;
mod lock;

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use turret_schema::{DataSpec, FileSpec};

use super::any::{AnyBatch, AnyFeatures};
use super::encoded::EncodedDataset;
use super::features::Features;
use super::source::{FileRole, FileStamp};
use crate::checksum::{Checksum, hash_of};
use crate::printable::printable;
use bound::{FILES, FITS, MOST, keep_within};
use contents::Contents;
use entry::{Entry, Opened};
use lock::Lock;

/// Form of the cache. Another number makes all earlier data unknown.
const FORM: u32 = 1;

/// A folder of encoded data.
#[derive(Clone, Debug)]
pub struct EncodedCache {
    root: PathBuf,
}

impl EncodedCache {
    /// The cache in a folder, which need not exist.
    pub fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Removes all encoded data. Returns the number of datasets and of bytes.
    pub fn clean(&self) -> io::Result<(usize, u64)> {
        bound::clean(&self.root)
    }

    /// Finds out what the data of a program contain. `None` if they cannot be kept: a file is not there, or
    /// can be read only once.
    pub(crate) fn of_data<'c>(
        &'c self,
        spec: &DataSpec,
        files: &[FileSpec],
        declared: &'c AnyFeatures,
        folder: &'c Path,
    ) -> Option<CachedData<'c>> {
        let contents = Contents::of(spec, files, folder, &self.root.join(FILES)).ok()??;
        let mut description =
            format!("encoded data {FORM} of sources {}\n{spec:?}\n", env!("TURRET_SOURCES"));
        for (input, info) in declared.inputs().iter().enumerate() {
            writeln!(description, "{info:?} {:?}", declared.reads(input)).ok()?;
        }
        description.push_str(&serde_json::to_string(declared).ok()?);
        Some(CachedData { cache: self, folder, declared, description, contents })
    }
}

/// Encoded data of a program and a data folder, if they are kept.
pub(crate) struct CachedData<'c> {
    cache: &'c EncodedCache,
    folder: &'c Path,
    declared: &'c AnyFeatures,
    /// All of the program that the encoded data depend on.
    description: String,
    contents: Contents,
}

/// Encoded data that were kept.
pub(crate) struct KeptData {
    pub(crate) features: AnyFeatures,
    pub(crate) dataset: EncodedDataset<AnyBatch>,
    /// Stamps of the files.
    pub(crate) files: Vec<FileStamp>,
    /// Lines that were said when the data were read.
    pub(crate) lines: Vec<String>,
    /// Size in bytes.
    pub(crate) bytes: u64,
}

/// Result of a search.
pub(crate) enum Found {
    /// The data are kept.
    Kept(Box<KeptData>),
    /// Files of the data were changed or are missing.
    Damaged,
    /// There are none.
    Nothing,
}

impl CachedData<'_> {
    /// Folder of the cache.
    pub(crate) fn root(&self) -> &Path {
        &self.cache.root
    }

    /// Stamps of the files as they are now.
    pub(crate) fn stamps(&self) -> Vec<FileStamp> {
        self.contents.stamps().cloned().collect()
    }

    /// Finds the data that features were fitted on.
    pub(crate) fn fitted(&self) -> Found {
        match fs::read_to_string(self.fit()) {
            Ok(name) => self.named(&name, None),
            Err(_) => Found::Nothing,
        }
    }

    /// Finds the data encoded with fitted features.
    pub(crate) fn encoded(&self, features: &AnyFeatures) -> Found {
        match self.key(features) {
            Some(key) => self.named(&name(&key), Some(&key)),
            None => Found::Nothing,
        }
    }

    /// Writes encoded data, and maps them. `is_fit` tells that the features were fitted on them. `None` if a
    /// file changed while it was read, or if the files cannot be mapped.
    pub(crate) fn keep(
        &self,
        features: &AnyFeatures,
        dataset: &EncodedDataset<AnyBatch>,
        files: &[FileStamp],
        lines: &[String],
        is_fit: bool,
    ) -> io::Result<Option<KeptData>> {
        let Some(key) = self.key(features).filter(|_| self.contents.are_unchanged(self.folder)) else {
            return Ok(None);
        };
        let (root, name) = (&self.cache.root, name(&key));
        fs::create_dir_all(root)?;
        let lines = lines.iter().map(|line| line.replace(&self.below(), FOLDER)).collect();
        let written = Entry::write(root, key, features, dataset, files.to_vec(), lines)?;
        let _lock = Lock::wait(root)?;
        written.move_to(root, &name)?;
        if is_fit {
            let fit = self.fit();
            fs::create_dir_all(fit.parent().unwrap_or(root))?;
            let mut file = tempfile::NamedTempFile::new_in(fit.parent().unwrap_or(root))?;
            io::Write::write_all(&mut file, name.as_bytes())?;
            file.persist(fit)?;
        }
        // Old data that cannot be removed only waste space.
        let _ = keep_within(root, MOST, &name);
        match self.named(&name, None) {
            Found::Kept(kept) => Ok(Some(*kept)),
            Found::Damaged | Found::Nothing => Ok(None),
        }
    }

    fn named(&self, name: &str, key: Option<&str>) -> Found {
        let entry = match Entry::open(&self.cache.root, name, self.declared) {
            Opened::Whole(entry) => *entry,
            Opened::Damaged => return Found::Damaged,
            Opened::Nothing => return Found::Nothing,
        };
        // Names are short, and could be those of other data.
        if entry.key != key.map_or_else(|| self.key_of(entry.fitted), str::to_owned) {
            return Found::Nothing;
        }
        let below = self.below();
        let now: Vec<&FileStamp> = self.contents.stamps().collect();
        let refreshed = |old: FileStamp| {
            let now = now.iter().find(|now| now.role == old.role && now.path == old.path);
            FileStamp { modified: now.map_or(old.modified, |now| now.modified), ..old }
        };
        let others = now.iter().filter(|stamp| !is_source(stamp)).map(|&stamp| stamp.clone());
        Found::Kept(Box::new(KeptData {
            files: entry.files.into_iter().filter(is_source).map(refreshed).chain(others).collect(),
            lines: entry.lines.iter().map(|line| line.replace(FOLDER, &below)).collect(),
            features: entry.features,
            dataset: entry.dataset,
            bytes: entry.bytes,
        }))
    }

    /// Place of the name of the data that features were fitted on.
    fn fit(&self) -> PathBuf {
        let read = self.contents.stamps().filter(|stamp| !matches!(stamp.role, FileRole::Vectors(_)));
        self.cache.root.join(FITS).join(name(&self.with_files(read)))
    }

    /// Description of the data encoded with fitted features.
    fn key(&self, features: &AnyFeatures) -> Option<String> {
        Some(self.key_of(Checksum::of(&serde_json::to_vec(features).ok()?)))
    }

    fn key_of(&self, fitted: Checksum) -> String {
        let sources = self.contents.stamps().filter(|stamp| is_source(stamp));
        format!("{}\n{fitted}", self.with_files(sources))
    }

    fn with_files<'s>(&self, files: impl Iterator<Item = &'s FileStamp>) -> String {
        let mut text = self.description.clone();
        for FileStamp { role, path, bytes, checksum, .. } in files {
            text.push_str(&format!("\n{role:?} {path:?} {bytes} {checksum}"));
        }
        text
    }

    /// Beginning of the paths of files in messages.
    fn below(&self) -> String {
        printable(self.folder.join("").display()).to_string()
    }
}

/// Place of the data folder in stored lines.
const FOLDER: &str = "\0";

fn is_source(stamp: &FileStamp) -> bool {
    matches!(stamp.role, FileRole::Source(_))
}

fn name(key: &str) -> String {
    format!("{:016x}", hash_of(key.as_bytes()))
}
