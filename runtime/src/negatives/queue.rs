//! Candidates of earlier batches, as further negatives.

use std::sync::Arc;

/// Candidates of the latest batches, oldest first. Wang et al., "Cross-batch memory for embedding learning", CVPR 2020;
/// Wang et al., "Cross-batch negative sampling for training two-tower recommenders", SIGIR 2021.
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateQueue {
    /// Maximum number of candidates.
    pub size: usize,
    /// Width of a vector.
    pub width: usize,
    /// Vectors.
    pub vectors: Arc<Vec<f32>>,
    /// Id of each candidate, by which accidental hits are recognized.
    pub ids: Vec<u32>,
    /// Log expected count of each candidate among the negatives of its batch.
    pub log_q: Vec<f32>,
    /// Candidates of the batch of this step.
    pub batch: QueuedBatch,
}

/// Candidates of a batch, with the same values as those of a queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueuedBatch {
    /// Vectors, once the step has computed them.
    pub vectors: Vec<f32>,
    /// Ids.
    pub ids: Vec<u32>,
    /// Log expected counts.
    pub log_q: Vec<f32>,
}

impl CandidateQueue {
    /// An empty queue of at most `size` vectors.
    pub fn new(size: usize, width: usize) -> Self {
        let (vectors, batch) = (Arc::default(), QueuedBatch::default());
        Self { size, width, vectors, ids: Vec::new(), log_q: Vec::new(), batch }
    }

    /// Adds the candidates of the batch. The oldest ones beyond the size leave.
    pub fn push(&mut self) {
        let QueuedBatch { vectors, ids, log_q } = std::mem::take(&mut self.batch);
        self.ids.extend(ids);
        self.log_q.extend(log_q);
        let excess = self.ids.len().saturating_sub(self.size);
        self.ids.drain(..excess);
        self.log_q.drain(..excess);
        let all = Arc::make_mut(&mut self.vectors);
        all.extend(vectors);
        all.drain(..excess * self.width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_candidates_remain() {
        let mut queue = CandidateQueue::new(3, 2);
        let mut push = |ids: &[u32]| {
            let numbers = || ids.iter().map(|id| *id as f32);
            let vectors = numbers().flat_map(|id| [id, -id]).collect();
            queue.batch = QueuedBatch { vectors, ids: ids.to_vec(), log_q: numbers().collect() };
            queue.push();
            assert_eq!(queue.batch, QueuedBatch::default());
            let vectors: Vec<f32> = queue.log_q.iter().flat_map(|id| [*id, -id]).collect();
            assert_eq!(*queue.vectors, vectors);
            queue.ids.clone()
        };
        assert_eq!(push(&[1, 2]), [1, 2]);
        assert_eq!(push(&[3, 4]), [2, 3, 4]);
        assert_eq!(push(&[5, 6, 7, 8]), [6, 7, 8]);
        assert_eq!(push(&[]), [6, 7, 8]);
    }
}
