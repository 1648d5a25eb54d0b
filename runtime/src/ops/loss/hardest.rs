//! Selection of the hardest negatives of each record.

use std::ops::Range;

use dfdx::shapes::Const;
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::Device as Tensors;

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved, Scratch, records, records_mut};
use crate::ops::rows::take;
use crate::ops::{Device, Rows, Tape};

/// The `count` scores of each record that come first: the largest, or the smallest. Of equal ones, the first of the
/// record comes first. Saves their places.
struct First {
    count: usize,
    smallest: bool,
}

impl First {
    /// Returns whether a score comes before another.
    fn is_before(&self, score: f32, other: f32) -> bool {
        if self.smallest { score < other } else { score > other }
    }

    /// Inserts the scores of a record into the first ones, and their places.
    fn select(&self, scores: &[f32], first: &mut [f32], places: &mut [f32]) {
        for (place, &score) in scores.iter().enumerate() {
            let held = place.min(self.count);
            let mut at = held;
            while at > 0 && self.is_before(score, first[at - 1]) {
                at -= 1;
            }
            if at < self.count {
                let moved = at..held.min(self.count - 1);
                first.copy_within(moved.clone(), at + 1);
                places.copy_within(moved, at + 1);
                first[at] = score;
                places[at] = place as f32;
            }
        }
    }
}

impl Op for First {
    fn cost(&self) -> usize {
        8 * self.count
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING.numbers(self.count)
    }

    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        _: &mut Scratch,
    ) {
        let rows = rows.len();
        let first = records_mut(output, rows).zip(records_mut(saved, rows));
        for (scores, (first, places)) in records(inputs[0], rows).zip(first) {
            self.select(scores, first, places);
        }
    }

    fn backward(
        &self,
        rows: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        let gradients = records(g, rows).zip(records(forward.saved, rows));
        for (into, (g, places)) in records_mut(into[0], rows).zip(gradients) {
            for (g, &place) in g.iter().zip(places) {
                into[place as usize] += g;
            }
        }
    }
}

/// Plain formulation of the selection.
pub(crate) fn plain<D: Tensors<f32>, T: Tape<f32, D>>(
    scores: Rows<1, D, T>,
    of_records: usize,
    count: usize,
    smallest: bool,
) -> Result<Rows<1, D, T>, D::Err> {
    let values = scores.as_vec();
    let mut taken = Vec::with_capacity(of_records * count);
    for (record, own) in records(&values, of_records).enumerate().take(of_records) {
        let mut places: Vec<usize> = (0..own.len()).collect();
        let order = |a: &usize, b: &usize| {
            if smallest { own[*a].total_cmp(&own[*b]) } else { own[*b].total_cmp(&own[*a]) }
        };
        places.sort_by(order);
        taken.extend(places[..count].iter().map(|place| (record * own.len() + place) as u32));
    }
    take::plain(scores, taken)
}

fn first<D: Device, T: Tape<f32, D>>(
    scores: Rows<1, D, T>,
    records: usize,
    count: usize,
    smallest: bool,
) -> Result<Rows<1, D, T>, D::Err> {
    let (scores, tape) = scores.split_tape();
    let call = Call::new(scores.device(), First { count, smallest }, records).of(&scores);
    D::call(call, tape, (records * count, Const), |tape| {
        plain(scores.put_tape(tape), records, count, smallest)
    })
}

/// The `count` largest scores of each record, which has the same number of scores as all others, at least `count`.
pub fn largest_scores<D: Device, T: Tape<f32, D>>(
    scores: Rows<1, D, T>,
    records: usize,
    count: usize,
) -> Result<Rows<1, D, T>, D::Err> {
    first(scores, records, count, false)
}

/// The `count` smallest scores of each record, like [`largest_scores`].
pub fn smallest_scores<D: Device, T: Tape<f32, D>>(
    scores: Rows<1, D, T>,
    records: usize,
    count: usize,
) -> Result<Rows<1, D, T>, D::Err> {
    first(scores, records, count, true)
}

/// The query of each of `count` scores of each record.
pub fn query_index(records: usize, count: usize) -> Vec<u32> {
    (0..records as u32).flat_map(|record| std::iter::repeat_n(record, count)).collect()
}
