//! Numbers of what a model holds.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub usize);
    )*};
}

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
}

/// Columns that are read together: those of a tower, or those of the objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputId {
    /// Columns of a tower.
    Tower(TowerId),
    /// Columns of the objective.
    Objective,
}
