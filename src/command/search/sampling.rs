//! Trials of a search: all points of a grid, or points at random.

use std::collections::HashSet;

use turret_dsl::search::Domain;
use turret_dsl::{SearchSpace, SearchedSetting};
use turret_runtime::progress::rounded;
use turret_runtime::rng::Stream;
use turret_runtime::serde::{Deserialize, Serialize};

/// Strategy of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(crate = "turret_runtime::serde", rename_all = "snake_case")]
pub(super) enum Strategy {
    /// All combinations of the choices.
    Grid,
    /// Combinations at random.
    Random,
    /// Combinations at random with few epochs, the best of which go on with more (successive halving).
    Halving,
}

/// Values of a trial: the name of each searched setting, and its value as written in a spec.
pub(super) type Values = Vec<(String, String)>;

/// Number of trials by default.
const TRIALS: usize = 20;
/// Largest grid.
const MOST: u64 = 10_000;
/// Points drawn in a row that are trials already, after which there are hardly others.
const REPEATED: u64 = 10_000;

/// Chooses the strategy that is not given: a grid, if it has at most the given number of points.
pub(super) fn strategy(space: &SearchSpace, trials: Option<usize>) -> Strategy {
    let most = trials.unwrap_or(TRIALS) as u64;
    if points(space).is_ok_and(|points| points <= most) { Strategy::Grid } else { Strategy::Random }
}

/// Returns the values of all trials. The error says why there are none.
pub(super) fn trials(
    space: &SearchSpace,
    by: Strategy,
    trials: Option<usize>,
    seed: u64,
) -> Result<Vec<Values>, String> {
    if by != Strategy::Grid {
        return Ok(random(space, trials.unwrap_or(TRIALS), seed));
    }
    let points = points(space).map_err(|ranged| {
        format!(
            "a grid needs choices, and `{}` is searched in a range: write choices, such as `search(0.001, 0.01)`, or `--by random`",
            ranged.name
        )
    })?;
    if points > trials.map_or(MOST, |trials| trials as u64) {
        return Err(format!(
            "the grid has {} points, more than `--trials`: try some of them with `--by random`",
            rounded(points as f64)
        ));
    }
    Ok(grid(space))
}

/// Number of points of a space. The error is the first setting whose values are not counted.
fn points(space: &SearchSpace) -> Result<u64, &SearchedSetting> {
    space
        .settings
        .iter()
        .try_fold(1_u64, |points, setting| Ok(points.saturating_mul(setting.domain.count().ok_or(setting)?)))
}

/// All points, of which the last setting changes first.
fn grid(space: &SearchSpace) -> Vec<Values> {
    let mut points = vec![Values::new()];
    for SearchedSetting { name, domain, .. } in &space.settings {
        let values = match domain {
            Domain::Choices(choices) => choices.clone(),
            Domain::Integers { low, high } => (*low..=*high).map(|value| value.to_string()).collect(),
            // They have no points.
            Domain::Uniform { .. } | Domain::Log { .. } => Vec::new(),
        };
        let extended = |point: &Values| {
            let with = |value: &String| [point.as_slice(), &[(name.clone(), value.clone())]].concat();
            values.iter().map(with).collect::<Vec<_>>()
        };
        points = points.iter().flat_map(extended).collect();
    }
    points
}

/// Different points at random, at most `count`.
fn random(space: &SearchSpace, count: usize, seed: u64) -> Vec<Values> {
    let stream = Stream::new(seed, "search");
    let count = points(space).map_or(count, |points| points.min(count as u64) as usize);
    let (mut known, mut trials, mut repeated) = (HashSet::new(), Vec::new(), 0);
    for draw in 0.. {
        if trials.len() >= count || repeated >= REPEATED {
            break;
        }
        let stream = stream.part(draw);
        let value = |(at, setting): (usize, &SearchedSetting)| {
            (setting.name.clone(), value(&setting.domain, &stream, at as u64))
        };
        let values: Values = space.settings.iter().enumerate().map(value).collect();
        if known.insert(values.clone()) {
            trials.push(values);
            repeated = 0;
        } else {
            repeated += 1;
        }
    }
    trials
}

/// A value of a domain, drawn by the number of a stream.
fn value(domain: &Domain, stream: &Stream, counter: u64) -> String {
    let share = (stream.bits(counter) >> 11) as f64 / (1_u64 << 53) as f64;
    match domain {
        Domain::Choices(choices) => {
            choices.get(stream.below(counter, choices.len() as u64) as usize).cloned().unwrap_or_default()
        }
        Domain::Integers { low, high } => (low + stream.below(counter, high - low + 1)).to_string(),
        Domain::Uniform { low, high } => {
            // A thousandth of the range, so that values are short.
            let digits = 3 - (high - low).log10().floor() as i32;
            short(low + share * (high - low), digits, *low, *high)
        }
        Domain::Log { low, high } => {
            let number = (low.ln() + share * (high.ln() - low.ln())).exp();
            short(number, 2 - number.log10().floor() as i32, *low, *high)
        }
    }
}

/// A number with some digits after the point, or zeros before it if these are negative, within bounds.
fn short(number: f64, digits: i32, low: f64, high: f64) -> String {
    let rounded = match usize::try_from(digits) {
        Ok(digits) => format!("{number:.digits$}").parse().unwrap_or(number),
        Err(_) => (number / 10_f64.powi(-digits)).round() * 10_f64.powi(-digits),
    };
    rounded.clamp(low, high).to_string()
}

#[cfg(test)]
mod tests {
    use turret_dsl::Compiler;

    use super::*;

    fn space(searches: &str) -> SearchSpace {
        let text = format!(
            "model M {{ {searches}
            input {{ x: float, y: label }} tower t {{ dense(x, width) |> dense(1) }} objective bce(t, y)
            train {{ optimizer = adam(lr = rate) }} }}"
        );
        Compiler::new("m.dm", &text).space().unwrap()
    }

    #[test]
    fn a_grid_has_every_combination_once() {
        let space = space("const width = search(8, 16, 32)  const rate = search(0.1, 0.01)");
        assert_eq!(strategy(&space, None), Strategy::Grid);
        assert_eq!(strategy(&space, Some(5)), Strategy::Random);
        let found = trials(&space, Strategy::Grid, None, 1).unwrap();
        let shown: Vec<String> = found.iter().map(|point| format!("{} {}", point[0].1, point[1].1)).collect();
        assert_eq!(shown, ["8 0.1", "8 0.01", "16 0.1", "16 0.01", "32 0.1", "32 0.01"]);
        assert!(trials(&space, Strategy::Grid, Some(5), 1).unwrap_err().contains("6 points"));
    }

    #[test]
    fn a_range_is_no_grid() {
        let space = space("const width = search(8, 16)  const rate = search(log(1e-4, 1e-1))");
        assert_eq!(strategy(&space, Some(1000)), Strategy::Random);
        assert!(
            trials(&space, Strategy::Grid, None, 1).unwrap_err().contains("`rate` is searched in a range")
        );
    }

    #[test]
    fn draws_depend_on_the_seed_and_on_their_number_alone() {
        let space = space("const width = search(integers(1, 40))  const rate = search(log(1e-4, 1e-1))");
        let few = trials(&space, Strategy::Random, Some(5), 7).unwrap();
        let many = trials(&space, Strategy::Halving, Some(300), 7).unwrap();
        assert_eq!(few, many[..5]);
        assert_ne!(few, trials(&space, Strategy::Random, Some(5), 8).unwrap());
        let rates: Vec<f64> = many.iter().map(|point| point[1].1.parse().unwrap()).collect();
        assert!(rates.iter().all(|rate| (1e-4..=1e-1).contains(rate)));
        // As many in each decade.
        for decade in [1e-4, 1e-3, 1e-2] {
            let share = rates.iter().filter(|&&rate| rate >= decade && rate < 10.0 * decade).count();
            assert!((70..130).contains(&share), "{share} from {decade}");
        }
        assert!(many.iter().all(|point| point[1].1.len() <= 8), "{many:?}");
        let widths: HashSet<&str> = many.iter().map(|point| point[0].1.as_str()).collect();
        assert_eq!(widths.len(), 40);
    }

    #[test]
    fn a_small_space_is_tried_once() {
        let space = space("const width = search(8, 16)  const rate = search(0.1, 0.2, 0.3)");
        let found = trials(&space, Strategy::Random, Some(50), 3).unwrap();
        assert_eq!(found.iter().collect::<HashSet<_>>().len(), 6);
        assert_eq!(found.len(), 6);
    }

    #[test]
    fn numbers_are_short_and_stay_in_their_range() {
        assert_eq!(short(0.123_456, 3, 0.0, 1.0), "0.123");
        assert_eq!(short(123_456.0, -3, 0.0, 1e6), "123000");
        assert_eq!(short(0.999_99, 3, 0.1, 0.9995), "0.9995");
        assert_eq!(short(-0.126, 2, -0.5, 0.5), "-0.13");
    }
}
