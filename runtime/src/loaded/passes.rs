//! Inference from several threads, each with memory of an earlier pass.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ops::PassState;

/// Memory of passes that have ended. Results do not depend on it.
#[derive(Debug, Default)]
pub(super) struct Passes(Mutex<Vec<PassState>>);

impl Passes {
    /// Calls `run` with the state of a pass without gradients.
    pub(super) fn with<R>(&self, run: impl FnOnce(&mut PassState) -> R) -> R {
        let mut pass = self.free().pop().unwrap_or_else(PassState::inference);
        let result = run(&mut pass);
        self.free().push(pass);
        result
    }

    fn free(&self) -> MutexGuard<'_, Vec<PassState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_that_has_ended_is_used_again_and_one_that_runs_is_not() {
        let passes = Passes::default();
        passes.with(|outer| {
            outer.step = 1;
            passes.with(|inner| {
                assert_eq!(inner.step, 0);
                inner.step = 2;
            });
        });
        let steps = || passes.free().iter().map(|pass| pass.step).collect::<Vec<_>>();
        assert_eq!(steps(), [2, 1]);
        passes.with(|pass| assert_eq!(pass.step, 1));
        assert_eq!(steps(), [2, 1]);
    }
}
