//! Arrays of encoded columns in files: a header, and then the values.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use bytemuck::{NoUninit, Pod};
use serde::{Deserialize, Serialize};

use super::values::Values;
use crate::checksum::{Checksum, Summing};
use crate::mapped::MappedFile;
use crate::regular::{self, Links, open_with};

/// Bytes before the values, so that they are aligned.
pub(super) const HEADER: usize = 64;
/// First bytes of a file.
const MAGIC: [u8; 8] = *b"turret\0c";
/// Form of the files. Written in the byte order of the machine, so that a file of another order has another
/// form.
const FORM: u32 = 1;
/// Bytes of a word.
const WORD: u64 = 4;

/// Bytes up to which an array is compared with its checksum when it is opened.
const SUMMED: u64 = 4 << 20;

/// Array that is being written, piece by piece. The file is open only while a piece is written, so any number
/// of arrays may be written side by side.
pub struct ArrayWriter {
    path: PathBuf,
    file: u32,
    words: u64,
    sum: Summing<io::Sink>,
}

/// A complete array in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredArray {
    /// Number of its file.
    file: u32,
    words: u64,
    checksum: Checksum,
    /// Last modification of the file, in nanoseconds since 1970.
    modified: Option<u64>,
}

/// An array in a mapped file.
#[derive(Clone)]
pub struct Array {
    file: Arc<MappedFile>,
    stored: StoredArray,
}

impl ArrayWriter {
    /// Creates a file without values in a folder.
    pub(in crate::data) fn create(folder: &Path, file: u32) -> io::Result<Self> {
        let path = path(folder, file);
        let options = &mut OpenOptions::new();
        open_with(options.write(true).create_new(true), Links::Refuse, &path)?.write_all(&header())?;
        Ok(Self { path, file, words: 0, sum: Summing::new(io::sink()) })
    }

    /// Number of words of four bytes.
    pub(super) fn words(&self) -> u64 {
        self.words
    }

    /// Appends values, which are made of words.
    pub(in crate::data) fn append<T: NoUninit>(&mut self, values: &[T]) -> io::Result<()> {
        if values.is_empty() {
            return Ok(());
        }
        let bytes: &[u8] = bytemuck::cast_slice(values);
        let mut file = open_with(OpenOptions::new().append(true), Links::Refuse, &self.path)?;
        file.write_all(bytes)?;
        self.sum.write_all(bytes)?;
        self.words += bytes.len() as u64 / WORD;
        Ok(())
    }

    /// Ends the array.
    pub(in crate::data) fn finish(self) -> io::Result<StoredArray> {
        let Self { path, file, words, sum } = self;
        Ok(StoredArray { file, words, checksum: sum.checksum(), modified: modified(&path)? })
    }
}

impl StoredArray {
    /// Size of the file in bytes.
    pub(in crate::data) fn bytes(&self) -> u64 {
        HEADER as u64 + self.words * WORD
    }

    /// Puts the array into another folder too, under a number. The file is shared if both folders are on one file
    /// system.
    pub(in crate::data) fn link(&self, from: &Path, to: &Path, file: u32) -> io::Result<Self> {
        let (old, new) = (path(from, self.file), path(to, file));
        fs::hard_link(&old, &new).or_else(|_| fs::copy(&old, &new).map(drop))?;
        Ok(Self { file, modified: modified(&new)?, ..self.clone() })
    }

    /// Makes a long array durable, because its contents are not read when it is opened.
    pub(in crate::data) fn sync(&self, folder: &Path) -> io::Result<()> {
        if self.bytes() > SUMMED { regular::open(&path(folder, self.file))?.sync_all() } else { Ok(()) }
    }

    /// Maps the array. `None` if the file is not the one that was written, or cannot be read. The contents of a
    /// long file are read only if its time is another one.
    pub(in crate::data) fn open(&self, folder: &Path) -> Option<Array> {
        let path = path(folder, self.file);
        let file = MappedFile::open(&path).ok()?;
        let bytes = file.bytes();
        let is_whole = bytes.len() as u64 == self.bytes() && bytes.starts_with(&header());
        let is_known = || {
            self.bytes() > SUMMED && self.modified.is_some() && modified(&path).ok() == Some(self.modified)
        };
        let is_same = is_whole && (is_known() || Checksum::of(&bytes[HEADER..]) == self.checksum);
        is_same.then(|| Array { file: Arc::new(file), stored: self.clone() })
    }
}

impl Array {
    /// The values. `None` if the array is not a whole number of them.
    pub(in crate::data) fn values<T: Pod>(&self) -> Option<Values<T>> {
        Values::of_file(self)
    }

    /// The file.
    pub(super) fn file(&self) -> &MappedFile {
        &self.file
    }

    /// Length and checksum.
    pub(super) fn stored(&self) -> &StoredArray {
        &self.stored
    }
}

fn path(folder: &Path, file: u32) -> PathBuf {
    folder.join(format!("{file}.array"))
}

/// Returns the time of the last modification of a file, in nanoseconds since 1970.
fn modified(path: &Path) -> io::Result<Option<u64>> {
    let modified = path.metadata()?.modified().ok();
    let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok(since.and_then(|since| u64::try_from(since.as_nanos()).ok()))
}

fn header() -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&FORM.to_ne_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::super::{Bags, EncodedColumn, Floats, Ids, OpenRecord, Sequences};
    use super::*;

    fn written<C: EncodedColumn + Default>(
        folder: &Path,
        column: &C,
        pieces: &[Vec<u32>],
    ) -> Vec<StoredArray> {
        let create = |file| ArrayWriter::create(folder, file as u32).unwrap();
        let mut arrays: Vec<ArrayWriter> = (0..column.arrays()).map(create).collect();
        for rows in pieces {
            let mut piece = C::default();
            column.gather(rows, &mut piece);
            assert!(piece.store(&mut arrays).unwrap());
        }
        arrays.into_iter().map(|array| array.finish().unwrap()).collect()
    }

    fn open(folder: &Path, arrays: &[StoredArray]) -> Option<Vec<Array>> {
        arrays.iter().map(|array| array.open(folder)).collect()
    }

    /// A column that is stored in pieces, and mapped, is the same one.
    fn check<C: EncodedColumn + Clone + Default + PartialEq + std::fmt::Debug>(whole: &C) {
        let rows = EncodedColumn::rows(whole);
        for cut in 0..=rows as u32 {
            let folder = tempfile::tempdir().unwrap();
            let files = written(folder.path(), whole, &[(0..cut).collect(), (cut..rows as u32).collect()]);
            let mut mapped = C::default();
            assert!(mapped.restore(rows, &open(folder.path(), &files).unwrap()));
            assert_eq!(mapped, *whole);
            mapped.forget();
            assert_eq!(mapped, *whole);
            assert!(!C::default().restore(rows + 1, &open(folder.path(), &files).unwrap()));
            let order: Vec<u32> = (0..rows as u32).rev().chain([0]).collect();
            let (mut own, mut other) = (C::default(), C::default());
            whole.gather(&order, &mut own);
            mapped.gather(&order, &mut other);
            assert_eq!(own, other);
            // A change copies the values, and does not touch the file.
            assert!(EncodedColumn::append(&mut mapped, whole));
            EncodedColumn::truncate(&mut mapped, 1);
            assert_eq!(EncodedColumn::rows(&mapped), 1);
            assert!(open(folder.path(), &files).is_some());
        }
    }

    fn bags(weight: Option<f32>) -> Bags {
        let mut bags = Bags::default();
        for record in [&[1_u32, 2][..], &[], &[3]] {
            record.iter().for_each(|&id| bags.push_item(id, weight));
            assert!(OpenRecord::close(&mut bags));
        }
        bags
    }

    #[test]
    fn mapped_columns_are_those_that_were_written() {
        check(&Ids::new(vec![3, 1, 2]));
        check(&Floats::<2>::new(vec![1.0, -0.0, 3.0, 4.0]));
        check(&bags(None));
        check(&bags(Some(0.5)));
        let mut sequences = Sequences::default();
        for record in [&[1_u32, 2][..], &[], &[3]] {
            record.iter().for_each(|&id| sequences.push_item(id, None));
            assert!(sequences.close());
        }
        check(&sequences);
    }

    #[test]
    fn other_files_are_no_columns() {
        let folder = tempfile::tempdir().unwrap();
        let files = written(folder.path(), &bags(None), &[vec![0, 1, 2]]);
        assert!(open(folder.path(), &files).is_some());
        let offsets = &path(folder.path(), 0);
        let bytes = std::fs::read(offsets).unwrap();
        let garbled = |at: usize| {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            bytes
        };
        let longer = [&bytes[..], &[0; 4]].concat();
        for wrong in [
            Vec::new(),
            bytes[..HEADER - 1].to_vec(),
            bytes[..bytes.len() - 1].to_vec(),
            longer,
            garbled(0),
            garbled(8),
            garbled(HEADER),
        ] {
            std::fs::write(offsets, wrong).unwrap();
            assert!(open(folder.path(), &files).is_none());
        }
        std::fs::remove_file(offsets).unwrap();
        assert!(open(folder.path(), &files).is_none());
    }

    #[test]
    fn a_long_array_is_read_only_if_its_time_is_another_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = ArrayWriter::create(folder.path(), 0).unwrap();
        writer.append(&vec![7_u32; SUMMED as usize / 4]).unwrap();
        let array = writer.finish().unwrap();
        assert!(array.bytes() > SUMMED && array.open(folder.path()).is_some());
        let path = path(folder.path(), 0);
        let times = std::fs::File::open(&path).unwrap();
        times.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        assert!(array.open(folder.path()).is_some(), "copied elsewhere");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[HEADER + 5] = 9;
        std::fs::write(&path, &bytes).unwrap();
        assert!(array.open(folder.path()).is_none());
    }

    #[test]
    fn arrays_that_contradict_each_other_are_no_column() {
        let folder = tempfile::tempdir().unwrap();
        let mut number = 0;
        let mut array = |words: &[u32]| {
            number += 1;
            let mut writer = ArrayWriter::create(folder.path(), number).unwrap();
            writer.append(words).unwrap();
            writer.finish().unwrap().open(folder.path()).unwrap()
        };
        let mut bags = |offsets: &[u32], ids: &[u32]| {
            Bags::default().restore(2, &[array(offsets), array(ids), array(&[])])
        };
        assert!(bags(&[0, 1, 3], &[7, 7, 7]));
        for offsets in [&[0, 1, 2][..], &[0, 2, 1], &[1, 1, 3], &[0, 3, 3, 3], &[0, 9, 3]] {
            assert!(!bags(offsets, &[7, 7, 7]), "{offsets:?}");
        }
        let mut sequences = |spans: &[u32]| Sequences::default().restore(1, &[array(&[7, 7]), array(spans)]);
        assert!(sequences(&[1, 2]));
        for spans in [&[0, 3][..], &[2, 1], &[0], &[0, 1, 1, 2]] {
            assert!(!sequences(spans), "{spans:?}");
        }
        assert!(!Floats::<2>::default().restore(1, &[array(&[7])]));
    }
}
