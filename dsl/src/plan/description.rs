//! Parts of the description of a program that follow from several parts of its model.

use turret_schema::{Evaluation, FileSpec, NegativesSpec};

use super::{Plan, Retrieval};
use crate::model::{Column, ColumnKind, HISTORY, Keys};

impl Plan {
    /// The evaluation of the model.
    pub fn evaluation(&self) -> Evaluation {
        match self.retrieval {
            Some(Retrieval::Towers { query, candidate, similarity }) => {
                Evaluation::retrieval(query.0, candidate.0, similarity)
            }
            Some(Retrieval::Score { .. }) => Evaluation::PairScores,
            None => Evaluation::Ranking,
        }
    }

    /// The columns of features that are named otherwise than the field they read, each with the field as a record names it.
    pub fn renamed(&self) -> impl Iterator<Item = (&str, String)> {
        let is_feature = |kind: &ColumnKind| !matches!(kind, ColumnKind::Label(_) | ColumnKind::Weight(_));
        let named = |column: &Column| match column.earlier {
            true => format!("{HISTORY}.{}", column.field),
            false => column.field.clone(),
        };
        let columns = self.model.columns.iter().filter(move |column| is_feature(&column.kind));
        let columns = columns.map(move |column| (column.name.as_str(), named(column)));
        columns.filter(|(name, field)| name != field)
    }

    /// Files besides the sources.
    pub fn files(&self) -> Vec<FileSpec> {
        let keys = self.model.vocabularies.iter().filter_map(|vocabulary| match &vocabulary.keys {
            Keys::File(path) => Some(FileSpec::keys(vocabulary.name.clone(), path.clone())),
            Keys::Learned { .. } | Keys::List(_) | Keys::Range { .. } | Keys::Hash { .. } => None,
        });
        let vectors = self.model.tables.iter().filter_map(|table| {
            Some(FileSpec::vectors(table.name.clone(), table.pretrained.as_ref()?.path.clone()))
        });
        keys.chain(vectors).collect()
    }

    /// Negatives that are drawn for a step.
    pub fn negatives(&self) -> Option<NegativesSpec> {
        let negatives = self.model.negatives.as_ref()?;
        Some(NegativesSpec {
            source: negatives.source,
            inputs: self.candidates.iter().map(|tower| tower.0).collect(),
            per_record: negatives.per_record,
            in_batch: negatives.in_batch,
            log_q: negatives.log_q,
        })
    }
}
