//! Lists for the test rows, by the protocol of evaluation.

use crate::data::{DataFolder, FieldName};
use crate::error::Error;
use crate::evaluate::{HeldOutQueries, test_row};
use crate::ops::PassState;

use super::lists::{Line, Lists};
use super::{ListOptions, Recommender, user_field};

/// Writes the list of each query of evaluation, among the candidates and with the history that it has there. Its relevant
/// items are named, so that hits can be counted.
pub fn for_test_rows(
    recommender: &Recommender<'_>,
    data: &DataFolder,
    k: usize,
    lists: &mut Lists<'_>,
) -> Result<(), Error> {
    let k = ListOptions::new(k).check()?.k;
    let description = recommender.model.description();
    let asked = HeldOutQueries::of(recommender.model, recommender.dataset, recommender.catalog)?;
    let queries = &asked.queries;
    let users = match user_field(description, None) {
        Ok(field) => data.texts(&queries.rows, &[FieldName::of(&data.spec().sources[0].name, &field)])?,
        Err(_) => vec![Vec::new(); queries.rows.len()],
    };
    let (mut pass, mut at) = (PassState::inference(), 0);
    lists.begin()?;
    recommender.dataset.for_each_batch(&queries.rows, recommender.rows_at_once(), |batch, rows| {
        let ranking = asked.ranking(at, rows);
        let found = recommender.ranked(batch, &|at| test_row(rows[at]), &ranking, k, &mut pass)?;
        for ((list, &row), query) in found.iter().zip(rows).zip(&ranking) {
            let (user, place) = (users[at].first().map(String::as_str), test_row(row));
            lists.write(&Line { user, place: &place, list, relevant: &query.relevant })?;
            at += 1;
        }
        Ok::<(), Error>(())
    })?;
    lists.flush()
}
