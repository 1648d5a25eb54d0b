//! Reductions: of several vectors to one, and of the losses of a batch to one.

written! {
    /// Pooling of several vectors `e` into one, with optional weights `w`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Combiner {
        /// `sum w e`.
        Sum,
        /// `sum w e / sum w`.
        Mean,
        /// `sum w e / sqrt(sum w^2)`.
        Sqrtn,
        /// Maximum of each component; weights are ignored.
        Max,
    }

    /// Attention weights of the positions of a sequence.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Weighting {
        /// Softmax of the scores over the valid positions.
        Softmax,
        /// The scores themselves.
        Scores,
    }

    /// Reduction of the losses of a batch.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Reduction {
        /// Sum divided by the number of rows.
        #[default]
        Mean,
        /// Sum.
        Sum,
    }

    /// Side on which a short sequence is padded.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Pad {
        /// After its vectors; the first vector is at position 0.
        Back,
        /// Before its vectors; the last vector is at the last position.
        Front,
    }
}

impl Reduction {
    /// Returns the factor of each row's loss.
    pub fn factor(self, rows: usize) -> f32 {
        match self {
            Self::Mean => 1.0 / rows.max(1) as f32,
            Self::Sum => 1.0,
        }
    }
}
