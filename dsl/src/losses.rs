//! Objectives by their words in the language. A row holds the knowledge that the stages have of one: its settings, the scores that it
//! takes, and the function of the runtime that computes it.

use turret_schema::Sampler;

use crate::layers::Sense;

/// A number that a loss is called with.
#[derive(Debug, PartialEq)]
pub struct Setting {
    /// Name.
    pub name: &'static str,
    /// Smallest and largest number.
    pub range: (f64, f64),
    /// Number of a call that does not give it. A setting without one is required.
    pub usual: Option<f64>,
    /// Number in examples of a call.
    pub example: f64,
    /// Message, label and help for the number 0, if it teaches nothing.
    pub zero: Option<[&'static str; 3]>,
}

/// Sigmoid that a loss of pairs applies itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sigmoid {
    /// None.
    Absent,
    /// Of each score, which is a logit.
    OfScores,
    /// Of the difference of the two scores.
    OfDifferences,
}

/// A loss of a score and a label.
#[derive(Debug, PartialEq)]
pub struct PointwiseRule {
    /// Word of the language, and name of the function of the runtime.
    pub word: &'static str,
    /// Name of the score in calls and messages.
    pub score: &'static str,
    /// Settings.
    pub settings: &'static [Setting],
    /// True if it applies the sigmoid to the score itself.
    pub takes_logits: bool,
}

/// A loss of the score of a positive and that of a negative.
#[derive(Debug, PartialEq)]
pub struct PairRule {
    /// Word of the language.
    pub word: &'static str,
    /// Function of the runtime for pairs of scores; `sampled_` and this for sampled candidates.
    pub function: &'static str,
    /// True if both scores are given too, and negatives need not be sampled.
    pub takes_pairs: bool,
    /// True if it takes vectors, and compares their distances to an anchor.
    pub has_anchor: bool,
    /// Settings.
    pub settings: &'static [Setting],
    /// Meaning of the scores that it takes.
    pub sense: Sense,
    /// Sigmoid that it applies.
    pub sigmoid: Sigmoid,
}

/// A softmax over candidates.
#[derive(Debug, PartialEq)]
pub struct SoftmaxRule {
    /// Word of the language.
    pub word: &'static str,
    /// True where the candidates of the other records are negatives.
    pub in_batch: bool,
    /// Candidates of the catalog that are negatives.
    pub negatives: SoftmaxNegatives,
}

/// Candidates of the catalog that a softmax takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SoftmaxNegatives {
    /// None, or some of this sampler, if a call asks for them.
    Optional(Sampler),
    /// Some, of this sampler unless a call names another.
    Sampled(Sampler),
    /// All.
    All,
}

/// Losses of scores and labels.
pub static POINTWISE: [PointwiseRule; 2] = [
    PointwiseRule { word: "bce", score: "logit", settings: &[], takes_logits: true },
    PointwiseRule {
        word: "weighted_bce",
        score: "logit",
        settings: &[Setting {
            name: "pos_weight",
            range: (0.0, 1e6),
            usual: None,
            example: 1.2,
            zero: Some([
                "a positive with the weight 0 teaches nothing",
                "only records with the label 0 would count",
                "`pos_weight` is the weight of positives, and negatives have the weight 1: write a number above 1 for rare positives",
            ]),
        }],
        takes_logits: true,
    },
];

/// Margin by which a negative must be farther away than the positive.
const MARGIN: [Setting; 1] =
    [Setting { name: "margin", range: (0.0, 1e6), usual: Some(1.0), example: 1.0, zero: None }];

/// Losses of pairs of scores.
pub static PAIRS: [PairRule; 4] = [
    PairRule {
        word: "bpr",
        function: "bpr",
        takes_pairs: true,
        has_anchor: false,
        settings: &[],
        sense: Sense::Similarity,
        sigmoid: Sigmoid::OfDifferences,
    },
    PairRule {
        word: "hinge",
        function: "hinge",
        takes_pairs: true,
        has_anchor: false,
        settings: &MARGIN,
        sense: Sense::Distance,
        sigmoid: Sigmoid::Absent,
    },
    PairRule {
        word: "triplet",
        function: "hinge",
        takes_pairs: true,
        has_anchor: true,
        settings: &MARGIN,
        sense: Sense::Distance,
        sigmoid: Sigmoid::Absent,
    },
    PairRule {
        word: "bce",
        function: "bce",
        takes_pairs: false,
        has_anchor: false,
        settings: &[],
        sense: Sense::Similarity,
        sigmoid: Sigmoid::OfScores,
    },
];

/// Losses of queries and candidates.
pub static SOFTMAXES: [SoftmaxRule; 3] = [
    SoftmaxRule {
        word: "in_batch_softmax",
        in_batch: true,
        negatives: SoftmaxNegatives::Optional(Sampler::Uniform),
    },
    SoftmaxRule {
        word: "sampled_softmax",
        in_batch: false,
        negatives: SoftmaxNegatives::Sampled(Sampler::LogUniform),
    },
    SoftmaxRule { word: "full_softmax", in_batch: false, negatives: SoftmaxNegatives::All },
];

/// A row of one of the tables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// A score and a label.
    Pointwise(&'static PointwiseRule),
    /// The score of a positive and that of a negative.
    Pairs(&'static PairRule),
    /// A query and candidates.
    Softmax(&'static SoftmaxRule),
}

/// Words of all losses, each once.
pub fn losses() -> Vec<&'static str> {
    let mut words: Vec<&'static str> = Vec::new();
    for word in rules().map(|rule| rule.word()) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// All rules.
pub(crate) fn rules() -> impl Iterator<Item = Rule> {
    let pointwise = POINTWISE.iter().map(Rule::Pointwise);
    pointwise.chain(PAIRS.iter().map(Rule::Pairs)).chain(SOFTMAXES.iter().map(Rule::Softmax))
}

impl Rule {
    /// The rule of a word, in a call that asks for negatives of the catalog or in one that does not.
    pub(crate) fn of(word: &str, asked: bool) -> Option<Self> {
        let fits = |rule: &Rule| match rule {
            Rule::Pointwise(_) => !asked,
            Rule::Pairs(rule) => asked || rule.takes_pairs,
            Rule::Softmax(_) => true,
        };
        let of_word = || rules().filter(|rule| rule.word() == word);
        // Else the call is of the only form that the word has, which reports the argument `negatives` or its absence.
        of_word().find(fits).or_else(|| of_word().next())
    }

    /// Word of the language.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Rule::Pointwise(rule) => rule.word,
            Rule::Pairs(rule) => rule.word,
            Rule::Softmax(rule) => rule.word,
        }
    }

    /// Settings of a call.
    pub(crate) fn settings(self) -> &'static [Setting] {
        match self {
            Rule::Pointwise(rule) => rule.settings,
            Rule::Pairs(rule) => rule.settings,
            Rule::Softmax(_) => &[],
        }
    }

    /// Returns whether a call takes negatives of the catalog, if it asks for them or not.
    pub(crate) fn is_sampled(self, asked: bool) -> bool {
        match self {
            Rule::Pointwise(_) => false,
            Rule::Pairs(rule) => asked || !rule.takes_pairs,
            Rule::Softmax(rule) => match rule.negatives {
                SoftmaxNegatives::Optional(_) => asked,
                SoftmaxNegatives::Sampled(_) | SoftmaxNegatives::All => true,
            },
        }
    }

    /// A call with all that it needs, as diagnostics show it.
    pub(crate) fn example(self) -> String {
        let arguments = match self {
            Rule::Pointwise(rule) => format!("{}, label", rule.score),
            Rule::Pairs(rule) if rule.takes_pairs && rule.has_anchor => {
                "anchor, positive, negative".to_string()
            }
            Rule::Pairs(rule) if rule.takes_pairs => "positive, negative".to_string(),
            Rule::Pairs(rule) => format!("{}, negatives = 4", rule.sampled_arguments()),
            Rule::Softmax(rule) => match rule.negatives {
                SoftmaxNegatives::Sampled(_) => "query, candidate, negatives = 100".to_string(),
                SoftmaxNegatives::Optional(_) | SoftmaxNegatives::All => "query, candidate".to_string(),
            },
        };
        let required = self.settings().iter().filter(|setting| setting.usual.is_none());
        let settings = required.map(|setting| format!(", {} = {}", setting.name, setting.example));
        format!("{}({arguments}{})", self.word(), settings.collect::<String>())
    }
}

impl PairRule {
    /// Arguments of a call with negatives of the catalog, as diagnostics show them.
    pub(crate) fn sampled_arguments(&self) -> &'static str {
        match (self.has_anchor, self.sense) {
            (true, _) => "anchor, positive",
            (false, Sense::Distance) => "distance",
            (false, Sense::Similarity | Sense::Open) => "score",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_one_rule_in_each_form_of_its_calls() {
        for word in losses() {
            let of_word = |rule: &Rule| rule.word() == word;
            let without = |rule: &Rule| !matches!(rule, Rule::Pairs(PairRule { takes_pairs: false, .. }));
            assert!(rules().filter(of_word).filter(without).count() <= 1, "{word}");
            let with = |rule: &Rule| !matches!(rule, Rule::Pointwise(_));
            assert!(rules().filter(of_word).filter(with).count() <= 1, "{word}");
        }
        assert!(matches!(Rule::of("bce", false), Some(Rule::Pointwise(_))));
        assert!(matches!(Rule::of("bce", true), Some(Rule::Pairs(_))));
        assert_eq!(Rule::of("dense", true), None);
    }

    #[test]
    fn examples_name_what_a_call_needs() {
        let examples: Vec<String> = rules().map(Rule::example).collect();
        for example in ["weighted_bce(logit, label, pos_weight = 1.2)", "triplet(anchor, positive, negative)"]
        {
            assert!(examples.iter().any(|found| found == example), "{examples:?}");
        }
    }
}
