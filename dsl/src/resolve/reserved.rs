//! Words that are values of the language. A constant cannot have such a name, because it would replace the
//! word everywhere.

use super::data::POLICIES;
use super::floats::{self, TRANSFORMS};
use super::history::{EXAMPLES, SAME_TIME};
use super::keys::{KEYS, OOV};
use super::kinds::{KEEPS, MISSING_BAGS, MISSING_BUCKETS, MISSING_IDS, MISSING_VECTORS, PADS};
use super::metrics::CANDIDATES;
use super::schedules::SCHEDULES;
use super::sources::{DATE_ORDERS, ENCODINGS};
use super::splits::SPLITS;
use super::{KINDS, METRICS, OPTIMIZERS, SAMPLERS};
use crate::arguments::words_of;
use crate::forms::Form;
use crate::initializers::INITIALIZERS;
use crate::layers::{ACTIVATIONS, LAYERS, NORMS};
use crate::losses::losses;
use crate::model::Precision;

/// Words of flags and of numbers.
const LITERALS: [&str; 3] = ["true", "false", "inf"];

/// Words of settings and policies. `row` and `user`, of `query`, and `batch` and `layer`, of `norm`, are left to
/// constants.
const SETTINGS: [&[&str]; 18] = [
    &LITERALS,
    &words_of(&ACTIVATIONS),
    &words_of(&ENCODINGS),
    &words_of(&DATE_ORDERS),
    &words_of(&EXAMPLES),
    &words_of(&KEEPS),
    &words_of(&MISSING_BAGS),
    &words_of(&MISSING_BUCKETS),
    &words_of(&MISSING_IDS),
    &words_of(&MISSING_VECTORS),
    &words_of(&NORMS),
    &words_of(&OOV),
    &words_of(&PADS),
    &words_of(&POLICIES),
    &words_of(&Precision::WORDS),
    &words_of(&SAME_TIME),
    &SAMPLERS,
    &words_of(&TRANSFORMS),
];

/// Returns the meaning of a word that is a value of the language.
pub fn meaning(word: &str) -> Option<&'static str> {
    Some(match word {
        _ if KINDS.contains(&word) => "a kind of column",
        _ if LAYERS.iter().any(|layer| layer.name() == word) => "a layer",
        _ if losses().contains(&word) => "an objective",
        _ if METRICS.contains(&word) => "a metric",
        _ if OPTIMIZERS.contains(&word) => "an optimizer",
        _ if SETTINGS.iter().any(|words| words.contains(&word)) => "a word of the language",
        _ if words_of(&floats::MISSING).contains(&word) => "a word of the language",
        _ if stands(&CANDIDATES, word)
            || stands(&INITIALIZERS, word)
            || stands(&KEYS, word)
            || stands(&SCHEDULES, word)
            || stands(&SPLITS, word) =>
        {
            "a word of the language"
        }
        _ => return None,
    })
}

/// Returns whether a word alone is a value of a family.
fn stands<T, C>(forms: &[Form<T, C>], word: &str) -> bool {
    forms.iter().any(|form| form.word == word && form.is_word())
}
