//! Ids of the parts of a model.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub usize);
    )*};
}

/// Lets a vector be indexed only by the ids of its elements.
macro_rules! indexed {
    ($($id:ty => $element:ty),* $(,)?) => {$(
        impl std::ops::Index<$id> for Vec<$element> {
            type Output = $element;

            fn index(&self, id: $id) -> &$element {
                &self[id.0]
            }
        }

        impl std::ops::Index<&$id> for Vec<$element> {
            type Output = $element;

            fn index(&self, id: &$id) -> &$element {
                &self[id.0]
            }
        }

        impl std::ops::Index<$id> for [$element] {
            type Output = $element;

            fn index(&self, id: $id) -> &$element {
                &self[id.0]
            }
        }

        impl std::ops::Index<&$id> for [$element] {
            type Output = $element;

            fn index(&self, id: &$id) -> &$element {
                &self[id.0]
            }
        }
    )*};
}

pub(crate) use indexed;

ids! {
    /// Index into `Model::sources`.
    SourceId
    /// Index into `Model::columns`.
    ColumnId
    /// Index into `Model::vocabularies`.
    VocabularyId
    /// Index into `Model::tables`.
    TableId
    /// Index into `Model::towers`.
    TowerId
    /// Index into `Model::nodes`.
    NodeId
    /// Index into the raw fields of an input of the plan.
    FieldId
}

/// Set of columns that are encoded together: of a tower, or of the objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputId {
    /// Columns of a tower.
    Tower(TowerId),
    /// Columns of the objective.
    Objective,
}
