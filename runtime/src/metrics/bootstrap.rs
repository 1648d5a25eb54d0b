//! Bootstrap confidence intervals: variation of a metric over resamples of the users or rows.

use rayon::prelude::*;

use crate::rng::Stream;

/// Number of resamples of the test set.
pub const RESAMPLES: u64 = 1000;

/// A metric, given the multiplicity of each unit (user or row). `None` if it is undefined.
pub type Statistic<'a> = Box<dyn Fn(&[u8]) -> Option<f64> + Sync + 'a>;

/// Values of each statistic over [`RESAMPLES`] resamples of the units with replacement, none with fewer than two
/// units. The resamples depend only on the number of units, so the values of two statistics of the same units are
/// paired. `drawn` is called after each resample. Efron, "Bootstrap methods: another look at the jackknife", 1979.
pub fn resampled(
    units: usize,
    statistics: &[Statistic<'_>],
    drawn: impl Fn() + Sync,
) -> Vec<Vec<Option<f64>>> {
    let stream = Stream::new(0, "bootstrap");
    let draw = |counts: &mut Vec<u8>, resample: u64| -> Vec<Option<f64>> {
        let stream = stream.part(resample);
        counts.fill(0);
        for at in 0..units as u64 {
            let count = &mut counts[stream.below(at, units as u64) as usize];
            // A count is binomial with mean 1: above 255 with a probability below 1e-500.
            *count = count.saturating_add(1);
        }
        let values = statistics.iter().map(|statistic| statistic(counts)).collect();
        drawn();
        values
    };
    let resamples = if units < 2 { 0 } else { RESAMPLES };
    let found: Vec<Vec<_>> =
        (0..resamples).into_par_iter().map_init(|| vec![0; units], |counts, at| draw(counts, at)).collect();
    (0..statistics.len()).map(|statistic| found.iter().map(|values| values[statistic]).collect()).collect()
}

/// 95% interval of a statistic: the 2.5% and 97.5% quantiles (linear interpolation) of its values over resamples.
/// `None` if it is defined for fewer than 9 of 10 resamples.
pub fn interval(resampled: &[Option<f64>]) -> Option<(f64, f64)> {
    let mut values: Vec<f64> = resampled.iter().copied().flatten().collect();
    values.sort_unstable_by(f64::total_cmp);
    let enough = values.len() as u64 >= RESAMPLES * 9 / 10;
    enough.then(|| (quantile(&values, 0.025), quantile(&values, 0.975)))
}

/// Quantile of ascending values (at least one), interpolated as in NumPy.
fn quantile(ascending: &[f64], share: f64) -> f64 {
    let place = share * (ascending.len() - 1) as f64;
    let below = place as usize;
    let above = (below + 1).min(ascending.len() - 1);
    ascending[below] + (ascending[above] - ascending[below]) * (place - below as f64)
}

/// Mean over units, each with a sum and a count.
pub fn mean<'a>(parts: Vec<(f64, f64)>) -> Statistic<'a> {
    Box::new(move |counts| {
        let weighted = parts.iter().zip(counts).map(|(&(total, number), &count)| {
            let count = f64::from(count);
            (count * total, count * number)
        });
        let (total, number) = weighted.fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        (number > 0.0).then(|| total / number)
    })
}

/// A function of sums over units, each with its own numbers.
pub fn of_sums<'a, const N: usize>(
    parts: Vec<[f64; N]>,
    of: impl Fn([f64; N]) -> Option<f64> + Sync + 'a,
) -> Statistic<'a> {
    Box::new(move |counts| {
        let mut sums = [0.0; N];
        for (part, &count) in parts.iter().zip(counts) {
            sums.iter_mut().zip(part).for_each(|(sum, value)| *sum += f64::from(count) * value);
        }
        of(sums)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_of_a_mean_are_those_of_the_normal_distribution() {
        let stream = Stream::new(5, "sample");
        let values: Vec<f64> = (0..2000).map(|at| f64::from(stream.normal(at)) * 3.0 + 10.0).collect();
        let statistic = mean(values.iter().map(|&value| (value, 1.0)).collect());
        let value = statistic(&vec![1; values.len()]).unwrap();
        let (low, high) = interval(&resampled(values.len(), &[statistic], || ())[0]).unwrap();
        let half = 1.96 * 3.0 / (values.len() as f64).sqrt();
        assert!((low - (value - half)).abs() < 0.02 && (high - (value + half)).abs() < 0.02, "{low} {high}");
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
    }

    #[test]
    fn what_is_seldom_defined_has_no_interval() {
        let always: Statistic = Box::new(|_| Some(1.0));
        // The first of two units is absent from one of four resamples.
        let seldom: Statistic = Box::new(|counts| (counts[0] > 0).then_some(1.0));
        let intervals = |units, statistics: &[Statistic<'_>]| -> Vec<_> {
            resampled(units, statistics, || ()).iter().map(|values| interval(values)).collect()
        };
        assert_eq!(intervals(2, &[always, seldom]), [Some((1.0, 1.0)), None]);
        assert_eq!(intervals(1, &[mean(vec![(1.0, 1.0)])]), [None]);
        assert_eq!(intervals(0, &[mean(Vec::new())]), [None]);
    }
}
