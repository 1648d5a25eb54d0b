//! Tables whose rows were learned elsewhere.

use std::path::Path;

use super::Table;
use crate::data::Vocabulary;
use crate::state::{StateError, StateFile};

impl<const W: usize> Table<W> {
    /// Takes the rows of the vocabulary's keys, in their order, from the one tensor of a safetensors file. A row without a key
    /// becomes zero. Without a folder nothing is read: what was trained will be loaded.
    pub fn pretrained(
        mut self,
        folder: Option<&Path>,
        file: &str,
        vocabulary: &Vocabulary,
    ) -> Result<Self, StateError> {
        let Some(folder) = folder else { return Ok(self) };
        let path = folder.join(file);
        let state = StateFile::read(&path)?;
        let mut reader = state.tensors()?;
        let names: Vec<String> = reader.names().map(str::to_owned).collect();
        let [name] = &names[..] else {
            let found = names.len();
            return Err(StateError::other(
                path,
                format!("holds {found} tensors where one, the vectors, is expected"),
            ));
        };
        let rows: Vec<u32> = vocabulary.keys().map(|(row, _)| row).collect();
        let vectors = reader.take(name, &[rows.len(), W])?;
        self.values.fill(0.0);
        for (row, vector) in rows.into_iter().zip(vectors.chunks_exact(W)) {
            let start = row as usize * W;
            if let Some(target) = self.values.get_mut(start..start + W) {
                target.copy_from_slice(vector);
            }
        }
        Ok(self)
    }
}
