//! Description of a program, derived from its plan.

use turret_schema::{
    ColumnRole, Description, Evaluation, FileSpec, Names, NegativesSpec, SpecInfo, TaskInfo, TowerInfo,
};

use crate::layers::Shape;
use crate::model::{Column, ColumnKind, HISTORY, Keys, Model};
use crate::plan::{Plan, Retrieval};

impl Plan {
    /// Returns the description that the program contains.
    pub fn description(&self) -> Description {
        let model = &self.model;
        let spec = SpecInfo {
            name: model.name.clone().into(),
            about: model.docs.join("\n").into(),
            renamed: renamed(model).map(|(column, field)| (column.to_owned().into(), field.into())).collect(),
            text: self.text.clone().into(),
            fingerprint: self.fingerprint.clone().into(),
            compiler: env!("CARGO_PKG_VERSION").into(),
        };
        let towers =
            model.towers.iter().zip(&self.towers).enumerate().map(|(input, (tower, planned))| TowerInfo {
                name: tower.name.clone().into(),
                width: planned.shape.width(),
                vectors: match planned.shape {
                    Shape::Interests(count, _) => count,
                    Shape::Vector(_) | Shape::Fields(..) | Shape::Sequence(..) | Shape::Bag(_) => 1,
                },
                input,
                exported: planned.is_exported,
            });
        let evaluation = match self.retrieval {
            Some(Retrieval::Towers { query, candidate, similarity }) => {
                Evaluation::retrieval(query.0, candidate.0, similarity)
            }
            Some(Retrieval::Score { .. }) => Evaluation::PairScores,
            None => Evaluation::Ranking,
        };
        let tasks = model.labelled().map(|(task, labelled)| {
            let classes = model.columns[labelled.label].kind.classes().iter().cloned();
            TaskInfo::new(task.name.clone(), labelled.prediction).classes(classes.collect::<Names>())
        });
        let named = model.tasks.iter().filter(|task| !task.name.is_empty());
        let ranking = model.ranking().map(|(task, _)| task);
        let relevant =
            model.labelled().position(|(task, _)| ranking.is_some_and(|ranking| std::ptr::eq(task, ranking)));
        let negatives = model.negatives.as_ref().map(|negatives| NegativesSpec {
            source: negatives.source,
            inputs: self.candidates.iter().map(|tower| tower.0).collect(),
            per_record: negatives.per_record,
            in_batch: negatives.in_batch,
            log_q: negatives.log_q,
            exclude_seen: negatives.user,
        });
        Description {
            spec,
            towers: towers.collect(),
            objective: named.map(|task| task.name.clone().into()).collect(),
            tasks: tasks.collect(),
            relevant,
            evaluation,
            metrics: model.metrics.clone(),
            protocol: model.protocol,
            slices: model.slices.clone(),
            files: files(model),
            company: self.needs_company().map(Into::into),
            data: model.data.clone(),
            training: model.train,
            dense: self.dense(),
            costs: self.costs(),
            negatives,
        }
    }
}

/// Returns the files other than sources.
fn files(model: &Model) -> Vec<FileSpec> {
    let keys = model.vocabularies.iter().filter_map(|vocabulary| match &vocabulary.keys {
        Keys::File(path) => Some(FileSpec::keys(vocabulary.name.clone(), path.clone())),
        Keys::Learned { .. } | Keys::List(_) | Keys::Range { .. } | Keys::Hash { .. } => None,
    });
    let vectors = model.tables.iter().filter_map(|table| {
        Some(FileSpec::vectors(table.name.clone(), table.pretrained.as_ref()?.path.clone()))
    });
    keys.chain(vectors).collect()
}

/// Returns the columns whose name differs from their field, and the name of the field in records.
fn renamed(model: &Model) -> impl Iterator<Item = (&str, String)> {
    let is_feature = |kind: &ColumnKind| !matches!(kind.role(), ColumnRole::Label | ColumnRole::Weight);
    let named = |column: &Column| match column.earlier {
        true => format!("{HISTORY}.{}", column.field),
        false => column.field.clone(),
    };
    let columns = model.columns.iter().filter(move |column| is_feature(&column.kind));
    columns.map(move |column| (column.name.as_str(), named(column))).filter(|(name, field)| name != field)
}
