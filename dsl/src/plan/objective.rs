//! The objective: tasks, terms, and the functions of scores and loss.

use super::forward::{Encoded, Forward, Let, Use};
use super::{Module, Place};
use crate::layers::Shape;
use crate::losses::Rule;
use crate::model::{NodeId, Reduction};

/// Training objective.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Objective {
    /// Layers with weights, and operations.
    pub module: Module,
    /// Field of its input in the batch.
    pub input: String,
    /// Tasks. Their losses are added.
    pub tasks: Vec<Task>,
    /// Field of the weights of tasks in its module, if they are learned.
    pub task_weights: Option<String>,
    /// Operations of the total loss.
    pub loss: LossSteps,
    /// Scores of records, if tasks have labels.
    pub scores: Option<Scores>,
    /// Score of pairs of a record and a candidate, if candidates are sampled for records.
    pub pair_score: Option<PairScore>,
}

/// A prediction task.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Name; empty if it has none.
    pub name: String,
    /// Variable of its loss.
    pub variable: String,
    /// Terms. Their sum is the loss.
    pub terms: Vec<Term>,
    /// Factor of the loss in addition to a learned weight.
    pub factor: f64,
    /// Labels of records, if it has scores.
    pub label: Option<Label>,
}

/// Labels of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Labels.
    pub values: Encoded,
    /// Labels above 0.5 for the records that count, if not all do.
    pub counted: Option<Encoded>,
    /// Column of the labels in the features, if its numbers are transformed.
    pub transformed: Option<Place>,
}

/// A term of a loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Weight.
    pub weight: f64,
    /// Operations of the objective that it needs, in order.
    pub steps: Vec<NodeId>,
    /// Rule of the loss.
    pub rule: &'static Rule,
    /// Function of the runtime that computes it.
    pub function: &'static str,
    /// Settings of the function.
    pub settings: Vec<f64>,
    /// Reduction of the losses of the records.
    pub reduction: Reduction,
    /// Weights of records.
    pub weights: Option<Encoded>,
    /// Operands.
    pub kind: TermKind,
}

/// Operands of a loss.
#[derive(Clone, Debug, PartialEq)]
pub enum TermKind {
    /// A score and a label.
    Label {
        /// Score.
        score: TermScore,
        /// Label.
        label: Encoded,
        /// Share of a label that is divided among all of its values.
        smoothing: f64,
        /// Weight of each class; empty if all weigh 1.
        class_weights: Vec<f64>,
        /// Labels above 0.5 for the records that count, if not all do.
        counted: Option<Encoded>,
    },
    /// Scores of a positive and a negative of the same record.
    Pairs {
        /// Score of the positive.
        positive: Use,
        /// Score of the negative.
        negative: Use,
    },
    /// The score of the record's own candidate and those of its sampled candidates.
    SampledPairs {
        /// Arguments of the score of own candidates.
        positive: Vec<PairArgument>,
        /// Arguments of the score of sampled candidates.
        negative: Vec<PairArgument>,
        /// Selection among the scores of sampled candidates, if not all of them count.
        hardest: Option<Hardest>,
        /// True if the function reads the rate of sampling.
        rate: bool,
    },
    /// Queries and candidates.
    Candidates {
        /// Query vectors.
        query: Use,
        /// Candidate vectors.
        candidate: Use,
        /// Width of both vectors.
        width: usize,
        /// Divisor of the scores.
        temperature: f64,
        /// logQ correction of the scores.
        log_q: Option<LogQ>,
        /// Ids to detect negatives that equal the own candidate.
        ids: Option<CandidateIds>,
        /// True if candidates that the user of a query has seen are not its negatives.
        exclude_seen: bool,
        /// True if candidates of earlier batches are negatives.
        queued: bool,
    },
}

/// Selection of the hardest scores of each record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hardest {
    /// Function of the runtime that selects them.
    pub function: &'static str,
    /// Number of selected scores.
    pub count: usize,
}

/// Score of a term with a label.
#[derive(Clone, Debug, PartialEq)]
pub enum TermScore {
    /// Score of the task, if it is the whole loss.
    OfTask,
    /// A variable of the loss.
    Variable(Use),
}

/// An argument of the pair score.
#[derive(Clone, Debug, PartialEq)]
pub enum PairArgument {
    /// Queries of the records.
    Queries(Use),
    /// Query of a record, repeated for each of its sampled candidates.
    Repeated(Use),
    /// Own candidates, from an output that also has the sampled ones.
    Positives(Use),
    /// Sampled candidates, from such an output.
    Negatives(Use),
}

/// Log sampling probabilities of candidates.
#[derive(Clone, Debug, PartialEq)]
pub enum LogQ {
    /// From a column.
    Column(Encoded),
    /// From the sampler.
    Sampler,
}

/// Ids of candidates.
#[derive(Clone, Debug, PartialEq)]
pub enum CandidateIds {
    /// From a column.
    Column(Encoded),
    /// Rows of the catalog.
    Catalog,
}

/// Output of a tower, as a variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Field of the tower in weights and batches.
    pub tower: String,
    /// Variable.
    pub variable: String,
    /// Shape.
    pub shape: Shape,
}

/// Function of the scores of all tasks with labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Scores, in the order of the tasks.
    pub nodes: Vec<NodeId>,
    /// Tower outputs that they read.
    pub outputs: Vec<Output>,
    /// Computation of the scores from the outputs.
    pub lets: Vec<Let>,
    /// Variables of the scores.
    pub results: Vec<Use>,
    /// Number of scores of a record.
    pub width: usize,
}

/// Part of the loss function before its terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LossSteps {
    /// True if it needs the number of records.
    pub counts_records: bool,
    /// Tower outputs.
    pub outputs: Vec<Output>,
    /// Own candidates, from outputs that also have sampled ones.
    pub positives: Vec<Positives>,
    /// Variables shared by the terms.
    pub lets: Vec<Let>,
}

/// A variable with the own candidates of the records.
#[derive(Clone, Debug, PartialEq)]
pub struct Positives {
    /// Variable.
    pub variable: String,
    /// Shape.
    pub shape: Shape,
    /// Output with the sampled candidates.
    pub of: Use,
}

/// Function of the pair score.
#[derive(Clone, Debug, PartialEq)]
pub struct PairScore {
    /// Score.
    pub node: NodeId,
    /// Tower outputs that are its parameters.
    pub parameters: Vec<PairParameter>,
    /// Computation of the score from the parameters.
    pub forward: Forward,
    /// Ranking of all candidates by the score, if evaluation needs it.
    pub ranking: Option<PairRanking>,
}

/// A parameter of the pair score.
#[derive(Clone, Debug, PartialEq)]
pub struct PairParameter {
    /// Output.
    pub output: Output,
    /// True if its tower encodes candidates.
    pub is_candidate: bool,
}

/// Ranking of candidates by the pair score.
#[derive(Clone, Debug, PartialEq)]
pub struct PairRanking {
    /// Batch of the queries.
    pub queries: String,
    /// Batch of the candidates.
    pub candidates: String,
    /// True if a smaller score is better.
    pub ascending: bool,
}

impl Objective {
    /// Returns the terms of all tasks in order.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.tasks.iter().flat_map(|task| &task.terms)
    }
}

impl LossSteps {
    /// Returns whether the loss consists only of its terms.
    pub fn is_empty(&self) -> bool {
        !self.counts_records && self.outputs.is_empty() && self.positives.is_empty() && self.lets.is_empty()
    }
}

impl TermKind {
    /// Returns the variables that it reads, in order.
    pub(super) fn uses(&mut self) -> Vec<&mut Use> {
        match self {
            TermKind::Label { score: TermScore::OfTask, .. } => Vec::new(),
            TermKind::Label { score: TermScore::Variable(score), .. } => vec![score],
            TermKind::Pairs { positive, negative, .. } => vec![positive, negative],
            TermKind::SampledPairs { positive, negative, .. } => {
                positive.iter_mut().chain(negative).map(PairArgument::used).collect()
            }
            TermKind::Candidates { query, candidate, .. } => vec![query, candidate],
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
