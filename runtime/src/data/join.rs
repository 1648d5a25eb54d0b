//! Finding each row's partner in a joined source.

use std::collections::HashMap;

use super::data_spec::JoinSpec;
use super::encoded::NONE;
use super::error::DataError;
use super::table::Table;

/// For each row of `main` the row of `source` with the same key; [`NONE`] where there is none. A missing key is the same as no
/// other.
pub(super) fn partners(
    main: &Table,
    left: usize,
    source: &Table,
    right: usize,
    spec: &JoinSpec,
) -> Result<Vec<u32>, DataError> {
    let mut by_key = HashMap::with_capacity(source.rows());
    for row in 0..source.rows() as u32 {
        let key = source.text(row, right);
        if key.is_empty() {
            continue;
        }
        if let Some(first) = by_key.insert(key, row) {
            return Err(DataError::Spec(format!(
                "{}: `{}` is joined by `{}`, but `{}` stands there already on line {}; keys of a joined source must differ",
                source.place(row),
                spec.source,
                spec.right,
                key.escape_debug(),
                source.place(first).line
            )));
        }
    }
    Ok((0..main.rows() as u32).map(|row| by_key.get(main.text(row, left)).copied().unwrap_or(NONE)).collect())
}
