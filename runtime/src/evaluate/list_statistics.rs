//! Metrics of the lists of queries as statistics of resampled units.

use std::collections::HashSet;

use crate::data::{SeenItems, candidate_counts, rows_with_candidate};
use crate::metrics::{Statistic, of_sums};
use crate::program::ListMetric;

use super::units::Units;

/// Occurrences of the candidates in training rows.
pub(super) struct Occurrences {
    /// Number of rows of each candidate.
    rows: Vec<f64>,
    /// Self-information of each candidate in bits.
    information: Vec<f64>,
}

impl Occurrences {
    /// Occurrences of `total` candidates in training rows. `users` has the user of each row, if one is named.
    pub(super) fn new(train: &[u32], users: Option<&[u32]>, candidate_of_row: &[u32], total: usize) -> Self {
        let rows = candidate_counts(train, candidate_of_row, total);
        let (takers, all) = match users {
            None => (rows.clone(), train.len()),
            Some(users) => {
                let known = rows_with_candidate(train, candidate_of_row);
                let users_of_items = SeenItems::new(&known, candidate_of_row, users);
                let takers = (0..total as u32).map(|item| users_of_items.of(item).len() as u64);
                let all: HashSet<u32> = train.iter().map(|&row| users[row as usize]).collect();
                (takers.collect(), all.len())
            }
        };
        let information = |takers: u64| (all.max(1) as f64 / takers.max(1) as f64).log2();
        Self {
            rows: rows.into_iter().map(|count| count as f64).collect(),
            information: takers.into_iter().map(information).collect(),
        }
    }
}

/// Returns a metric of the first `k` candidates of lists, one list per row of the units.
///
/// Self-information of what is listed: Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender systems", PNAS
/// 2010.
pub(super) fn statistic(
    (metric, k): (ListMetric, usize),
    lists: &[Vec<u32>],
    occurrences: &Occurrences,
    units: &Units,
) -> Statistic<'static> {
    match metric {
        ListMetric::Coverage => coverage(k, lists, occurrences.rows.len(), units),
        ListMetric::Popularity => mean_of_listed(k, lists, &occurrences.rows, units),
        ListMetric::Novelty => mean_of_listed(k, lists, &occurrences.information, units),
    }
}

/// Share of `total` candidates that are in a list of a drawn unit.
fn coverage(k: usize, lists: &[Vec<u32>], total: usize, units: &Units) -> Statistic<'static> {
    let mut units_of_candidates = vec![Vec::new(); total];
    for (list, &unit) in lists.iter().zip(&units.of) {
        for &candidate in list.iter().take(k) {
            let units: &mut Vec<u32> = &mut units_of_candidates[candidate as usize];
            if units.last() != Some(&unit) {
                units.push(unit);
            }
        }
    }
    units_of_candidates.retain(|units| !units.is_empty());
    Box::new(move |counts| {
        let is_drawn = |unit: &u32| counts[*unit as usize] > 0;
        let listed = units_of_candidates.iter().filter(|units| units.iter().any(is_drawn)).count();
        (total > 0 && !counts.is_empty()).then(|| listed as f64 / total as f64)
    })
}

/// Values of a coverage over resamples, moved so that their mean is the figure: a resample has about 63% of the distinct units,
/// which cover less than all.
pub(super) fn centered(resampled: &[Option<f64>], figure: f64) -> Vec<Option<f64>> {
    let defined = resampled.iter().flatten();
    let mean = defined.clone().sum::<f64>() / defined.count().max(1) as f64;
    resampled.iter().map(|value| value.map(|value| value + figure - mean)).collect()
}

/// Mean over listed candidates of their values.
fn mean_of_listed(k: usize, lists: &[Vec<u32>], values: &[f64], units: &Units) -> Statistic<'static> {
    let of_list = |list: &Vec<u32>| {
        let listed = &list[..k.min(list.len())];
        let sum: f64 = listed.iter().map(|&candidate| values[candidate as usize]).sum();
        [sum, listed.len() as f64]
    };
    let sums = units.sums(lists.iter().map(of_list));
    of_sums(sums, |[sum, listed]| (listed > 0.0).then(|| sum / listed))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::data::NONE;
    use crate::rng::Stream;

    #[test]
    fn figures_equal_their_definitions() {
        let stream = Stream::new(5, "lists");
        let draw = |at: u64, below: u64| stream.below(at, below) as u32;
        let total = 40;
        let users: Vec<u32> = (0..300).map(|row| draw(row, 17)).collect();
        let mut items: Vec<u32> = (300..600).map(|row| draw(row, 30)).collect();
        items[3] = NONE;
        let (users, items) = (&users[..], &items[..]);
        let train: Vec<u32> = (0..200).collect();
        let lists: Vec<Vec<u32>> = (0..60)
            .map(|query| {
                let length = draw(600 + query, 9);
                let mut list: Vec<u32> =
                    (0..u64::from(length)).map(|at| draw(1000 + query * 10 + at, total as u64)).collect();
                list.dedup();
                list
            })
            .collect();
        let units = Units { of: (0..60).map(|query| query % 11).collect(), count: 11, what: "user" };
        let counts: Vec<u8> = (0..11).map(|unit| draw(2000 + unit, 3) as u8).collect();
        for named in [true, false] {
            let occurrences = Occurrences::new(&train, named.then_some(users), items, total);
            let rows_of = |item: u32| train.iter().filter(move |&&row| items[row as usize] == item);
            let takers = |item: u32| match named {
                true => rows_of(item).map(|&row| users[row as usize]).collect::<BTreeSet<_>>().len(),
                false => rows_of(item).count(),
            };
            let all = match named {
                true => train.iter().map(|&row| users[row as usize]).collect::<BTreeSet<_>>().len(),
                false => train.len(),
            };
            for k in [1, 3, 20] {
                for counts in [vec![1; 11], counts.clone()] {
                    let drawn: Vec<u32> = lists
                        .iter()
                        .zip(&units.of)
                        .flat_map(|(list, &unit)| {
                            let cut = &list[..k.min(list.len())];
                            (0..counts[unit as usize]).flat_map(move |_| cut.iter().copied())
                        })
                        .collect();
                    let mean = |value: &dyn Fn(u32) -> f64| {
                        drawn.iter().map(|&item| value(item)).sum::<f64>() / drawn.len() as f64
                    };
                    let distinct: BTreeSet<u32> = drawn.iter().copied().collect();
                    let exact = [
                        (ListMetric::Coverage, distinct.len() as f64 / total as f64),
                        (ListMetric::Popularity, mean(&|item| rows_of(item).count() as f64)),
                        (
                            ListMetric::Novelty,
                            mean(&|item| -(takers(item).max(1) as f64 / all as f64).log2()),
                        ),
                    ];
                    for (metric, exact) in exact {
                        let found = statistic((metric, k), &lists, &occurrences, &units)(&counts).unwrap();
                        assert!((found - exact).abs() < 1e-9, "{metric:?} {k}: {found} is not {exact}");
                    }
                }
            }
        }
    }

    #[test]
    fn coverage_is_in_the_middle_of_its_resamples() {
        let moved = centered(&[Some(0.25), None, Some(0.75)], 0.625);
        assert_eq!(moved, [Some(0.375), None, Some(0.875)]);
        assert_eq!(centered(&[None], 0.5), [None]);
    }

    #[test]
    fn nothing_listed_has_no_mean() {
        let occurrences = Occurrences::new(&[0], None, &[0], 2);
        let units = Units { of: vec![0], count: 1, what: "row" };
        let found = |metric| statistic((metric, 5), &[Vec::new()], &occurrences, &units)(&[1]);
        assert_eq!(found(ListMetric::Coverage), Some(0.0));
        assert_eq!([ListMetric::Popularity, ListMetric::Novelty].map(found), [None, None]);
        let none = Units { of: Vec::new(), count: 0, what: "row" };
        assert_eq!(statistic((ListMetric::Coverage, 5), &[], &occurrences, &none)(&[]), None);
    }
}
