//! Checks for listed keys that occur in no row, and for constant labels.

use std::path::Path;

use turret_dsl::model::{ColumnId, ColumnRole, Keys};
use turret_dsl::plan::Plan;
use turret_runtime::data::{Field, Lookup, Vocabulary};
use turret_runtime::printable::printable;
use turret_runtime::progress::{all_of, counted};

/// Keys and labels of all rows.
pub(super) struct Coverage {
    /// Keys of the rows, for each vocabulary that is not learned.
    keys: Vec<Option<Vocabulary>>,
    /// Values of each column of labels.
    labels: Vec<Option<Labels>>,
}

#[derive(Clone, Copy)]
struct Labels {
    count: usize,
    least: f32,
    greatest: f32,
}

impl Coverage {
    /// Empty coverage.
    pub(super) fn new(plan: &Plan) -> Self {
        let keys = plan.model.vocabularies.iter().map(|vocabulary| {
            let is_listed = matches!(vocabulary.keys, Keys::List(_) | Keys::File(_) | Keys::Range { .. });
            is_listed.then(|| Vocabulary::new(&vocabulary.name, Keys::learned()))
        });
        Self { keys: keys.collect(), labels: vec![None; plan.model.columns.len()] }
    }

    /// Returns a vocabulary that collects the keys of rows. None if the vocabulary itself is learned.
    pub(super) fn keys(&mut self, vocabulary: usize) -> Option<&mut Vocabulary> {
        self.keys[vocabulary].as_mut()
    }

    /// Records a number of a column.
    pub(super) fn add(&mut self, plan: &Plan, column: ColumnId, number: f32) {
        if plan.model.columns[column.0].kind.role() != ColumnRole::Label {
            return;
        }
        let labels =
            self.labels[column.0].get_or_insert(Labels { count: 0, least: number, greatest: number });
        labels.count += 1;
        (labels.least, labels.greatest) = (labels.least.min(number), labels.greatest.max(number));
    }

    /// Returns notes, after all rows.
    pub(super) fn remarks(mut self, plan: &Plan, vocabularies: &[Vocabulary]) -> Vec<String> {
        let labels = plan.model.columns.iter().zip(&self.labels).filter_map(|(column, labels)| {
            let Labels { count, least, greatest } = (*labels)?;
            (least == greatest).then(|| {
                let rows = all_of(count, "row");
                format!("note: `{}` is {least} in {rows}: nothing can be learned from it", column.name)
            })
        });
        let labels: Vec<String> = labels.collect();
        let declared = plan.model.vocabularies.iter().zip(vocabularies);
        let keys = declared.zip(&mut self.keys).filter_map(|((declared, listed), seen)| {
            let seen = seen.as_mut()?;
            seen.finish(Path::new("")).ok()?;
            let is_list = matches!(declared.keys, Keys::List(_));
            unused(listed, seen, is_list).map(|what| format!("note: vocabulary `{}`: {what}", declared.name))
        });
        labels.into_iter().chain(keys).collect()
    }
}

/// Reports listed keys that do not occur: each key of a list in the spec; of other vocabularies only if no
/// key occurs.
fn unused(listed: &Vocabulary, seen: &Vocabulary, is_list: bool) -> Option<String> {
    let (_, first) = seen.keys().next()?;
    let is_known = |key: &str| matches!(listed.row(key), Lookup::Known(_));
    if !seen.keys().any(|(_, key)| is_known(&key)) {
        return Some(format!("no row has one of its keys, the first has `{}`", printable(first)));
    }
    let is_seen =
        |key: &str| Field::from(key).key().is_some_and(|key| matches!(seen.row(&key), Lookup::Known(_)));
    let unused: Vec<_> = match is_list {
        true => listed.keys().map(|(_, key)| key).filter(|key| !is_seen(key)).collect(),
        false => Vec::new(),
    };
    let first = printable(unused.first()?);
    Some(match unused.len() {
        1 => format!("no row has its key `{first}`"),
        count => format!("{} are in no row, the first is `{first}`", counted(count, "key")),
    })
}
