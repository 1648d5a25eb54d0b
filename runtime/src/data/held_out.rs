//! Held-out parts of a split.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of a split that trains nothing. A row of an earlier part is no later than those of a later one of its user.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum HeldOut {
    /// The validation rows.
    Validate,
    /// The test rows.
    #[default]
    Test,
}

impl HeldOut {
    /// Adjective of its rows.
    pub const fn of_rows(self) -> &'static str {
        match self {
            Self::Validate => "validation",
            Self::Test => "test",
        }
    }
}

/// Name in results.
impl fmt::Display for HeldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Validate => "validate",
            Self::Test => "test",
        })
    }
}
