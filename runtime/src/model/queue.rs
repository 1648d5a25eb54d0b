//! Queue of candidates in the files of a run.

use std::sync::Arc;

use crate::negatives::CandidateQueue;
use crate::optim::{named_step, take_step};
use crate::state::{NamedTensor, StateError, StateReader};

/// Names of the number of candidates, and of their vectors, ids and log expected counts.
const NAMES: [&str; 4] = ["queue.count", "queue.vectors", "queue.ids", "queue.log_q"];

impl CandidateQueue {
    /// Tensors of its candidates.
    pub(super) fn named(&self) -> Vec<NamedTensor<'_>> {
        let ([of_count, of_vectors, of_ids, of_log_q], count) = (NAMES, self.ids.len());
        // Both halves of an id are exact in `f32`.
        let ids: Vec<f32> =
            self.ids.iter().flat_map(|id| [(id >> 16) as f32, (id & 0xffff) as f32]).collect();
        vec![
            named_step(of_count.to_owned(), count as u64),
            NamedTensor::new(of_vectors.to_owned(), [count, self.width], &self.vectors[..]),
            NamedTensor::new(of_ids.to_owned(), [count, 2], ids),
            NamedTensor::new(of_log_q.to_owned(), [count], &self.log_q[..]),
        ]
    }

    /// Loads the tensors that `named` returns.
    pub(super) fn load(&mut self, reader: &mut StateReader<'_>) -> Result<(), StateError> {
        let [of_count, of_vectors, of_ids, of_log_q] = NAMES;
        let count = take_step(reader, of_count)? as usize;
        self.vectors = Arc::new(reader.take(of_vectors, &[count, self.width])?);
        let ids = reader.take(of_ids, &[count, 2])?;
        self.ids = ids.chunks_exact(2).map(|half| ((half[0] as u32) << 16) | half[1] as u32).collect();
        self.log_q = reader.take(of_log_q, &[count])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::negatives::QueuedBatch;
    use crate::state::{StateFile, write_state};

    #[test]
    fn a_queue_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut queue = CandidateQueue::new(3, 2);
        for ids in [vec![], vec![0, 70_000], vec![u32::MAX, 1 << 31]] {
            let numbers = ids.iter().map(|id| *id as f32 + 0.1);
            let (log_q, vectors) = (numbers.clone().collect(), numbers.flat_map(|id| [id, -0.0]).collect());
            queue.batch = QueuedBatch { vectors, ids, log_q };
            queue.push();
            let path = folder.path().join("queue");
            write_state(&path, &queue.named(), "stamp").unwrap();
            let file = StateFile::read(&path).unwrap();
            let (mut reader, mut read) = (file.tensors().unwrap(), CandidateQueue::new(3, 2));
            read.load(&mut reader).unwrap();
            reader.finish().unwrap();
            assert_eq!(read, queue);
        }
    }
}
