//! Choice of the rows of a log, and the rows before them.

use super::Exact;

/// Keeps the rows of the main source for which all that is said of a field holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// Field of the main source.
    pub field: String,
    /// Smallest number.
    pub min: Option<Exact>,
    /// Largest number.
    pub max: Option<Exact>,
    /// Texts.
    pub only: Option<Vec<String>>,
}

/// Fields of the main source by which rows belong together and follow each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// Names the user.
    pub user: String,
    /// A number that ascends with time.
    pub time: String,
}

/// Rows as examples, each with the rows of its user that are earlier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct History {
    /// Only the last row of each user is an example; else all are.
    pub last: bool,
    /// Fewest earlier rows of an example.
    pub min: u64,
    /// True where rows of the same time are earlier where they stand before in the file.
    pub same_time: bool,
}
