//! Sparse optimizer: updates only the rows of a batch. Threads divide the rows of each table.

use super::Embedding;
use crate::huge_pages::zeros;
use crate::ops::{common_widths, share, vectorized};
use crate::optim::{OptimizerSpec, UpdateRule, penalized};
use crate::precision::{Number, NumbersMut, RowMemory, each_precision};
use crate::rng::Stream;

/// Maximum number of parts of a table.
const PARTS: usize = 8;

/// Number of updated floats from which threads divide the tables. Each part of a table has at least as many.
const WORTH_SHARING: usize = 1 << 13;

/// Rows from which the bounds of the parts are chosen.
const SAMPLE: usize = 64;

/// Optimizer state of a table; empty before the first step.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) step: u64,
    pub(super) first: Vec<f32>,
    pub(super) second: Vec<f32>,
}

/// Gradients of rows of a table.
#[derive(Debug)]
pub struct RowUpdate<'a> {
    /// The table.
    pub(super) table: &'a mut Embedding,
    /// Distinct rows.
    pub(super) rows: &'a [u32],
    /// Their gradients.
    pub(super) gradient: Vec<f32>,
}

/// Updates rows of tables. `optimizer` is the model's; a table's own takes precedence. `rate_factor` is a factor of
/// the learning rate.
pub fn update_rows(mut updates: Vec<RowUpdate<'_>>, optimizer: &OptimizerSpec, rate_factor: f64) {
    let floats: usize = updates.iter().map(|update| update.gradient.len()).sum();
    let mut parts: Vec<Part<'_>> =
        updates.iter_mut().flat_map(|update| update.parts(optimizer, rate_factor)).collect();
    match floats >= WORTH_SHARING {
        true => share(&mut parts, Part::update),
        false => parts.iter_mut().for_each(Part::update),
    }
}

impl RowUpdate<'_> {
    /// The gradients of the rows.
    pub(crate) fn gradient_mut(&mut self) -> &mut [f32] {
        &mut self.gradient
    }

    fn parts(&mut self, optimizer: &OptimizerSpec, rate_factor: f64) -> Vec<Part<'_>> {
        let Self { table, rows, gradient } = self;
        if table.frozen || rows.is_empty() {
            return Vec::new();
        }
        let rule = UpdateRule::of(table.optimizer.unwrap_or(*optimizer));
        table.state.step += 1;
        table.unseen.take();
        let width = table.width;
        let widths = rule.state(width);
        let [first_width, second_width] = widths;
        if table.state.first.len() != table.rows * first_width {
            table.state.first = zeros(table.rows * first_width);
            table.state.first.fill(rule.initial());
        }
        if table.state.second.len() != table.rows * second_width {
            table.state.second = zeros(table.rows * second_width);
        }
        let (rule, l2) = (rule.at(table.state.step, rate_factor), table.l2);
        let bounds = bounds(rows, (gradient.len() / WORTH_SHARING).min(PARTS));
        let rounding = table.rounding.part(table.state.step);
        let (mut values, mut first, mut second) =
            (table.values.to_mut(), &mut table.state.first[..], &mut table.state.second[..]);
        let mut parts = Vec::with_capacity(bounds.len() + 1);
        let mut start = 0;
        for end in bounds.into_iter().chain([table.rows]) {
            let count = end - start;
            parts.push(Part {
                values: values.split_off(count * width),
                change: Change {
                    rule,
                    l2,
                    width,
                    widths,
                    start,
                    end,
                    first: first.split_off_mut(..count * first_width).unwrap_or_default(),
                    second: second.split_off_mut(..count * second_width).unwrap_or_default(),
                    rounding,
                    rows,
                    gradient,
                },
            });
            start = end;
        }
        parts
    }
}

/// Rows between parts of a table, ascending and distinct: parts have about as many of the given rows each.
fn bounds(rows: &[u32], parts: usize) -> Vec<usize> {
    let mut sample: Vec<usize> =
        rows.iter().step_by(rows.len().div_ceil(SAMPLE)).map(|&row| row as usize).collect();
    sample.sort_unstable();
    let mut bounds: Vec<usize> = (1..parts).map(|part| sample[part * sample.len() / parts]).collect();
    bounds.dedup();
    bounds.retain(|&bound| bound > 0);
    bounds
}

/// Rows of a table, and their change.
struct Part<'a> {
    values: NumbersMut<'a>,
    change: Change<'a>,
}

/// Change of the rows `start..end` of a table by those of the batch.
struct Change<'a> {
    rule: UpdateRule,
    l2: f32,
    width: usize,
    /// Floats of the first and second state of a row.
    widths: [usize; 2],
    start: usize,
    end: usize,
    first: &'a mut [f32],
    second: &'a mut [f32],
    /// Random bits of this step.
    rounding: Stream,
    rows: &'a [u32],
    gradient: &'a [f32],
}

impl Part<'_> {
    fn update(&mut self) {
        each_precision!(NumbersMut, &mut self.values, values => self.change.apply(values));
    }
}

impl Change<'_> {
    fn apply<N: Number>(&mut self, values: &mut [N]) {
        let (width, l2, rule, rounding) = (self.width, self.l2, self.rule, self.rounding);
        let [first_width, second_width] = self.widths;
        let mut sums = vec![0.0; width];
        let mut memory = RowMemory::new::<N>(width);
        common_widths!(width => vectorized(
            #[inline(always)]
            || {
                for (&row, gradient) in self.rows.iter().zip(self.gradient.chunks_exact(width)) {
                    let row = row as usize;
                    if row < self.start || row >= self.end {
                        continue;
                    }
                    let random = rounding.part(row as u64);
                    let row = row - self.start;
                    let values = &mut values[row * width..(row + 1) * width];
                    let first = &mut self.first[row * first_width..(row + 1) * first_width];
                    let second = &mut self.second[row * second_width..(row + 1) * second_width];
                    N::change(values, &mut memory, random, #[inline(always)] |weights| {
                        if l2 == 0.0 {
                            rule.apply(weights, gradient, first, second);
                        } else {
                            let terms = sums.iter_mut().zip(gradient.iter().zip(&*weights));
                            terms.for_each(|(sum, (g, w))| *sum = penalized(*g, l2, *w));
                            rule.apply(weights, &sums, first, second);
                        }
                    });
                }
            },
        ));
    }
}

#[cfg(test)]
mod tests {
    use turret_schema::Precision;

    use super::*;
    use crate::table::Initializer;

    /// Rows of a table after two updates, one row at a time or all together.
    fn updated(precision: Precision, l2: f32, rows: &[u32], at_once: bool) -> (Vec<f32>, Vec<f32>) {
        const WIDTH: usize = 16;
        let table = Embedding::of_precision(precision, "movie", 3000, WIDTH, Initializer::default(), 5);
        let mut table = table.l2(l2);
        let gradient: Vec<f32> =
            (0..(rows.len() * WIDTH) as u64).map(|at| Stream::new(1, "g").normal(at)).collect();
        let optimizer = OptimizerSpec::Adagrad { lr: 0.1, initial_accumulator: 0.1, epsilon: 1e-8 };
        for step in 0..2 {
            let size = if at_once { rows.len() } else { 1 };
            for (rows, gradient) in rows.chunks(size).zip(gradient.chunks(size * WIDTH)) {
                let gradient = gradient.to_vec();
                table.state.step = step;
                update_rows(vec![RowUpdate { table: &mut table, rows, gradient }], &optimizer, 1.0);
            }
        }
        (table.values().into_owned(), table.state.first)
    }

    #[test]
    fn a_divided_table_has_the_values_of_an_undivided_one() {
        let spread: Vec<u32> = (0..1000).map(|row| row * 3).collect();
        let few: Vec<u32> = (0..700).chain([2999]).rev().collect();
        for rows in [spread, few] {
            assert!(!bounds(&rows, PARTS).is_empty());
            for l2 in [0.0, 0.01] {
                for (_, precision) in Precision::WORDS {
                    assert!(updated(precision, l2, &rows, true) == updated(precision, l2, &rows, false));
                }
            }
        }
    }

    #[test]
    fn bounds_are_rows_between_parts() {
        assert_eq!(bounds(&[0; 1], PARTS), [0usize; 0]);
        let bounds = bounds(&(0..800).collect::<Vec<u32>>(), PARTS);
        assert!(bounds.len() == PARTS - 1 && bounds.is_sorted() && bounds[0] > 0);
    }
}
