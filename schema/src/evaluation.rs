//! Evaluation: the source of its scores, and the protocol by which candidates are ranked.

use crate::similarity::Similarity;

written! {
    /// Source of the scores of evaluation.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Evaluation {
        /// Rows carry labels: the score of each against its label.
        #[default]
        Ranking,
        /// Each row's positive is one of the catalog: the vectors of these towers over all candidates.
        Retrieval {
            /// Index of the tower of queries.
            query: usize,
            /// Index of the tower of candidates; its input is encoded for every row of the catalog.
            candidate: usize,
            /// Comparison of the two.
            similarity: Similarity,
        } by retrieval(query, candidate, similarity),
        /// Each row's positive is one of the catalog: scores of pairs with all candidates.
        PairScores,
    }

    /// Queries made of test rows, and the candidates that compete with the relevant ones.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Protocol {
        /// Index of the group of rows that are one user's.
        pub user: Option<usize>,
        /// Kind of query.
        pub query: Query,
        /// Candidates that compete.
        pub candidates: Candidates,
        /// True if what the user has in training rows does not compete, unless it is relevant. Needs `user`.
        pub exclude_seen: bool,
    }

    /// Kind of query.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Query {
        /// A test row, to which its own candidate is relevant.
        #[default]
        Row,
        /// The first test row of a user, to which the candidates of all test rows of the user are relevant.
        User,
    }

    /// Candidates that compete with those that are relevant to a query.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Candidates {
        /// All of the catalog.
        #[default]
        All,
        /// Some, drawn from the catalog for each query without replacement; the same for the same seed and data.
        Sampled {
            /// Number of them.
            count: usize,
            /// Seed of the draw.
            seed: u64,
        },
    }
}

impl Protocol {
    /// Each row against the whole catalog.
    pub const FULL: Self =
        Self { user: None, query: Query::Row, candidates: Candidates::All, exclude_seen: false };
}

impl Evaluation {
    /// The tower of queries over all that the tower of candidates gives.
    pub const fn retrieval(query: usize, candidate: usize, similarity: Similarity) -> Self {
        Self::Retrieval { query, candidate, similarity }
    }
}
