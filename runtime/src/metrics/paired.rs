//! Paired bootstrap test of two values of a metric.

use super::bootstrap::interval;

/// Result of a paired test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedTest {
    /// 95% interval of the difference.
    pub interval: (f64, f64),
    /// Two-sided p-value: a difference of 0 is refused at levels from this one.
    pub p: f64,
}

/// Tests whether two statistics differ, given their values over the same resamples. The p-value is twice the smaller share
/// of resamples on either side of 0, with 1 added to both counts of the share. Resamples for which one is undefined do not
/// count. `None` if fewer than 9 of 10 do. Efron & Tibshirani, "An introduction to the bootstrap", 1993; Davison & Hinkley,
/// "Bootstrap methods and their application", 1997.
pub fn paired_test(a: &[Option<f64>], b: &[Option<f64>]) -> Option<PairedTest> {
    let differences: Vec<Option<f64>> = a.iter().zip(b).map(|(a, b)| Some((*a)? - (*b)?)).collect();
    let interval = interval(&differences)?;
    let count =
        |is_counted: fn(&f64) -> bool| differences.iter().flatten().filter(|it| is_counted(it)).count();
    let least = count(|&difference| difference <= 0.0).min(count(|&difference| difference >= 0.0));
    let p = 2.0 * (1 + least) as f64 / (1 + count(|_| true)) as f64;
    Some(PairedTest { interval, p: p.min(1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Statistic, mean, resampled};
    use crate::rng::Stream;

    /// Means of two values of units: those of a normal distribution that both share, with small noise of their own, and a
    /// difference between them.
    fn means(difference: f64) -> [Vec<Option<f64>>; 2] {
        const UNITS: u64 = 500;
        let values = |own: &str, shift| -> Statistic<'static> {
            let [shared, own] = ["shared", own].map(|purpose| Stream::new(1, purpose));
            let value = |at| f64::from(shared.normal(at)) + 0.1 * f64::from(own.normal(at)) + shift;
            mean((0..UNITS).map(|at| (value(at), 1.0)).collect())
        };
        let found = resampled(UNITS as usize, &[values("a", difference), values("b", 0.0)], || ());
        found.try_into().unwrap()
    }

    #[test]
    fn pairs_are_compared_more_precisely_than_intervals() {
        let [a, b] = means(0.05);
        let test = paired_test(&a, &b).unwrap();
        let (low, high) = test.interval;
        assert!(low < 0.05 && 0.05 < high && low > 0.0, "{test:?}");
        assert_eq!(test.p, 2.0 / 1001.0);
        // The difference of the means has a standard error of 0.1 sqrt(2 / 500), not of sqrt(2 / 500).
        assert!((high - low - 2.0 * 1.96 * 0.1 * (2.0f64 / 500.0).sqrt()).abs() < 0.003, "{test:?}");
        let [of_a, of_b] = [interval(&a).unwrap(), interval(&b).unwrap()];
        assert!(of_a.0 < of_b.1, "the intervals overlap: {of_a:?} {of_b:?}");
        let unpaired: Vec<_> = b.iter().rev().copied().collect();
        let (low, high) = paired_test(&a, &unpaired).unwrap().interval;
        assert!(high - low > 5.0 * (test.interval.1 - test.interval.0), "{low} {high}");
    }

    #[test]
    fn equal_statistics_do_not_differ() {
        let [a, b] = means(0.0);
        assert_eq!(paired_test(&a, &a), Some(PairedTest { interval: (0.0, 0.0), p: 1.0 }));
        let [forth, back] = [paired_test(&a, &b).unwrap(), paired_test(&b, &a).unwrap()];
        assert!(forth.p > 0.05 && forth.interval.0 < 0.0 && forth.interval.1 > 0.0, "{forth:?}");
        assert_eq!(forth.p, back.p);
    }

    #[test]
    fn undefined_resamples_do_not_count() {
        let [mut a, b] = means(0.05);
        a[..100].fill(None);
        assert_eq!(paired_test(&a, &b).unwrap().p, 2.0 / 901.0);
        a[100] = None;
        assert_eq!(paired_test(&a, &b), None);
        assert_eq!(paired_test(&[], &[]), None);
    }
}
