//! Distinct texts in the order of their first occurrence.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Distinct texts, numbered from 0. The texts lie in one piece of memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interned {
    text: String,
    /// End of each text.
    ends: Vec<usize>,
    /// Numbers of short texts, by their bytes.
    short: HashTable<Short>,
    /// Numbers of the others.
    long: HashTable<u32>,
    /// Seeded at random, so that no file can be made of texts that collide.
    hasher: DefaultHashBuilder,
}

impl Interned {
    /// Number of texts.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Memory in bytes.
    pub(crate) fn memory(&self) -> usize {
        let tables = self.short.capacity() * size_of::<Short>() + self.long.capacity() * size_of::<u32>();
        self.text.capacity() + self.ends.capacity() * size_of::<usize>() + tables
    }

    /// Returns the text with a number.
    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<&str> {
        ((number as usize) < self.len()).then(|| &self.text[span(&self.ends, number)])
    }

    /// Returns all texts in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).filter_map(|number| self.get(number))
    }

    /// Returns the number of a text.
    #[inline]
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        match packed(text.as_bytes()) {
            Some(bits) => {
                let found = self.short.find(self.hasher.hash_one(bits), |other| other.bits() == bits);
                found.map(|found| found.number)
            }
            None => {
                let hash = self.hasher.hash_one(text);
                self.long.find(hash, |&number| self.get(number) == Some(text)).copied()
            }
        }
    }

    /// Adds a text unless it is there. Returns its number, and whether it is new.
    #[inline]
    pub(crate) fn add(&mut self, text: &str) -> (u32, bool) {
        // Numbers stay below `NONE` and leave room for an out-of-vocabulary row, because memory ends long
        // before 2^32 texts.
        let next = self.ends.len() as u32;
        let Self { text: texts, ends, short, long, hasher } = self;
        match packed(text.as_bytes()) {
            Some(bits) => {
                let hash = hasher.hash_one(bits);
                if let Some(found) = short.find(hash, |other| other.bits() == bits) {
                    return (found.number, false);
                }
                short.insert_unique(hash, Short::new(bits, next), |short| hasher.hash_one(short.bits()));
            }
            None => {
                let hash = hasher.hash_one(text);
                if let Some(&number) = long.find(hash, |&number| &texts[span(ends, number)] == text) {
                    return (number, false);
                }
                long.insert_unique(hash, next, |&number| match number {
                    _ if number == next => hash,
                    _ => hasher.hash_one(&texts[span(ends, number)]),
                });
            }
        }
        texts.push_str(text);
        ends.push(texts.len());
        (next, true)
    }
}

/// Bytes of a short text, and its number. Without padding, so that more of them are in the cache of a core.
#[derive(Clone, Copy, Debug)]
struct Short {
    halves: [u32; 2],
    number: u32,
}

impl Short {
    #[inline]
    fn new(bits: u64, number: u32) -> Self {
        Self { halves: [bits as u32, (bits >> 32) as u32], number }
    }

    #[inline]
    fn bits(self) -> u64 {
        u64::from(self.halves[0]) | u64::from(self.halves[1]) << 32
    }
}

/// Returns the bytes of a text of at most eight bytes as one number. `None` for a longer text, and for one that
/// ends with a zero byte, which would equal a shorter one.
#[inline]
fn packed(bytes: &[u8]) -> Option<u64> {
    fn word<const N: usize>(bytes: &[u8]) -> u64 {
        let mut word = [0; 8];
        word[..N].copy_from_slice(&bytes[..N]);
        u64::from_le_bytes(word)
    }
    let length = bytes.len();
    if length > 8 || bytes.last() == Some(&0) {
        return None;
    }
    // The two halves may overlap.
    Some(match length {
        8 => word::<8>(bytes),
        4..8 => word::<4>(bytes) | word::<4>(&bytes[length - 4..]) << (8 * (length - 4)),
        2 | 3 => word::<2>(bytes) | word::<2>(&bytes[length - 2..]) << (8 * (length - 2)),
        1 => u64::from(bytes[0]),
        _ => 0,
    })
}

/// Returns the place of a text by the ends of all texts.
#[inline]
fn span(ends: &[usize], number: u32) -> Range<usize> {
    let number = number as usize;
    number.checked_sub(1).map_or(0, |before| ends[before])..ends[number]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_keep_the_number_of_their_first_occurrence(texts in prop::collection::vec("[ab\0]{0,10}", 0..200)) {
            let mut interned = Interned::default();
            let mut distinct: Vec<&str> = Vec::new();
            for text in &texts {
                let known = distinct.iter().position(|known| known == text);
                prop_assert_eq!(interned.find(text), known.map(|number| number as u32));
                let expected = (known.unwrap_or(distinct.len()) as u32, known.is_none());
                prop_assert_eq!(interned.add(text), expected);
                distinct.extend(known.is_none().then_some(text.as_str()));
            }
            prop_assert!(interned.iter().eq(distinct.iter().copied()));
            prop_assert_eq!((interned.len(), interned.get(distinct.len() as u32)), (distinct.len(), None));
        }

        #[test]
        fn packed_texts_differ_as_the_texts_do(left in "[a-c\0]{0,9}", right in "[a-c\0]{0,9}") {
            if let (Some(packed_left), Some(packed_right)) = (packed(left.as_bytes()), packed(right.as_bytes())) {
                prop_assert_eq!(packed_left == packed_right, left == right);
            }
        }
    }
}
