//! Evaluation: the scores that it compares, and the protocol for ranking candidates.

use crate::similarity::Similarity;

written! {
    /// Scores that evaluation compares.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Evaluation {
        /// The score of each row against its label.
        #[default]
        Ranking,
        /// Similarity of a query vector to the vectors of all candidates. The positive of each row is in the
        /// catalog.
        Retrieval {
            /// Index of the query tower.
            query: usize,
            /// Index of the candidate tower. Its input is encoded for every row of the catalog.
            candidate: usize,
            /// Similarity of the two vectors.
            similarity: Similarity,
        } by retrieval(query, candidate, similarity),
        /// Scores of pairs of a row and each candidate. The positive of each row is in the catalog.
        PairScores,
    }

    /// Ranking queries built from test rows, and their candidate sets.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Protocol {
        /// Index of the group that identifies the user of a row.
        pub user: Option<usize>,
        /// Kind of query.
        pub query: Query,
        /// Candidates that compete with the relevant ones.
        pub candidates: Candidates,
        /// True if items of the user's training rows are excluded, unless they are relevant. Requires `user`.
        pub exclude_seen: bool,
    }

    /// Kind of query.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Query {
        /// Each test row; its own candidate is relevant.
        #[default]
        Row,
        /// The first test row of each user; the candidates of all the user's test rows are relevant.
        User,
    }

    /// Candidates that compete with the relevant ones of a query.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Candidates {
        /// The whole catalog.
        #[default]
        All,
        /// A sample of the catalog for each query, without replacement. Deterministic in seed and data.
        Sampled {
            /// Sample size.
            count: usize,
            /// Seed of the sample.
            seed: u64,
        },
    }
}

impl Protocol {
    /// Every test row against the whole catalog.
    pub const FULL: Self =
        Self { user: None, query: Query::Row, candidates: Candidates::All, exclude_seen: false };
}

impl Evaluation {
    /// Ranking by the query tower and the candidate tower.
    pub const fn retrieval(query: usize, candidate: usize, similarity: Similarity) -> Self {
        Self::Retrieval { query, candidate, similarity }
    }
}
