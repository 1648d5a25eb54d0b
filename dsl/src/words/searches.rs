//! Ranges of a search.

use super::{Foreign, called, said};

/// A word of the ranges.
const RANGES: &str = "integers";

pub(super) const WORDS: &[Foreign] = &[
    called("loguniform reciprocal suggestloguniform", "log", "search(log(1e-4, 1e-1))").at(RANGES),
    called("int ints integer randint suggestint quniform range", "integers", "search(integers(1, 4))"),
    called("floats real suggestfloat suggestuniform interval", "uniform", "search(uniform(0, 0.5))")
        .at(RANGES),
    said(
        "choice choices categorical gridsearch options suggestcategorical",
        RANGES,
        "choices are the values of a search themselves: write `search(16, 32, 64)`",
    ),
];
