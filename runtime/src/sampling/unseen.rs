//! Negatives among the candidates that the user of a record has not seen in training rows.

use super::Distribution;
use crate::data::{AnyBatch, DataError, DataFolder, EncodedDataset, FieldName, SeenItems};
use crate::error::SamplingError;
use crate::negatives::StepCandidates;
use crate::rng::Stream;

/// Samples `count` negatives for each record, other than the candidates that its user has seen.
pub(super) fn draw(
    distribution: &Distribution,
    stream: &Stream,
    count: usize,
    seen: &[&[u32]],
    step: &mut StepCandidates,
) {
    for slot in 0..count * seen.len() {
        let (candidate, rejected) = distribution.draw_except(&stream.part(slot as u64), seen[slot / count]);
        step.rows.push(candidate);
        step.draws.rejected += rejected;
        step.draws.all += rejected + 1;
    }
}

/// Excludes the candidates that the user of a record has seen from negatives that all records share. The record's
/// own candidate stays. Positives are negatives of other records only if `in_batch` is true.
pub(super) fn exclude(seen: &[&[u32]], in_batch: bool, step: &mut StepCandidates) {
    let sampled = seen.len();
    let first = if in_batch { 0 } else { sampled };
    let mut places: Vec<(u32, usize)> = step.rows.iter().copied().zip(0..).skip(first).collect();
    places.sort_unstable();
    let mut excluded = Vec::new();
    for (record, seen) in seen.iter().enumerate() {
        excluded.clear();
        for &item in *seen {
            let begin = places.partition_point(|(candidate, _)| *candidate < item);
            let of_item = places[begin..].iter().take_while(|(candidate, _)| *candidate == item);
            excluded.extend(of_item.filter(|(_, place)| *place != record).map(|(_, place)| *place as u32));
        }
        excluded.sort_unstable();
        let sampled_before = excluded.partition_point(|&place| (place as usize) < sampled);
        step.draws.rejected += (excluded.len() - sampled_before) as u64;
        step.excluded.push(&excluded);
    }
    step.draws.all = (sampled * (step.rows.len() - sampled)) as u64;
}

/// Users who have seen everything that can be sampled.
#[derive(Debug, PartialEq)]
pub(super) struct Sated {
    /// The first of them.
    first: u32,
    /// Number of users.
    count: usize,
}

impl Sated {
    /// Finds such users.
    pub(super) fn of(distribution: &Distribution, seen: &SeenItems) -> Option<Self> {
        let has_all = |(_, seen): &(u32, &[u32])| distribution.remaining(seen) <= 0.0;
        let mut users = (0..).zip(seen.users()).filter(has_all).map(|(user, _)| user);
        let first = users.next()?;
        Some(Self { first, count: 1 + users.count() })
    }

    /// Returns the error that names the first of them, by the field of the group `user`.
    pub(super) fn error(
        &self,
        user: usize,
        dataset: &EncodedDataset<AnyBatch>,
        data: &DataFolder,
    ) -> Result<SamplingError, DataError> {
        let users = &dataset.groups[user];
        let row = dataset.train_split().iter().copied().find(|&row| users[row as usize] == self.first);
        let (field, spec) = (data.spec().groups[user].to_string(), data.spec());
        let texts = data.texts(row.as_slice(), &[FieldName::of(&spec.sources[0].name, &field)])?;
        let key = texts.into_iter().flatten().next().unwrap_or_default();
        Ok(SamplingError::NothingUnseen { field, key, others: self.count - 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_without_other_candidates_are_found() {
        // Users 1 and 2 have seen the candidates 0, 1 and 3; candidate 2 is never sampled.
        let (users, items) = ([0, 1, 1, 1, 2, 2, 2, 2], [0, 3, 0, 1, 0, 1, 2, 3]);
        let rows: Vec<u32> = (0..8).collect();
        let seen = SeenItems::new(&rows, &users, &items);
        let found = Sated::of(&Distribution::new(vec![0.5, 0.1, 0.0, 0.4]), &seen);
        assert_eq!(found, Some(Sated { first: 1, count: 2 }));
        assert_eq!(Sated::of(&Distribution::uniform(4), &seen), Some(Sated { first: 2, count: 1 }));
        assert_eq!(Sated::of(&Distribution::uniform(5), &seen), None);
    }
}
