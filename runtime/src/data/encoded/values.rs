//! Values of encoded columns: in memory, or in a mapped file.

use std::fmt;
use std::ops::Deref;

use bytemuck::Pod;

use super::array_file::{Array, HEADER, StoredArray};

/// Values of a column. Those in a mapped file are copied to memory when they are changed.
#[derive(Clone)]
pub struct Values<T> {
    /// File whose contents after the header are the values.
    file: Option<Array>,
    /// The values, unless they are in a file.
    memory: Vec<T>,
}

impl<T: Pod> Values<T> {
    /// The values of a stored array. `None` if its bytes are not a whole number of values.
    pub(super) fn of_file(array: &Array) -> Option<Self> {
        bytemuck::try_cast_slice::<u8, T>(array.file().bytes().get(HEADER..)?).ok()?;
        Some(Self { file: Some(array.clone()), memory: Vec::new() })
    }

    /// Returns the array of values in a file. `None` if they are in memory.
    pub(super) fn stored(&self) -> Option<StoredArray> {
        self.file.as_ref().map(|array| array.stored().clone())
    }

    /// Frees the memory of values in a file. They are read again when they are used.
    pub(super) fn forget(&self) {
        if let Some(array) = &self.file {
            array.file().forget();
        }
    }

    /// The values, in memory.
    #[inline]
    pub(super) fn to_mut(&mut self) -> &mut Vec<T> {
        if self.file.is_some() {
            self.memory = self.to_vec();
            self.file = None;
        }
        &mut self.memory
    }
}

impl<T: Pod> Deref for Values<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        match &self.file {
            None => &self.memory,
            Some(array) => bytemuck::cast_slice(&array.file().bytes()[HEADER..]),
        }
    }
}

impl<'v, T: Pod> IntoIterator for &'v Values<T> {
    type Item = &'v T;
    type IntoIter = std::slice::Iter<'v, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> From<Vec<T>> for Values<T> {
    fn from(memory: Vec<T>) -> Self {
        Self { file: None, memory }
    }
}

impl<T> Default for Values<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for Values<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Pod + PartialEq> PartialEq for Values<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Pod + Eq> Eq for Values<T> {}

impl<T: Pod + PartialEq, const N: usize> PartialEq<[T; N]> for Values<T> {
    fn eq(&self, other: &[T; N]) -> bool {
        **self == *other
    }
}

impl<T: Pod + PartialEq> PartialEq<Vec<T>> for Values<T> {
    fn eq(&self, other: &Vec<T>) -> bool {
        **self == **other
    }
}
