//! Optimizers and their settings.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// Learning rates.
const RATE: RangeInclusive<f64> = f64::MIN_POSITIVE..=1e3;
/// Shares that are not the whole, nor become it in 32 bits.
const SHARE: RangeInclusive<f64> = 0.0..=1.0 - f32::EPSILON as f64 / 2.0;

/// Declares the optimizers: the word of each, its constructor and usual learning rate, its other settings with their defaults and
/// ranges, the numbers of state that it keeps for a row of some width, of the first kind and of the second, and the first value of
/// the first kind. Dense weights, which have no rows, may need another.
macro_rules! optimizers {
    ($(
        $(#[$meta:meta])*
        $variant:ident $word:literal $new:ident($usual:literal) {
            $($(#[$setting_meta:meta])* $setting:ident: $default:literal in $range:expr,)*
        } keeps |$width:ident| [$first:expr, $second:expr] from $initial:expr, for dense weights |$itself:pat_param| $dense:expr;
    )*) => {
        written! {
            /// An optimizer and its settings.
            #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
            #[serde(tag = "name", rename_all = "snake_case")]
            pub enum OptimizerSpec {
                $(
                    $(#[$meta])*
                    $variant {
                        /// Learning rate.
                        lr: f32,
                        $($(#[$setting_meta])* $setting: f32,)*
                    } by $new(lr),
                )*
            }
        }

        #[allow(unused_variables, reason = "few optimizers need all of their settings for all that is asked of them")]
        impl OptimizerSpec {
            /// The optimizers by their words in the language, each with its usual settings.
            pub const WORDS: [(&'static str, Self); [$($word),*].len()] = [$(($word, Self::$new($usual))),*];

            $(
                $(#[$meta])*
                ///
                /// All settings but the learning rate are the usual ones.
                pub const fn $new(lr: f32) -> Self {
                    Self::$variant { lr $(, $setting: $default)* }
                }
            )*

            /// Learning rate.
            pub const fn lr(self) -> f32 {
                match self {
                    $(Self::$variant { lr, .. } => lr,)*
                }
            }

            /// The same optimizer with another learning rate.
            #[must_use]
            pub const fn with_lr(mut self, rate: f32) -> Self {
                match &mut self {
                    $(Self::$variant { lr, .. } => *lr = rate,)*
                }
                self
            }

            /// Settings by their names, each with its range.
            pub fn settings(&mut self) -> Vec<(&'static str, RangeInclusive<f64>, &mut f32)> {
                match self {
                    $(Self::$variant { lr $(, $setting)* } => vec![
                        ("lr", RATE, lr),
                        $((stringify!($setting), $range, $setting),)*
                    ],)*
                }
            }

            /// Numbers of state for a row of `width` weights: of the first kind, and of the second.
            pub const fn state(self, width: usize) -> [usize; 2] {
                match self {
                    $(Self::$variant { lr $(, $setting)* } => {
                        let $width = width;
                        [$first, $second]
                    })*
                }
            }

            /// First value of the first kind of state.
            pub const fn initial(self) -> f32 {
                match self {
                    $(Self::$variant { lr $(, $setting)* } => $initial,)*
                }
            }

            /// The optimizer of dense weights.
            #[must_use]
            pub const fn of_dense(self) -> Self {
                match self {
                    $(Self::$variant { lr $(, $setting)* } => {
                        let $itself = self;
                        $dense.with_lr(lr)
                    })*
                }
            }
        }
    };
}

optimizers! {
    /// Gradient descent, with momentum if it is not 0.
    Sgd "sgd" sgd(0.01) {
        /// Share of the last step that the next one keeps.
        momentum: 0.0 in SHARE,
    } keeps |width| [if momentum == 0.0 { 0 } else { width }, 0] from 0.0, for dense weights |itself| itself;

    /// Adagrad (Duchi et al. 2011), by default as in Keras.
    Adagrad "adagrad" adagrad(0.01) {
        /// Sum of squares before the first step.
        initial_accumulator: 0.1 in 0.0..=1e6,
        /// Added under the root.
        epsilon: 1e-7 in 0.0..=1.0,
    } keeps |width| [width, 0] from initial_accumulator, for dense weights |itself| itself;

    /// Adagrad with one accumulator per row of a table: the mean of the squares. Dense weights use Adagrad.
    RowWiseAdagrad "row_wise_adagrad" row_wise_adagrad(0.01) {
        /// Sum of squares before the first step.
        initial_accumulator: 0.1 in 0.0..=1e6,
        /// Added under the root.
        epsilon: 1e-7 in 0.0..=1.0,
    } keeps |width| [1, 0] from initial_accumulator, for dense weights |_| {
        Self::Adagrad { lr: 0.0, initial_accumulator, epsilon }
    };

    /// Adam (Kingma & Ba 2015), by default as in Keras; on tables, lazily: rows that a batch does not touch keep their moments.
    Adam "adam" adam(0.001) {
        /// Decay of the mean.
        beta1: 0.9 in SHARE,
        /// Decay of the mean square.
        beta2: 0.999 in SHARE,
        /// Added to the root.
        epsilon: 1e-7 in 1e-30..=1.0,
    } keeps |width| [width, width] from 0.0, for dense weights |itself| itself;

    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    AdamW "adamw" adamw(0.001) {
        /// Decay of the mean.
        beta1: 0.9 in SHARE,
        /// Decay of the mean square.
        beta2: 0.999 in SHARE,
        /// Added to the root.
        epsilon: 1e-7 in 1e-30..=1.0,
        /// Share of a weight, times the learning rate, that each step removes.
        weight_decay: 0.01 in 0.0..=1e3,
    } keeps |width| [width, width] from 0.0, for dense weights |itself| itself;

    /// RMSprop (Tieleman & Hinton 2012), by default as in Keras; the momentum, if it is not 0, is that of `sgd`.
    RmsProp "rmsprop" rmsprop(0.001) {
        /// Decay of the mean square.
        rho: 0.9 in SHARE,
        /// Share of the last step that the next one keeps.
        momentum: 0.0 in SHARE,
        /// Added under the root.
        epsilon: 1e-7 in 1e-30..=1.0,
    } keeps |width| [width, if momentum == 0.0 { 0 } else { width }] from 0.0, for dense weights |itself| itself;

    /// Adadelta (Zeiler 2012), by default as in Keras. The rate of the paper is 1.
    Adadelta "adadelta" adadelta(0.001) {
        /// Decay of the mean squares of gradients and of steps.
        rho: 0.95 in SHARE,
        /// Added under both roots.
        epsilon: 1e-7 in 1e-30..=1.0,
    } keeps |width| [width, width] from 0.0, for dense weights |itself| itself;

    /// FTRL-Proximal (McMahan et al. 2013), as in Keras.
    Ftrl "ftrl" ftrl(0.001) {
        /// Penalty of absolute values, which sets small weights to 0.
        l1: 0.0 in 0.0..=1e6,
        /// Penalty of squares.
        l2: 0.0 in 0.0..=1e6,
        /// Added to the root.
        beta: 0.0 in 0.0..=1e6,
        /// Power of the sum of squares by which the learning rate falls.
        lr_power: -0.5 in -1.0..=0.0,
        /// Sum of squares before the first step.
        initial_accumulator: 0.1 in 1e-30..=1e6,
    } keeps |width| [width, width] from initial_accumulator, for dense weights |itself| itself;

    /// LAMB (You et al. 2020), by default as in Keras: Adam with a rate for each dense tensor and each row of a table.
    Lamb "lamb" lamb(0.001) {
        /// Decay of the mean.
        beta1: 0.9 in SHARE,
        /// Decay of the mean square.
        beta2: 0.999 in SHARE,
        /// Added to the root.
        epsilon: 1e-7 in 1e-30..=1.0,
        /// Share of a weight that is added to the direction of its step.
        weight_decay: 0.0 in 0.0..=1e3,
    } keeps |width| [width, width] from 0.0, for dense weights |itself| itself;
}

#[cfg(test)]
mod tests {
    use super::OptimizerSpec;

    #[test]
    fn dense_weights_have_no_rows() {
        let of_rows =
            OptimizerSpec::RowWiseAdagrad { lr: 0.5, initial_accumulator: 0.2, epsilon: 1e-3 }.of_dense();
        assert_eq!(of_rows, OptimizerSpec::Adagrad { lr: 0.5, initial_accumulator: 0.2, epsilon: 1e-3 });
        assert_eq!((of_rows.state(3), of_rows.initial()), ([3, 0], 0.2));
        assert_eq!(OptimizerSpec::adam(0.1).of_dense(), OptimizerSpec::adam(0.1));
    }

    #[test]
    fn usual_settings_are_in_their_ranges() {
        for &(word, mut usual) in &OptimizerSpec::WORDS {
            for (name, range, setting) in usual.settings() {
                assert!(range.contains(&f64::from(*setting)), "{name} of {word}");
            }
        }
    }
}
