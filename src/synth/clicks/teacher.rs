//! Distribution of impressions, and the factorization machine that determines clicks.

use std::fmt::Write;

use crate::synth::{
    draws::{Draws, Purpose, running_sums},
    factorization::{Effect, Factorization, deviation_of_pairs},
    truth::Outcome,
};

/// Number of numeric columns, and number of distinct keys of each key column.
const NUMBERS: usize = 13;
const KEYS: [usize; 26] =
    [30, 60, 100, 90, 20, 8, 80, 25, 3, 80, 60, 100, 50, 15, 60, 90, 9, 40, 30, 4, 100, 8, 12, 60, 20, 50];

/// One of this number of values is missing in every third column.
const MISSING: usize = 3;

/// Planted logit: `OFFSET + FIRST * (first-order terms) + SECOND * (products of pairs)`; both parts have
/// standard deviation 1.
const OFFSET: f64 = -1.5;
const FIRST: f64 = 1.3;
const SECOND: f64 = 0.9;

/// Planted model.
#[derive(Debug)]
pub(super) struct Teacher {
    /// Effect of a number whose logarithm is one standard deviation above its mean.
    numbers: Vec<Effect>,
    /// Effects of the keys of each column.
    keys: Vec<Vec<Effect>>,
    /// Cumulative frequencies of the keys of each column.
    frequencies: Vec<Vec<f64>>,
}

impl Teacher {
    pub(super) fn draw(seed: u64) -> Self {
        let key =
            |column: usize, key: usize| Effect::draw(Draws::new(seed, Purpose::Key, column << 32 | key));
        Teacher {
            numbers: (0..NUMBERS)
                .map(|column| Effect::draw(Draws::new(seed, Purpose::Number, column)))
                .collect(),
            keys: (0..KEYS.len())
                .map(|column| (0..KEYS[column]).map(|at| key(column, at)).collect())
                .collect(),
            frequencies: KEYS
                .map(|count| running_sums((0..count).map(|at| 1.0 / (at as f64 + 3.0))))
                .to_vec(),
        }
    }

    /// Generates a line of the file, and its outcome.
    pub(super) fn row(&self, seed: u64, number: usize) -> (String, Outcome) {
        let mut draws = Draws::new(seed, Purpose::Row, number);
        let (mut fields, mut effects_of_row) = (String::new(), Factorization::default());
        for (column, effect) in self.numbers.iter().enumerate() {
            fields.push('\t');
            let (missing, deviation) = (draws.below(MISSING) == 0, draws.normal());
            if column % 3 == 0 && missing {
                continue;
            }
            // Writing to a string cannot fail.
            let _ = write!(fields, "{}", (1.0 + column as f64 / 3.0 + deviation).exp().round());
            effects_of_row.add(effect, deviation);
        }
        for (column, (effects, frequencies)) in self.keys.iter().zip(&self.frequencies).enumerate() {
            fields.push('\t');
            let (missing, key) = (draws.below(MISSING) == 0, draws.weighted(frequencies));
            if column % 3 == 0 && missing {
                continue;
            }
            let _ =
                write!(fields, "{:08x}", Draws::new(seed, Purpose::Key, column << 32 | key).bits() as u32);
            effects_of_row.add(&effects[key], 1.0);
        }
        let probability = 1.0 / (1.0 + (-logit(&effects_of_row)).exp());
        let clicked = draws.uniform() < probability;
        (format!("{}{fields}\n", u8::from(clicked)), (probability, clicked))
    }
}

/// Planted logit of the effects of a row.
fn logit(effects: &Factorization) -> f64 {
    let fields = NUMBERS + KEYS.len();
    OFFSET
        + FIRST * effects.first / (fields as f64).sqrt()
        + SECOND * effects.pairs() / deviation_of_pairs(fields)
}
