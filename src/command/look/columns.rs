//! Runtime columns and vocabularies, created from a plan.

use turret_dsl::model::{self, Column, OnError};
use turret_runtime::data::{AnyColumn, Vocabulary, any_column};

/// A column as the spec declares it.
pub(super) fn column(column: &Column, on_error: OnError) -> Box<dyn AnyColumn> {
    any_column(&column.kind, &column.name, on_error == OnError::Substitute)
}

/// A vocabulary as the spec declares it.
pub(super) fn vocabulary(vocabulary: &model::Vocabulary) -> Vocabulary {
    Vocabulary::new(&vocabulary.name, vocabulary.keys.clone()).oov(vocabulary.oov)
}
