//! Vocabularies: maps from keys to table rows. Keys are learned, listed, read from a file, a range of
//! integers, or hashed.

mod hash;
mod keys;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use turret_schema::{Keys, Oov};

use super::encoded::NONE;
use super::error::{FitError, FitFault, Place};
use super::key::canonical;
use super::source::inside;
use hash::hash;
use keys::{Counts, Keys as Indexed};

/// Result of a key lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Row of a known key.
    Known(u32),
    /// Policy for an unknown key.
    Unknown(Oov),
}

impl Lookup {
    /// Resolves the lookup to a row: [`NONE`] for a zero vector, `None` if the key is dropped. `refused`
    /// creates the error if unknown keys are errors.
    pub(super) fn resolved<E>(self, refused: impl FnOnce() -> E) -> Result<Option<u32>, E> {
        match self {
            Lookup::Known(row) => Ok(Some(row)),
            Lookup::Unknown(Oov::Bucket) => Ok(Some(0)),
            Lookup::Unknown(Oov::Zero) => Ok(Some(NONE)),
            Lookup::Unknown(Oov::Drop) => Ok(None),
            Lookup::Unknown(Oov::Error) => Err(refused()),
        }
    }
}

/// A vocabulary: the keys of a table, and the policy for unknown keys.
///
/// Keys are looked up in canonical form (`7` for `7.0`, 1 for `true`), words of texts literally. Learned keys
/// are ordered by descending count, then by text, so the rows are deterministic.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Vocabulary {
    name: String,
    kind: Keys,
    oov: Oov,
    keys: Indexed,
    /// Numbers of listed keys whose canonical form differs from their text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    forms: BTreeMap<String, u32>,
    #[serde(skip)]
    counts: Counts,
}

impl Vocabulary {
    /// A vocabulary before fitting. Unknown keys have their own row, unless [`Vocabulary::oov`] sets another
    /// policy.
    pub fn new(name: &str, keys: Keys) -> Self {
        Self {
            name: name.to_owned(),
            kind: keys,
            oov: Oov::Bucket,
            keys: Indexed::default(),
            forms: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    /// Sets the policy for unknown keys. Default: [`Oov::Bucket`].
    pub fn oov(mut self, oov: Oov) -> Self {
        self.oov = oov;
        self
    }

    /// Counts a key of the training split in canonical form, this number of times.
    #[inline]
    pub fn observe(&mut self, key: &str, times: u64) {
        if !matches!(self.kind, Keys::Learned { .. }) {
            return;
        }
        self.counts.add(key, times);
    }

    /// Reads the key file, if there is one, from the data folder.
    pub fn load(&mut self, folder: &Path) -> Result<(), FitError> {
        let Keys::File(path) = &self.kind else { return Ok(()) };
        let refuse = |fault| FitError::new(&self.name, fault);
        let path = inside(folder, path).map_err(|error| refuse(FitFault::KeysPath(Box::new(error))))?;
        let text = std::fs::read_to_string(&path)
            .map_err(|error| refuse(FitFault::KeysUnread { path: path.clone(), error }))?;
        let mut keys = Indexed::default();
        for (line, key) in text.trim_start_matches('\u{feff}').lines().map(str::trim).enumerate() {
            let place = || Place { path: path.clone(), line: line as u64 + 1 };
            if key.is_empty() {
                return Err(refuse(FitFault::EmptyLine { place: place() }));
            }
            if keys.add(key).is_err() {
                return Err(refuse(FitFault::KeyTwice { place: place(), key: key.to_owned() }));
            }
        }
        if keys.len() == 0 {
            return Err(refuse(FitFault::NoKeys { path }));
        }
        self.keep(keys)
    }

    /// Adds listed keys. Their canonical forms must differ.
    fn keep(&mut self, keys: Indexed) -> Result<(), FitError> {
        self.forms.clear();
        for (number, key) in (0..).zip(keys.iter()) {
            let form = canonical(key);
            if form == key {
                continue;
            }
            let other = keys.find(form).or_else(|| self.forms.insert(form.to_owned(), number));
            if let Some(other) = other.and_then(|other| keys.get(other as usize)) {
                let (other, key) = (other.to_string(), key.to_string());
                return Err(FitError::new(&self.name, FitFault::OneKey { other, key }));
            }
        }
        self.keys = keys;
        Ok(())
    }

    /// Finishes fitting. Reads the key file from the data folder if it was not loaded.
    pub fn finish(&mut self, folder: &Path) -> Result<(), FitError> {
        match &self.kind {
            Keys::Learned { min_count, max } => {
                let counts = std::mem::take(&mut self.counts);
                let mut counted: Vec<(&str, u64)> = counts.iter().collect();
                if counted.is_empty() {
                    return Ok(());
                }
                counted.retain(|&(_, count)| count >= *min_count);
                counted
                    .sort_unstable_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(right.0)));
                counted.truncate(max.unwrap_or(usize::MAX));
                self.keys = Indexed::default();
                for (key, _) in &counted {
                    // The keys of a map are distinct.
                    let _ = self.keys.add(key);
                }
            }
            Keys::List(list) => {
                let mut keys = Indexed::default();
                for key in list {
                    if keys.add(key.trim()).is_err() {
                        return Err(FitError::new(
                            &self.name,
                            FitFault::ListedTwice { key: key.to_string() },
                        ));
                    }
                }
                self.keep(keys)?;
            }
            Keys::File(_) if self.keys.len() == 0 => {
                self.load(folder)?;
            }
            Keys::File(_) => {}
            Keys::Range { low, high } => {
                if high.checked_sub(*low).is_none_or(|size| size <= 0 || size >= i64::from(u32::MAX) - 1) {
                    return Err(FitError::new(&self.name, FitFault::Range { low: *low, high: *high }));
                }
            }
            Keys::Hash { buckets: 0, .. } => {
                return Err(FitError::new(&self.name, FitFault::NoBuckets));
            }
            Keys::Hash { .. } => {}
        }
        Ok(())
    }

    /// Looks up a key in canonical form.
    #[inline]
    pub fn row(&self, key: &str) -> Lookup {
        let found = match &self.kind {
            Keys::Hash { buckets, seed } => {
                return Lookup::Known((hash(*seed, key) % u64::from((*buckets).max(1))) as u32);
            }
            Keys::Range { low, high } => plain_integer(key)
                .filter(|value| (low..high).contains(&value))
                .map(|value| value.abs_diff(*low) as u32),
            _ => self.keys.find(key).or_else(|| self.forms.get(key).copied()),
        };
        match found {
            Some(number) => Lookup::Known(number + self.first()),
            None => Lookup::Unknown(self.oov),
        }
    }

    /// Row of missing values that count as unknown: that of an unknown key; in a hashed vocabulary, the
    /// bucket of the empty key.
    pub fn missing_row(&self) -> Lookup {
        match self.kind {
            Keys::Hash { .. } => self.row(""),
            _ => Lookup::Unknown(self.oov),
        }
    }

    /// Returns the key of a row. `None` for the out-of-vocabulary row and for hashed rows.
    pub fn key(&self, row: u32) -> Option<Cow<'_, str>> {
        let number = row.checked_sub(self.first())?;
        match &self.kind {
            Keys::Hash { .. } => None,
            Keys::Range { low, high } => low
                .checked_add(i64::from(number))
                .filter(|value| value < high)
                .map(|value| value.to_string().into()),
            _ => self.keys.get(number as usize).map(Cow::Borrowed),
        }
    }

    /// Returns whether a row is that of a known key. Rows of a hashed vocabulary are, except that of missing values.
    pub fn is_known(&self, row: u32) -> bool {
        match self.kind {
            Keys::Hash { .. } => row != NONE && self.missing_row() != Lookup::Known(row),
            _ => self.key(row).is_some(),
        }
    }

    /// Returns the keys with their rows in order. Empty for a hashed vocabulary.
    pub fn keys(&self) -> impl Iterator<Item = (u32, Cow<'_, str>)> {
        (0..self.rows() as u32).filter_map(|row| Some((row, self.key(row)?)))
    }

    /// Number of table rows, including an out-of-vocabulary row.
    pub fn rows(&self) -> usize {
        let known = match &self.kind {
            Keys::Hash { buckets, .. } => *buckets as usize,
            Keys::Range { low, high } => high.saturating_sub(*low).max(0) as usize,
            _ => self.keys.len(),
        };
        known + self.first() as usize
    }

    /// Returns whether unknown keys are dropped.
    pub fn drops_unknown(&self) -> bool {
        self.oov == Oov::Drop
    }

    /// Name of the table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Row of the first key.
    fn first(&self) -> u32 {
        u32::from(self.oov == Oov::Bucket && !matches!(self.kind, Keys::Hash { .. }))
    }
}

/// Parses an integer in canonical decimal form.
fn plain_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|first: char| ('1'..='9').contains(&first)) || text == "0";
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(oov: Oov, min_count: u64, max: Option<usize>) -> Vocabulary {
        let mut vocabulary = Vocabulary::new("word", Keys::Learned { min_count, max }).oov(oov);
        for key in ["b", "a", "c", "c", "b", "a", "c", "d"] {
            vocabulary.observe(key, 1);
        }
        vocabulary.finish(Path::new("")).unwrap();
        vocabulary
    }

    #[test]
    fn learned_by_count_then_key() {
        let vocabulary = learned(Oov::Bucket, 2, None);
        let keys: Vec<_> = vocabulary.keys().map(|(row, key)| (row, key.into_owned())).collect();
        assert_eq!(keys, [(1, "c".to_string()), (2, "a".to_string()), (3, "b".to_string())]);
        assert_eq!((vocabulary.rows(), vocabulary.row("d")), (4, Lookup::Unknown(Oov::Bucket)));
        let vocabulary = learned(Oov::Zero, 1, Some(2));
        assert_eq!((vocabulary.rows(), vocabulary.row("a")), (2, Lookup::Known(1)));
        assert_eq!(vocabulary.row("b"), Lookup::Unknown(Oov::Zero));
    }

    #[test]
    fn any_stream_of_keys() {
        for stream in 0..200_u64 {
            let keys: Vec<String> =
                (0..stream).map(|at| (hash(stream, &at.to_string()) % 23).to_string()).collect();
            let (min_count, max) = (stream % 4, (stream % 3 > 0).then_some((stream % 20) as usize));
            let oov = if stream % 2 == 0 { Oov::Bucket } else { Oov::Drop };
            let mut vocabulary = Vocabulary::new("any", Keys::Learned { min_count, max }).oov(oov);
            keys.iter().for_each(|key| vocabulary.observe(key, 1));
            vocabulary.finish(Path::new("")).unwrap();
            // The row of a key is the number of keys before it.
            let count = |key: &str| keys.iter().filter(|other| *other == key).count() as u64;
            let rank = |key: &str| (std::cmp::Reverse(count(key)), key.to_owned());
            let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
            let first = u32::from(oov == Oov::Bucket);
            for key in (0..25).map(|key: u32| key.to_string()) {
                let before = distinct.iter().filter(|other| rank(other) < rank(&key)).count();
                let kept = count(&key) >= min_count.max(1) && max.is_none_or(|max| before < max);
                let expected = if kept { Lookup::Known(before as u32 + first) } else { Lookup::Unknown(oov) };
                assert_eq!(vocabulary.row(&key), expected, "{key} of {keys:?}");
                if let Lookup::Known(row) = expected {
                    assert_eq!(vocabulary.key(row).as_deref(), Some(&*key));
                }
            }
            assert_eq!(vocabulary.keys().count() + first as usize, vocabulary.rows());
        }
    }

    #[test]
    fn stored_and_read_again() {
        let vocabulary = learned(Oov::Bucket, 1, None);
        let text = serde_json::to_string(&vocabulary).unwrap();
        let again: Vocabulary = serde_json::from_str(&text).unwrap();
        for key in ["a", "b", "c", "d", "e"] {
            assert_eq!(again.row(key), vocabulary.row(key));
        }
        assert_eq!(serde_json::to_string(&again).unwrap(), text);
    }

    #[test]
    fn ranges_hold_plain_integers() {
        let mut range = Vocabulary::new("topic", Keys::range(-1, 3)).oov(Oov::Bucket);
        range.finish(Path::new("")).unwrap();
        let rows = ["-1", "0", "2", "3", "02", "+2", "-0", "", "x"].map(|key| range.row(key));
        let unknown = Lookup::Unknown(Oov::Bucket);
        assert_eq!(rows[..3], [Lookup::Known(1), Lookup::Known(2), Lookup::Known(4)]);
        assert!(rows[3..].iter().all(|&row| row == unknown));
        assert_eq!((range.rows(), range.key(4).as_deref(), range.key(0)), (5, Some("2"), None));
        assert!(Vocabulary::new("topic", Keys::range(3, 3)).finish(Path::new("")).is_err());
        assert!(Vocabulary::new("topic", Keys::range(i64::MIN, i64::MAX)).finish(Path::new("")).is_err());
    }

    #[test]
    fn the_hash_is_fixed() {
        let hashed = Vocabulary::new("site", Keys::hash(1000));
        let rows = ["", "a", "05db9164"].map(|key| hashed.row(key));
        assert_eq!(rows, [Lookup::Known(HASHED[0]), Lookup::Known(HASHED[1]), Lookup::Known(HASHED[2])]);
        assert_ne!(
            Vocabulary::new("site", Keys::Hash { buckets: 1 << 30, seed: 1 }).row("a"),
            Vocabulary::new("site", Keys::Hash { buckets: 1 << 30, seed: 2 }).row("a")
        );
    }

    // Computed by an independent implementation in Python.
    const HASHED: [u32; 3] = [598, 206, 708];

    #[test]
    fn lists_and_files() {
        assert!(
            Vocabulary::new("x", Keys::list(["a", "a"]))
                .finish(Path::new(""))
                .unwrap_err()
                .to_string()
                .contains("listed twice")
        );
        let mut forms = Vocabulary::new("x", Keys::list(["a", " 7.0", "True", "0"])).oov(Oov::Bucket);
        forms.finish(Path::new("")).unwrap();
        let forms: Vocabulary = serde_json::from_str(&serde_json::to_string(&forms).unwrap()).unwrap();
        assert_eq!(["7", "1", "0"].map(|key| forms.row(key)), [2, 3, 4].map(Lookup::Known));
        assert_eq!(forms.row("7.5"), Lookup::Unknown(Oov::Bucket));
        for twice in [["1", "true"], ["7.00", "7.0"]] {
            let message =
                Vocabulary::new("x", Keys::list(twice)).finish(Path::new("")).unwrap_err().to_string();
            assert!(message.contains("are one key"), "{message}");
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("keys.txt"), "b\r\na\n").unwrap();
        std::fs::write(folder.path().join("gap.txt"), "b\n\na\n").unwrap();
        let mut file = Vocabulary::new("x", Keys::file("keys.txt")).oov(Oov::Error);
        file.finish(folder.path()).unwrap();
        assert_eq!((file.row("b"), file.row("a"), file.rows()), (Lookup::Known(0), Lookup::Known(1), 2));
        for (path, expected) in
            [("none.txt", "none.txt"), ("gap.txt", "gap.txt:2"), ("../keys.txt", "leads out")]
        {
            let message =
                Vocabulary::new("x", Keys::file(path)).finish(folder.path()).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
