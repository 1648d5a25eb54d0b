//! Embedding tables. They are not on the tape; only the rows of a batch become tensors.

mod embedding;
mod embedding_rows;
mod initializer;
mod lookup;
mod pretrained;
#[cfg(test)]
mod tests;
mod unseen;
mod update;

use std::ops::{Deref, DerefMut};

pub use embedding::Embedding;
pub use embedding_rows::EmbeddingRows;
pub use lookup::{FoundRows, Lookup, find_rows};
pub use pretrained::check_pretrained;
pub use turret_schema::Initializer;
pub use update::{RowUpdate, update_rows};

/// Rows of `W` floats, with the state of a sparse optimizer.
#[derive(Debug)]
pub struct Table<const W: usize>(Embedding);

impl<const W: usize> Table<W> {
    /// Takes an embedding of this width.
    pub fn of(embedding: Embedding) -> Self {
        assert_eq!(embedding.width(), W, "width of a table");
        Self(embedding)
    }
}

impl<const W: usize> Deref for Table<W> {
    type Target = Embedding;

    fn deref(&self) -> &Embedding {
        &self.0
    }
}

impl<const W: usize> DerefMut for Table<W> {
    fn deref_mut(&mut self) -> &mut Embedding {
        &mut self.0
    }
}
