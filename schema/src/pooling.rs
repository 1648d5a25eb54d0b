//! Many to one: the vectors of a record, and the losses of a batch.

written! {
    /// Combination of several vectors into one, with weights `w` where they have some.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Combiner {
        /// `sum w e`.
        Sum,
        /// `sum w e / sum w`.
        Mean,
        /// `sum w e / sqrt(sum w^2)`.
        Sqrtn,
        /// The largest value of each column; weights do not matter.
        Max,
    }

    /// Weights of the positions of a sequence by their scores.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Weighting {
        /// A softmax over the valid positions.
        Softmax,
        /// The scores of the valid positions themselves.
        Scores,
    }

    /// Reduction of the losses of the rows to one.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Reduction {
        /// Their sum over the number of rows.
        #[default]
        Mean,
        /// Their sum.
        Sum,
    }

    /// Side on which a shorter sequence is padded.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Pad {
        /// After its vectors: the first one is at position 0.
        Back,
        /// Before its vectors: the last one is at the last position.
        Front,
    }
}

impl Reduction {
    /// Returns what each row's loss is multiplied by.
    pub fn factor(self, rows: usize) -> f32 {
        match self {
            Self::Mean => 1.0 / rows.max(1) as f32,
            Self::Sum => 1.0,
        }
    }
}
