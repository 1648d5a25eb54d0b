//! Planning of the objective: tasks, terms and the functions that compute them.

use super::body::{Body, needed};
use super::forward::{Encoded, Let, Use, mark_last};
use super::inputs::objective_nodes;
use super::names::{self, Namer};
use super::objective::{
    CandidateIds, Hardest, Label, LogQ, LossSteps, Objective, Output, PairArgument, PairParameter,
    PairRanking, PairScore, Positives, Scores, Task, Term, TermKind, TermScore,
};
use super::weights::task_weights;
use super::{Module, Plan, Retrieval, Step};
use crate::layers::Sense;
use crate::model::{self, AccidentalHits, Compared, InputId, Labelled, Loss, NodeId, Op, TowerId};

/// Plans the objective.
pub(super) fn plan_objective(plan: &Plan) -> Objective {
    let mut variables = names::of_loss();
    let (all, positives) = outputs(plan, &mut variables);
    let losses = plan.model.tasks.iter().map(|task| match task.name.as_str() {
        "" => "loss".to_string(),
        name => variables.choose(&format!("{name}_loss")),
    });
    let losses = losses.collect();
    let nodes = objective_nodes(&plan.model);
    let docs = vec![" The minimized loss.".to_string()];
    let about = ("objective".to_string(), "Objective".to_string(), docs);
    let mut module = Module::new(plan, InputId::Objective, about, variables, &nodes);
    let weights = task_weights(&plan.model, &module.weights);
    let field = weights.as_ref().map(|weights| weights.field.clone());
    module.weights.extend(weights);
    let planner = Planner { plan, module: &module, all, positives, losses };
    let (tasks, loss) = planner.tasks();
    let (scores, pair_score) = (planner.scores(), planner.pair_score());
    let input = plan.inputs.objective.field.clone();
    Objective { input, tasks, task_weights: field, loss, scores, pair_score, module }
}

/// Variables of tower outputs: with all rows, and with only the own candidates of the records.
fn outputs(plan: &Plan, variables: &mut Namer) -> (Vec<String>, Vec<String>) {
    let of_tower = |input: &super::Input| {
        let field = &input.field;
        (variables.choose(&format!("{field}_output")), variables.choose(&format!("{field}_positives")))
    };
    plan.inputs.towers.iter().map(of_tower).unzip()
}

struct Planner<'a> {
    plan: &'a Plan,
    module: &'a Module,
    /// Variables of tower outputs.
    all: Vec<String>,
    /// Variables with only the own candidates of the records.
    positives: Vec<String>,
    /// Variables of the losses of the tasks.
    losses: Vec<String>,
}

impl Planner<'_> {
    /// Plans the tasks and the loss.
    fn tasks(&self) -> (Vec<Task>, LossSteps) {
        let (plan, model) = (self.plan, &self.plan.model);
        let with_sampled = if model.negatives.is_some() { plan.candidates.as_slice() } else { &[] };
        let outputs: Vec<String> = (self.all.iter().zip(&self.positives).enumerate())
            .map(|(tower, (all, own))| if with_sampled.contains(&TowerId(tower)) { own } else { all }.clone())
            .collect();
        let body = Body::new(plan, InputId::Objective, self.module, &outputs);
        let mut all = model.losses();
        let is_score = all.next().is_some_and(|loss| loss.label().is_some()) && all.next().is_none();
        let mut loss = if is_score { LossSteps::default() } else { self.loss_steps(&body, with_sampled) };
        let of_loss = |(weight, loss): &(f64, Loss)| Term {
            weight: *weight,
            steps: needed(plan, self.module, &loss.operands()).iter().map(|step| step.node).collect(),
            rule: loss.rule,
            function: loss.function,
            settings: loss.settings.clone(),
            reduction: loss.reduction,
            weights: self.weights(&body, loss),
            kind: self.kind(&body, loss, is_score),
        };
        let of_task = |(task, variable): (&model::Task, &String)| Task {
            name: task.name.clone(),
            variable: variable.clone(),
            terms: task.terms.iter().map(of_loss).collect(),
            factor: if task.terms.iter().all(|(_, loss)| loss.rule.is_square) { 0.5 } else { 1.0 },
            label: task.label().map(|labelled| self.label(&body, labelled)),
        };
        let mut tasks: Vec<Task> = model.tasks.iter().zip(&self.losses).map(of_task).collect();
        let before = loss.positives.iter_mut().map(|own| &mut own.of);
        let uses = before.chain(loss.lets.iter_mut().flat_map(Let::uses));
        let terms = tasks.iter_mut().flat_map(|task| &mut task.terms);
        mark_last(uses.chain(terms.flat_map(|term| term.kind.uses())));
        (tasks, loss)
    }

    /// Weights of records in a term: those that it names, else those of the model.
    fn weights(&self, body: &Body<'_>, loss: &Loss) -> Option<Encoded> {
        let own = loss.label().and_then(|labelled| labelled.weight);
        own.or(self.plan.weight).map(|weight| body.column(weight))
    }

    fn label(&self, body: &Body<'_>, labelled: &Labelled) -> Label {
        let is_transformed = self.plan.model.columns[labelled.label].kind.is_transformed_target();
        Label {
            values: body.column(labelled.label),
            counted: labelled.counted.map(|counted| body.column(counted)),
            transformed: is_transformed.then(|| self.plan.columns.place(labelled.label)),
        }
    }

    /// Plans the loss before its terms. Outputs of `with_sampled` include sampled candidates. Only the term
    /// that samples them reads those; other operations read the own candidates.
    fn loss_steps(&self, body: &Body<'_>, with_sampled: &[TowerId]) -> LossSteps {
        let plan = self.plan;
        let losses = || plan.model.losses();
        let steps = needed(plan, self.module, &losses().flat_map(read_before).collect::<Vec<_>>());
        let read = self.towers(&steps);
        let own = with_sampled.iter().copied().filter(|tower| read.contains(tower));
        let positives: Vec<Positives> = own
            .map(|tower| Positives {
                variable: self.positives[tower.0].clone(),
                shape: plan.output_shape(tower),
                of: Use::of(&self.all[tower.0]),
            })
            .collect();
        LossSteps {
            counts_records: !positives.is_empty() || losses().any(|loss| loss.pair_score().is_some()),
            outputs: self.outputs(&self.towers(&self.module.steps.iter().collect::<Vec<_>>())),
            positives,
            lets: body.lets(&steps),
        }
    }

    fn kind(&self, body: &Body<'_>, loss: &Loss, is_score: bool) -> TermKind {
        match loss.compares {
            Compared::Label(Labelled { score, label, smoothing, ref class_weights, counted, .. }) => {
                TermKind::Label {
                    score: if is_score { TermScore::OfTask } else { TermScore::Variable(body.read(score)) },
                    label: body.column(label),
                    smoothing,
                    class_weights: class_weights.clone(),
                    counted: counted.map(|counted| body.column(counted)),
                }
            }
            Compared::Pair { positive, negative } => {
                TermKind::Pairs { positive: body.read(positive), negative: body.read(negative) }
            }
            Compared::SampledPairs { score, hardest } => {
                let towers = self.towers(&needed(self.plan, self.module, &[score]));
                let arguments = |query: fn(Use) -> PairArgument, candidate: fn(Use) -> PairArgument| {
                    let argument = |tower: &TowerId| {
                        let output = Use::of(&self.all[tower.0]);
                        if self.plan.candidates.contains(tower) { candidate(output) } else { query(output) }
                    };
                    towers.iter().map(argument).collect()
                };
                let positive = arguments(PairArgument::Queries, PairArgument::Positives);
                let negative = arguments(PairArgument::Repeated, PairArgument::Negatives);
                let function = match loss.rule.sense {
                    Sense::Distance => "smallest_scores",
                    Sense::Similarity | Sense::Open => "largest_scores",
                };
                let hardest = hardest.map(|count| Hardest { function, count });
                let rate = loss.rule.calibrated == Some(loss.function);
                TermKind::SampledPairs { positive, negative, hardest, rate }
            }
            Compared::Candidates { query, candidate, temperature, probability, hits } => {
                let sampled = loss.rule.has_catalog_negatives();
                let width = self.plan.shapes[query].width();
                let candidate = match self.plan.model.nodes[candidate].op {
                    Op::Tower(tower) if sampled => Use::of(&self.all[tower.0]),
                    _ => body.read(candidate),
                };
                let log_q = match probability {
                    Some(probability) => Some(LogQ::Column(body.column(probability))),
                    None => sampled.then_some(LogQ::Sampler),
                };
                let ids = match hits {
                    AccidentalHits::Kept => None,
                    AccidentalHits::Column(ids) => Some(CandidateIds::Column(body.column(ids))),
                    AccidentalHits::Catalog => Some(CandidateIds::Catalog),
                };
                let query = body.read(query);
                let negatives = self.plan.model.negatives.as_ref().filter(|_| sampled);
                let exclude_seen = negatives.is_some_and(|negatives| negatives.user.is_some());
                let queued = loss.rule.queued == Some(loss.function);
                TermKind::Candidates {
                    query,
                    candidate,
                    width,
                    temperature,
                    log_q,
                    ids,
                    exclude_seen,
                    queued,
                }
            }
        }
    }

    /// Plans the function of the scores of all tasks with labels.
    fn scores(&self) -> Option<Scores> {
        let nodes: Vec<NodeId> = self.plan.model.labelled().map(|(_, labelled)| labelled.score).collect();
        if nodes.is_empty() {
            return None;
        }
        let steps = needed(self.plan, self.module, &nodes);
        let (lets, results) =
            Body::new(self.plan, InputId::Objective, self.module, &self.all).forward_all(&nodes);
        let width = nodes.iter().map(|node| self.plan.shapes[node].width()).sum();
        Some(Scores { outputs: self.outputs(&self.towers(&steps)), nodes, lets, results, width })
    }

    /// Plans the function of the pair score, if a term has one.
    fn pair_score(&self) -> Option<PairScore> {
        let plan = self.plan;
        let node = plan.model.losses().find_map(Loss::pair_score)?;
        let forward = Body::new(plan, InputId::Objective, self.module, &self.all).forward(node);
        let towers = self.towers(&needed(plan, self.module, &[node]));
        let is_candidate = |tower: &TowerId| plan.candidates.contains(tower);
        let batch = |tower: TowerId| plan.inputs[InputId::Tower(tower)].field.clone();
        let query = towers.iter().copied().find(|tower| !is_candidate(tower));
        let ranking = match (plan.retrieval, query, plan.candidates.first()) {
            (Some(Retrieval::Score { ascending }), Some(query), Some(&candidate)) => {
                Some(PairRanking { queries: batch(query), candidates: batch(candidate), ascending })
            }
            _ => None,
        };
        let parameters = self.outputs(&towers).into_iter().zip(&towers);
        let parameters =
            parameters.map(|(output, tower)| PairParameter { output, is_candidate: is_candidate(tower) });
        Some(PairScore { node, parameters: parameters.collect(), forward, ranking })
    }

    /// Returns the towers that some operations read, without duplicates.
    fn towers(&self, steps: &[&Step]) -> Vec<TowerId> {
        let mut towers: Vec<TowerId> = Vec::new();
        for step in steps {
            if let Op::Tower(tower) = self.plan.model.nodes[step.node].op
                && !towers.contains(&tower)
            {
                towers.push(tower);
            }
        }
        towers
    }

    fn outputs(&self, towers: &[TowerId]) -> Vec<Output> {
        let output = |tower: &TowerId| Output {
            tower: self.plan.inputs[InputId::Tower(*tower)].field.clone(),
            variable: self.all[tower.0].clone(),
            shape: self.plan.output_shape(*tower),
        };
        towers.iter().map(output).collect()
    }
}

/// Returns the nodes that a term reads as variables. A pair score is a function; an output with sampled
/// candidates is read as a whole.
fn read_before(loss: &Loss) -> Vec<NodeId> {
    match loss.compares {
        Compared::Candidates { query, .. } if loss.rule.has_catalog_negatives() => vec![query],
        Compared::SampledPairs { .. } => Vec::new(),
        Compared::Label(_) | Compared::Pair { .. } | Compared::Candidates { .. } => loss.operands(),
    }
}

#[cfg(test)]
mod tests {
    use crate::Compiler;
    use crate::plan::Plan;
    use crate::plan::forward::{Let, Use};
    use crate::plan::objective::Term;

    fn plan(objective: &str) -> Plan {
        let label = if objective.contains(", y)") { "y: label," } else { "" };
        let text = format!(
            "model M {{
                data {{
                    log = csv(\"log.csv\", columns = [user, item, bought, y])
                    items = csv(\"items.csv\", columns = [item])
                    join(items, on = item)
                }}
                input {{ {label} user: id, item: id(from = items.item) }}
                embedding user {{ dim = 4 }} embedding item {{ dim = 4 }}
                tower query {{ user[user] }} tower candidate {{ item[item] }}
                catalog {{ source = items, key = item }}
                objective {objective}
            }}"
        );
        Compiler::new("m.dm", &text).plan().unwrap_or_else(|failure| panic!("{}", failure.render(false)))
    }

    /// Variables that a loss reads, in order; `!` marks the last use of each.
    fn uses(objective: &str) -> String {
        let mut objective = plan(objective).objective;
        let loss = &mut objective.loss;
        let before = loss.positives.iter_mut().map(|own| &mut own.of);
        let steps = before.chain(loss.lets.iter_mut().flat_map(Let::uses));
        let terms: &mut Vec<Term> = &mut objective.tasks[0].terms;
        let all = steps.chain(terms.iter_mut().flat_map(|term| term.kind.uses()));
        let show = |used: &mut Use| format!("{}{}", used.variable, if used.last { "!" } else { "" });
        all.map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_variable_keeps_its_tape_until_its_last_use() {
        assert_eq!(uses("in_batch_softmax(query, candidate)"), "query_output! candidate_output!");
        assert_eq!(
            uses("in_batch_softmax(query, candidate) + 0.5 * bce(dot(query, candidate), y)"),
            "query_output candidate_output query_output! candidate_output! similarity!"
        );
    }

    /// Rows of an output with sampled candidates may belong to a sampled candidate.
    #[test]
    fn records_are_scored_with_their_own_candidates() {
        assert_eq!(
            uses("bpr(dot(query, candidate), negatives = 2)"),
            "query_output candidate_output query_output! candidate_output!"
        );
        assert_eq!(
            uses("sampled_softmax(query, candidate, negatives = 2) + bce(dot(query, candidate), y)"),
            "candidate_output query_output candidate_positives! query_output! candidate_output! similarity!"
        );
    }

    #[test]
    fn terms_know_their_steps() {
        let plan = plan("in_batch_softmax(query, candidate) + 0.5 * bce(dot(query, candidate), y)");
        let steps: Vec<usize> = plan.objective.terms().map(|term| term.steps.len()).collect();
        assert_eq!(steps, [2, 3]);
        let [task] = &plan.objective.tasks[..] else { panic!("one task") };
        let scores = plan.objective.scores.as_ref().map(|scores| scores.results[0].variable.as_str());
        assert_eq!((scores, task.terms[1].weight), (Some("similarity"), 0.5));
    }
}
