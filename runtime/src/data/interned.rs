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
    numbers: HashTable<u32>,
    /// Seeded at random, so that no file can be made of texts that collide.
    hasher: DefaultHashBuilder,
}

impl Interned {
    /// Number of texts.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
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
        let hash = self.hasher.hash_one(text);
        self.numbers.find(hash, |&number| self.get(number) == Some(text)).copied()
    }

    /// Adds a text unless it is there. Returns its number, and whether it is new.
    #[inline]
    pub(crate) fn add(&mut self, text: &str) -> (u32, bool) {
        let Self { text: texts, ends, numbers, hasher } = self;
        let hash = hasher.hash_one(text);
        let found = numbers.find(hash, |&number| &texts[span(ends, number)] == text);
        if let Some(&number) = found {
            return (number, false);
        }
        // Numbers stay below `NONE` and leave room for an out-of-vocabulary row, because memory ends long
        // before 2^32 texts.
        let number = ends.len() as u32;
        texts.push_str(text);
        ends.push(texts.len());
        numbers.insert_unique(hash, number, |&number| hasher.hash_one(&texts[span(ends, number)]));
        (number, true)
    }
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
        fn texts_keep_the_number_of_their_first_occurrence(texts in prop::collection::vec("[ab]{0,4}", 0..200)) {
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
    }
}
