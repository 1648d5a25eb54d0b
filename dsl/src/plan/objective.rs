//! The objective: tasks, their terms, and the functions of the scores and of the loss.

use super::Module;
use super::forward::{Encoded, Forward, Let, Use};
use crate::layers::Shape;
use crate::model::{NodeId, PairRule, Reduction};

/// The objective of training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Objective {
    /// Layers with weights, and steps.
    pub module: Module,
    /// Field of its batch.
    pub input: String,
    /// Tasks whose losses are added.
    pub tasks: Vec<Task>,
    /// Steps of the loss of all tasks.
    pub loss: LossSteps,
    /// Score of pairs of a record and a candidate, if candidates are sampled for records.
    pub pair_score: Option<PairScore>,
}

/// A quantity that is learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Name.
    pub name: String,
    /// Terms whose sum is its loss.
    pub terms: Vec<Term>,
    /// Score of records, which `auc` ranks and of which predictions are made.
    pub score: Option<Score>,
    /// Labels of records.
    pub label: Option<Encoded>,
    /// Weights of records.
    pub weights: Option<Encoded>,
}

/// A term of a loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Factor.
    pub weight: f64,
    /// Steps of the objective from which it is computed, in order.
    pub steps: Vec<NodeId>,
    /// The loss.
    pub kind: TermKind,
}

/// A loss and its operands.
#[derive(Clone, Debug, PartialEq)]
pub enum TermKind {
    /// Binary cross-entropy.
    Bce {
        /// The logit.
        logit: Logit,
        /// The label.
        label: Encoded,
        /// Weight of positives.
        pos_weight: f64,
        /// Reduction of the losses of the records.
        reduction: Reduction,
    },
    /// The score of a positive against that of a negative of the record.
    Pairs {
        /// Rule of comparison.
        rule: PairRule,
        /// Score of the positive.
        positive: Use,
        /// Score of the negative.
        negative: Use,
        /// Reduction of the losses of the records.
        reduction: Reduction,
    },
    /// The score of the record's own candidate against those of the candidates sampled for it.
    SampledPairs {
        /// Rule of comparison.
        rule: PairRule,
        /// Arguments of the score of the own candidates.
        positive: Vec<PairArgument>,
        /// Arguments of the score of the sampled candidates.
        negative: Vec<PairArgument>,
        /// Reduction of the losses of the records.
        reduction: Reduction,
    },
    /// Softmax over candidates.
    Softmax {
        /// Name in the spec.
        name: &'static str,
        /// Queries.
        query: Use,
        /// Candidates.
        candidate: Use,
        /// Width of both.
        width: usize,
        /// Divisor of scores.
        temperature: f64,
        /// True where the candidates of the other records are negatives.
        in_batch: bool,
        /// True where candidates are sampled.
        sampled: bool,
        /// Correction of scores.
        log_q: Option<LogQ>,
        /// Ids that tell which negatives are the own candidate again.
        ids: Option<CandidateIds>,
        /// Reduction of the losses of the records.
        reduction: Reduction,
    },
}

/// A logit of a term.
#[derive(Clone, Debug, PartialEq)]
pub enum Logit {
    /// The score of the task, which is the whole loss.
    OfScore,
    /// A variable of the loss.
    Variable(Use),
}

/// An argument of the score of pairs.
#[derive(Clone, Debug, PartialEq)]
pub enum PairArgument {
    /// The queries of the records.
    Queries(Use),
    /// The query of a record for each candidate that is sampled for it.
    Repeated(Use),
    /// The own candidates of the records, of an output that has those sampled too.
    Positives(Use),
    /// The sampled candidates of such an output.
    Negatives(Use),
}

/// Logarithms of the probabilities with which candidates are in a batch.
#[derive(Clone, Debug, PartialEq)]
pub enum LogQ {
    /// Logarithms in a column.
    Column(Encoded),
    /// Logarithms that the sampler gives.
    Sampler,
}

/// Identities of candidates.
#[derive(Clone, Debug, PartialEq)]
pub enum CandidateIds {
    /// Identities in a column.
    Column(Encoded),
    /// Their rows of the catalog.
    Catalog,
}

/// The output of a tower, as a variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The tower, as a field of weights and of batches.
    pub tower: String,
    /// Variable.
    pub variable: String,
    /// Shape.
    pub shape: Shape,
}

/// The function of a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The score.
    pub node: NodeId,
    /// Outputs of towers that it begins with.
    pub outputs: Vec<Output>,
    /// The score of the outputs.
    pub forward: Forward,
}

/// The part of a loss before its terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LossSteps {
    /// True where the number of records is read.
    pub counts_records: bool,
    /// Outputs of towers.
    pub outputs: Vec<Output>,
    /// Own candidates of the records, of outputs that have those sampled too.
    pub positives: Vec<Positives>,
    /// Variables of all terms.
    pub lets: Vec<Let>,
}

/// A variable with the own candidates of the records.
#[derive(Clone, Debug, PartialEq)]
pub struct Positives {
    /// Variable.
    pub variable: String,
    /// Shape.
    pub shape: Shape,
    /// The output with those sampled too.
    pub of: Use,
}

/// The function of the score of pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct PairScore {
    /// The score.
    pub node: NodeId,
    /// Outputs of towers, which are its parameters.
    pub parameters: Vec<PairParameter>,
    /// The score of the parameters.
    pub forward: Forward,
    /// Ranking of all candidates by the score, where evaluation needs it.
    pub ranking: Option<PairRanking>,
}

/// A parameter of the score of pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct PairParameter {
    /// The output.
    pub output: Output,
    /// True if its tower encodes candidates.
    pub is_candidate: bool,
}

/// Ranking of candidates by the score of pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct PairRanking {
    /// Batch whose rows are the queries.
    pub queries: String,
    /// Batch whose rows are the candidates.
    pub candidates: String,
    /// True where a smaller score is better.
    pub ascending: bool,
}

impl Objective {
    /// Terms of all tasks in order.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.tasks.iter().flat_map(|task| &task.terms)
    }
}

impl LossSteps {
    /// True for a loss that is its terms alone.
    pub fn is_empty(&self) -> bool {
        !self.counts_records && self.outputs.is_empty() && self.positives.is_empty() && self.lets.is_empty()
    }
}

impl TermKind {
    /// The variables that it reads, in order.
    pub(super) fn uses(&mut self) -> Vec<&mut Use> {
        match self {
            TermKind::Bce { logit: Logit::OfScore, .. } => Vec::new(),
            TermKind::Bce { logit: Logit::Variable(logit), .. } => vec![logit],
            TermKind::Pairs { positive, negative, .. } => vec![positive, negative],
            TermKind::SampledPairs { positive, negative, .. } => {
                positive.iter_mut().chain(negative).map(PairArgument::used).collect()
            }
            TermKind::Softmax { query, candidate, .. } => vec![query, candidate],
        }
    }
}

impl PairArgument {
    fn used(&mut self) -> &mut Use {
        match self {
            PairArgument::Queries(used)
            | PairArgument::Repeated(used)
            | PairArgument::Positives(used)
            | PairArgument::Negatives(used) => used,
        }
    }
}
