//! Rounds of a search: all trials once, or successive halving (Jamieson & Talwalkar 2016).

/// Trials that are trained to a total number of epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Round {
    /// Number of trials: the best of the round before.
    pub(super) trials: usize,
    /// Total number of epochs, instead of the spec's.
    pub(super) epochs: Option<usize>,
}

/// One round of all trials.
pub(super) fn once(trials: usize, epochs: Option<usize>) -> Vec<Round> {
    vec![Round { trials, epochs }]
}

/// Rounds in which one trial of `eta` goes on, with `eta` times the epochs, up to `epochs`. As many as the trials and epochs
/// allow. `None` if this is only one.
pub(super) fn halving(trials: usize, epochs: usize, eta: usize) -> Option<Vec<Round>> {
    let powers = std::iter::successors(Some(1_usize), |power| power.checked_mul(eta));
    let powers: Vec<usize> = powers.take_while(|power| *power <= trials.min(epochs)).collect();
    if powers.len() < 2 {
        return None;
    }
    let rounds = powers.iter().zip(powers.iter().rev());
    Some(
        rounds
            .map(|(fewer, shorter)| Round { trials: trials / fewer, epochs: Some(epochs / shorter) })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(trials: usize, epochs: usize, eta: usize) -> Vec<(usize, usize)> {
        let rounds = halving(trials, epochs, eta).unwrap_or_default();
        rounds.into_iter().map(|round| (round.trials, round.epochs.unwrap())).collect()
    }

    #[test]
    fn a_third_goes_on_with_three_times_the_epochs() {
        assert_eq!(shown(27, 27, 3), [(27, 1), (9, 3), (3, 9), (1, 27)]);
        assert_eq!(shown(20, 30, 3), [(20, 3), (6, 10), (2, 30)]);
        assert_eq!(shown(8, 100, 2), [(8, 12), (4, 25), (2, 50), (1, 100)]);
        assert_eq!(shown(100, 4, 2), [(100, 1), (50, 2), (25, 4)]);
    }

    #[test]
    fn few_trials_or_epochs_make_one_round() {
        assert_eq!(halving(20, 2, 3), None);
        assert_eq!(halving(2, 20, 3), None);
    }
}
