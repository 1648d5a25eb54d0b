//! Similarity of two vectors.

written! {
    /// Similarity of two vectors.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Similarity {
        /// Inner product; larger is nearer.
        Dot,
        /// Cosine; larger is nearer.
        Cosine,
        /// Euclidean distance; smaller is nearer.
        Distance,
    }
}
