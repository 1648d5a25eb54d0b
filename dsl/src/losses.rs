//! Losses by their words. A loss with several forms of its call has a rule for each: parameters, scores,
//! negatives, and the function of the runtime.

use turret_schema::Sampler;

use crate::layers::Sense;

/// One form of a call of a loss.
#[derive(Debug, PartialEq)]
pub struct Rule {
    /// Word of the language.
    pub word: &'static str,
    /// Function of the runtime that computes it.
    pub function: &'static str,
    /// Function with `weighting = sum`.
    pub summed: Option<&'static str>,
    /// Function with `calibration`, which is a setting of it.
    pub calibrated: Option<&'static str>,
    /// Function with `queue`.
    pub queued: Option<&'static str>,
    /// Kind of its operands.
    pub form: Form,
    /// Required parameters: the operands.
    pub operands: &'static [&'static str],
    /// Parameters with numeric values, passed on to the function.
    pub settings: &'static [Setting],
    /// Optional parameters.
    pub options: &'static [&'static str],
    /// Prediction of a score with a label.
    pub predicts: Predicts,
    /// True for a squared error, which has no factor 1/2.
    pub is_square: bool,
    /// Meaning of the scores.
    pub sense: Sense,
    /// Sigmoid that the loss applies.
    pub sigmoid: Sigmoid,
    /// True if candidates of other records are negatives.
    pub in_batch: bool,
    /// Negatives from the catalog.
    pub negatives: Negatives,
}

/// Kind of the operands of a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A score and a label.
    Label,
    /// The scores of a positive and a negative.
    Pair,
    /// A score of the record's candidate and of sampled candidates.
    SampledPairs,
    /// A query and candidates.
    Candidates,
}

/// Prediction of a score with a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predicts {
    /// The probability of the label 1.
    Probability,
    /// A number.
    Number,
    /// The logarithm of an expected count.
    Count,
    /// The probability of each class.
    Classes,
    /// The probability of a level above each but the last.
    Levels,
}

/// A numeric parameter of a loss.
#[derive(Debug, PartialEq)]
pub struct Setting {
    /// Name.
    pub name: &'static str,
    /// Minimum and maximum.
    pub range: (f64, f64),
    /// Default. A setting without one is required.
    pub usual: Option<f64>,
    /// Value in examples.
    pub example: f64,
    /// Message, label and help for the value 0, if nothing can be learned with it.
    pub zero: Option<[&'static str; 3]>,
}

/// Sigmoid that a loss applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sigmoid {
    /// None.
    Absent,
    /// Sigmoid of each score, which is a logit.
    OfScores,
    /// Sigmoid of the difference of two scores.
    OfDifferences,
}

/// Negatives from the catalog.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Negatives {
    /// None.
    Absent,
    /// Sampled; by this sampler unless the call names another.
    Sampled(Sampler),
    /// All candidates.
    All,
}

/// A loss of a logit and a label.
const LABEL: Rule = Rule {
    word: "",
    function: "",
    summed: None,
    calibrated: None,
    queued: None,
    form: Form::Label,
    operands: &["logit", "label"],
    settings: &[],
    options: &["where", "weight"],
    predicts: Predicts::Probability,
    is_square: false,
    sense: Sense::Open,
    sigmoid: Sigmoid::Absent,
    in_batch: false,
    negatives: Negatives::Absent,
};

/// Options of losses of a logit and a label from 0 to 1.
const BINARY_OPTIONS: &[&str] = &["label_smoothing", "where", "weight"];

/// A loss of a number and its target.
const REGRESSION: Rule = Rule { operands: &["value", "target"], predicts: Predicts::Number, ..LABEL };

/// A loss of two scores. It has the parameter `negatives` so that aliases of other systems are recognized.
const PAIR: Rule =
    Rule { form: Form::Pair, operands: &["positive", "negative"], options: &["negatives"], ..LABEL };

/// Options of losses of a score and sampled candidates.
const PAIR_OPTIONS: &[&str] = &["negatives", "sampler", "exclude_seen", "hardest", "candidates"];

/// A loss of a score and sampled candidates.
const SAMPLED_PAIRS: Rule = Rule {
    form: Form::SampledPairs,
    operands: &["score"],
    options: PAIR_OPTIONS,
    negatives: Negatives::Sampled(Sampler::Uniform),
    ..LABEL
};

/// A softmax over the candidates of the batch.
const SOFTMAX: Rule = Rule {
    function: "softmax",
    form: Form::Candidates,
    operands: &["query", "candidate"],
    options: &["temperature", "normalize", "remove_accidental_hits", "negatives", "probability", "queue"],
    in_batch: true,
    ..LABEL
};

/// Options of a softmax over sampled candidates.
const SAMPLED_SOFTMAX: &[&str] = &[
    "temperature",
    "normalize",
    "remove_accidental_hits",
    "negatives",
    "sampler",
    "unique",
    "exclude_seen",
    "subtract_log_q",
];

const MARGIN: [Setting; 1] =
    [Setting { name: "margin", range: (0.0, 1e6), usual: Some(1.0), example: 1.0, zero: None }];

const POS_WEIGHT: [Setting; 1] = [Setting {
    name: "pos_weight",
    range: (0.0, 1e6),
    usual: None,
    example: 1.2,
    zero: Some([
        "a positive with the weight 0 teaches nothing",
        "only records with the label 0 would count",
        "`pos_weight` is the weight of positives, and negatives have the weight 1: write a number above 1 for rare positives",
    ]),
}];

const FOCAL: [Setting; 2] = [
    Setting { name: "gamma", range: (0.0, 100.0), usual: Some(2.0), example: 2.0, zero: None },
    Setting { name: "pos_weight", usual: Some(1.0), ..POS_WEIGHT[0] },
];

const DELTA: [Setting; 1] =
    [Setting { name: "delta", range: (1e-9, 1e9), usual: Some(1.0), example: 1.0, zero: None }];

/// All losses. A word has at most one rule with negatives from the catalog and one without.
pub static RULES: &[Rule] = &[
    Rule { word: "bce", function: "bce", options: BINARY_OPTIONS, sigmoid: Sigmoid::OfScores, ..LABEL },
    Rule {
        word: "weighted_bce",
        function: "weighted_bce",
        settings: &POS_WEIGHT,
        options: BINARY_OPTIONS,
        sigmoid: Sigmoid::OfScores,
        ..LABEL
    },
    Rule {
        word: "bce",
        function: "sampled_bce",
        summed: Some("sampled_bce_of_rows"),
        calibrated: Some("calibrated_bce"),
        options: &[
            "negatives",
            "sampler",
            "exclude_seen",
            "hardest",
            "weighting",
            "calibration",
            "candidates",
        ],
        sense: Sense::Similarity,
        sigmoid: Sigmoid::OfScores,
        ..SAMPLED_PAIRS
    },
    Rule {
        word: "focal",
        function: "focal",
        settings: &FOCAL,
        options: BINARY_OPTIONS,
        sigmoid: Sigmoid::OfScores,
        ..LABEL
    },
    Rule { word: "mse", function: "mse", is_square: true, ..REGRESSION },
    Rule { word: "mae", function: "mae", ..REGRESSION },
    Rule { word: "huber", function: "huber", settings: &DELTA, ..REGRESSION },
    Rule {
        word: "poisson",
        function: "poisson",
        operands: &["log_rate", "target"],
        predicts: Predicts::Count,
        ..LABEL
    },
    Rule {
        word: "softmax",
        function: "class_softmax",
        operands: &["logits", "label"],
        options: &["class_weights", "label_smoothing", "where", "weight"],
        predicts: Predicts::Classes,
        ..LABEL
    },
    Rule {
        word: "ordinal",
        function: "ordinal",
        operands: &["score", "label"],
        predicts: Predicts::Levels,
        ..LABEL
    },
    Rule { word: "bpr", function: "bpr", sense: Sense::Similarity, sigmoid: Sigmoid::OfDifferences, ..PAIR },
    Rule {
        word: "bpr",
        function: "sampled_bpr",
        sense: Sense::Similarity,
        sigmoid: Sigmoid::OfDifferences,
        ..SAMPLED_PAIRS
    },
    Rule { word: "hinge", function: "hinge", settings: &MARGIN, sense: Sense::Similarity, ..PAIR },
    Rule {
        word: "hinge",
        function: "sampled_hinge",
        settings: &MARGIN,
        sense: Sense::Similarity,
        ..SAMPLED_PAIRS
    },
    Rule {
        word: "triplet",
        function: "triplet",
        operands: &["anchor", "positive", "negative"],
        settings: &MARGIN,
        sense: Sense::Distance,
        ..PAIR
    },
    Rule {
        word: "triplet",
        function: "sampled_triplet",
        operands: &["anchor", "positive"],
        settings: &MARGIN,
        sense: Sense::Distance,
        ..SAMPLED_PAIRS
    },
    Rule { word: "in_batch_softmax", queued: Some("queued_softmax"), ..SOFTMAX },
    Rule {
        word: "in_batch_softmax",
        options: SAMPLED_SOFTMAX,
        negatives: Negatives::Sampled(Sampler::Uniform),
        ..SOFTMAX
    },
    Rule {
        word: "sampled_softmax",
        options: SAMPLED_SOFTMAX,
        in_batch: false,
        negatives: Negatives::Sampled(Sampler::LogUniform),
        ..SOFTMAX
    },
    Rule {
        word: "full_softmax",
        options: &["temperature", "normalize"],
        in_batch: false,
        negatives: Negatives::All,
        ..SOFTMAX
    },
];

/// Words of all losses, without duplicates.
pub fn losses() -> Vec<&'static str> {
    let mut words: Vec<&'static str> = Vec::new();
    for rule in RULES {
        if !words.contains(&rule.word) {
            words.push(rule.word);
        }
    }
    words
}

impl Rule {
    /// Returns the form of a call with or without the argument `negatives`. A word with a single form has it
    /// in both cases; its parameters then report a missing or unknown argument.
    pub(crate) fn of(word: &str, has_negatives: bool) -> Option<&'static Self> {
        let forms = || RULES.iter().filter(|rule| rule.word == word);
        forms().find(|rule| rule.has_catalog_negatives() == has_negatives).or_else(|| forms().next())
    }

    /// Functions of the runtime that compute it.
    pub fn functions(&self) -> impl Iterator<Item = &'static str> {
        [Some(self.function), self.summed, self.calibrated, self.queued].into_iter().flatten()
    }

    /// Returns whether negatives come from the catalog.
    pub fn has_catalog_negatives(&self) -> bool {
        self.negatives != Negatives::Absent
    }

    /// Returns whether all negatives come from other records of the batch.
    pub(crate) fn needs_company(&self) -> bool {
        self.in_batch && !self.has_catalog_negatives()
    }

    /// Complete call for diagnostics, with `count` negatives.
    pub(crate) fn example(&self, count: usize) -> String {
        let mut arguments: Vec<String> = self.operands.iter().map(ToString::to_string).collect();
        let required = self.settings.iter().filter(|setting| setting.usual.is_none());
        arguments.extend(required.map(|setting| format!("{} = {}", setting.name, setting.example)));
        if let Negatives::Sampled(_) = self.negatives {
            arguments.push(format!("negatives = {count}"));
        }
        format!("{}({})", self.word, arguments.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_one_form_with_negatives_of_the_catalog_and_one_without() {
        for word in losses() {
            for sampled in [true, false] {
                let is_form = |rule: &&Rule| rule.word == word && rule.has_catalog_negatives() == sampled;
                assert!(RULES.iter().filter(is_form).count() <= 1, "{word}");
            }
        }
        let form = |word, has_negatives| Rule::of(word, has_negatives).map(|rule| rule.form);
        assert_eq!(form("bce", false), Some(Form::Label));
        assert_eq!(form("bce", true), Some(Form::SampledPairs));
        assert_eq!(form("weighted_bce", true), Some(Form::Label));
        assert_eq!(form("dense", true), None);
    }

    #[test]
    fn options_are_those_that_the_form_reads() {
        for rule in RULES {
            let samples = matches!(rule.negatives, Negatives::Sampled(_));
            assert_eq!(rule.options.contains(&"sampler"), samples, "{}", rule.word);
            assert_eq!(rule.options.contains(&"weighting"), rule.summed.is_some(), "{}", rule.word);
            assert_eq!(rule.options.contains(&"calibration"), rule.calibrated.is_some(), "{}", rule.word);
            assert_eq!(rule.options.contains(&"queue"), rule.queued.is_some(), "{}", rule.word);
            assert_eq!(rule.options.contains(&"hardest"), rule.form == Form::SampledPairs, "{}", rule.word);
            let normalizes = rule.options.contains(&"normalize");
            assert_eq!(normalizes, rule.form == Form::Candidates, "{}", rule.word);
        }
    }

    #[test]
    fn examples_name_what_a_call_needs() {
        let examples: Vec<String> = RULES.iter().map(|rule| rule.example(4)).collect();
        for example in [
            "weighted_bce(logit, label, pos_weight = 1.2)",
            "triplet(anchor, positive, negative)",
            "hinge(score, negatives = 4)",
            "full_softmax(query, candidate)",
        ] {
            assert!(examples.iter().any(|found| found == example), "{examples:?}");
        }
    }
}
