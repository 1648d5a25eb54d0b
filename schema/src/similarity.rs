//! Comparison of two vectors.

written! {
    /// Comparison of two vectors.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Similarity {
        /// The larger their inner product, the nearer.
        Dot,
        /// The larger the cosine of the angle between them, the nearer.
        Cosine,
        /// The smaller their Euclidean distance, the nearer.
        Distance,
    }
}
