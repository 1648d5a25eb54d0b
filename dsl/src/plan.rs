//! Model to plan: computes every shape, chooses every Rust name and fixes the order of operations.
//!
//! After this stage there are no more errors; `expand` only prints the plan.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Errors, Reported};
use crate::ids::indexed;
use crate::layers::{Operand, Operation, Shape, positions, same_width, subject};
use crate::model::{
    ColumnId, ColumnKind, Compared, Content, FieldId, InputId, Labelled, Loss, Model, Node, NodeId, Op,
    Prediction, TableId, TowerId, VocabularyId,
};
use crate::span::Span;
use crate::written::written;

mod body;
mod company;
mod forms;
pub mod forward;
mod inputs;
mod modules;
mod names;
pub mod objective;
mod pairs;
mod parts;
mod positives;
mod retrieval;
mod sampling;
mod scores;
mod tasks;
#[cfg(test)]
mod tests;
mod training;
mod weights;

use body::Body;
use forward::Forward;
pub use inputs::{CompoundFields, Input, Inputs, Lookup, RawField, Reads};
pub use modules::{Module, StatisticsUpdate, Step};
pub use names::Namer;
use objective::Objective;
pub use parts::{Part, Parts, Place};
pub use retrieval::Retrieval;
pub use sampling::{ListedNegatives, Sampling};
pub use turret_schema::former_name;
pub use weights::WeightedLayer;

/// A complete plan of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The resolved spec.
    pub model: Model,
    /// Compiled text, with imports replaced by the imported texts.
    pub text: String,
    /// Paths of the imported files, relative to the folder of the spec.
    pub imports: Vec<String>,
    /// Fingerprint of the compiled text.
    pub fingerprint: String,
    /// Shapes of all nodes.
    pub shapes: Vec<Shape>,
    /// Columns of each tower and of the objective.
    pub inputs: Inputs,
    /// Columns that are looked up in each table.
    pub lookups: Vec<Vec<Lookup>>,
    /// The towers.
    pub towers: Vec<Tower>,
    /// The objective.
    pub objective: Objective,
    /// Updates of running statistics after a training step.
    pub statistics: Vec<StatisticsUpdate>,
    /// Columns that the negative sampler reads.
    pub sampling: Sampling,
    /// Vocabulary fields of `Features`.
    pub vocabularies: Parts<VocabularyId>,
    /// Column fields of `Features`.
    pub columns: Parts<ColumnId>,
    /// Fields of `Tables`.
    pub tables: Parts<TableId>,
    /// Names that are not in Rust's naming convention.
    pub foreign_names: BTreeSet<String>,
    /// Ranking of candidates, if evaluation is retrieval.
    pub retrieval: Option<Retrieval>,
    /// Towers that encode candidates.
    pub candidates: Vec<TowerId>,
    /// Column of the weights of records, for terms that name none.
    pub weight: Option<ColumnId>,
}

/// A tower.
#[derive(Clone, Debug, PartialEq)]
pub struct Tower {
    /// Layers with weights, and operations.
    pub module: Module,
    /// Function that computes its output.
    pub forward: Forward,
    /// Output node.
    pub result: NodeId,
    /// Shape of the output.
    pub shape: Shape,
    /// True if its vectors are exported.
    pub is_exported: bool,
}

/// Maximum number of weights of a layer (2 GiB).
const MAX_WEIGHTS: usize = 1 << 29;

/// Plans a model.
pub fn plan(mut model: Model, text: &str, errors: &mut Errors) -> Result<Plan, Reported> {
    let shapes = shapes(&model, errors)?;
    check_objective(&model, &shapes, errors);
    check_towers(&model, &shapes, errors);
    scores::check_scores(&model, &shapes, errors);
    let mut candidates = retrieval::candidates(&model, errors);
    let retrieval = retrieval::retrieval(&model, &candidates, errors);
    if let (Some(Retrieval::Towers { candidate, .. }), true) = (retrieval, candidates.is_empty()) {
        candidates.push(candidate);
    }
    if let Some(catalog) = &mut model.data.catalog {
        catalog.inputs = candidates.iter().map(|tower| tower.0).collect();
    }
    let positives = positives::check_positives(&model, &candidates, errors);
    let inputs = inputs::plan_inputs(&model, &candidates);
    let lookups = inputs::plan_lookups(&model);
    training::choose_optimizers(&mut model, &lookups);
    let mut plan = Plan {
        text: text.to_string(),
        imports: Vec::new(),
        fingerprint: fingerprint(text),
        lookups,
        towers: Vec::new(),
        objective: Objective::default(),
        statistics: Vec::new(),
        sampling: Sampling::default(),
        vocabularies: Parts::default(),
        columns: Parts::default(),
        tables: Parts::default(),
        foreign_names: BTreeSet::new(),
        retrieval,
        candidates,
        weight: weight(&model, errors),
        inputs,
        shapes,
        model,
    };
    check_catalog(&plan, &positives, errors);
    names::choose_names(&mut plan);
    let reads = inputs::plan_reads(&plan);
    plan.inputs.iter_mut().zip(reads).for_each(|(input, reads)| input.reads = reads);
    plan.towers = (0..plan.model.towers.len()).map(|tower| plan_tower(&plan, TowerId(tower))).collect();
    plan.objective = tasks::plan_objective(&plan);
    plan.statistics = modules::statistics(&plan);
    plan.sampling = sampling::plan_sampling(&plan);
    plan.foreign_names = names::foreign_names(&plan);
    training::check_training(&plan, errors);
    Ok(plan)
}

fn plan_tower(plan: &Plan, id: TowerId) -> Tower {
    let (tower, names) = (&plan.model.towers[id], &plan.inputs.towers[id]);
    let about = (names.field.clone(), format!("{}Tower", names.ty), tower.docs.clone());
    let input = InputId::Tower(id);
    let module = Module::new(plan, input, about, names::of_tower(), &tower.nodes);
    let forward = Body::new(plan, input, &module, &[]).forward(tower.result);
    let is_exported = plan.model.exports.contains(&id);
    Tower { module, forward, result: tower.result, shape: plan.shapes[tower.result], is_exported }
}

/// Computes the shape of every node. A node with wrong inputs is not reported again.
fn shapes(model: &Model, errors: &mut Errors) -> Result<Vec<Shape>, Reported> {
    let mut shapes: Vec<Result<Shape, Reported>> = Vec::with_capacity(model.nodes.len());
    for (index, node) in model.nodes.iter().enumerate() {
        let shape = match &node.op {
            Op::Column(column) => Ok(Shape::Vector(match model.columns[column].kind.content() {
                Content::Numbers(width) => width,
                Content::Row | Content::Bag(_) | Content::Sequence(..) => 1,
            })),
            Op::Lookup(table, column) => {
                let dim = model.tables[table].dim;
                Ok(match model.columns[column].kind.content() {
                    Content::Sequence(most, _) => Shape::Sequence(most, dim),
                    Content::Bag(_) => Shape::Bag(dim),
                    Content::Row | Content::Numbers(_) => Shape::Vector(dim),
                })
            }
            Op::Tower(tower) => shapes[model.towers[tower].result.0],
            Op::Layer(operation) => {
                let operands: Result<Vec<Operand>, Reported> = node
                    .inputs
                    .iter()
                    .zip(&node.uses)
                    .map(|(input, &span)| {
                        shapes[input.0].map(|shape| Operand { shape, span, from: origin(model, *input) })
                    })
                    .collect();
                operands.and_then(|operands| {
                    let shape = positions::shape_of(operation, &operands, node.span);
                    let shape =
                        shape.and_then(|shape| weights_fit(operation, &operands, node.span).map(|()| shape));
                    shape.map_err(|diagnostic| errors.push(diagnostic))
                })
            }
        };
        let needed = model.needs.iter().filter(|need| need.node.0 == index);
        let shape = needed.fold(shape, |shape, need| {
            let shape = shape?;
            let operand = Operand { shape, span: need.span, from: origin(model, need.node) };
            operand.sequence(need.layer).map(|_| shape).map_err(|diagnostic| errors.push(diagnostic))
        });
        shapes.push(shape);
    }
    shapes.into_iter().collect()
}

/// Reports a layer with an implausible number of weights.
fn weights_fit(operation: &Operation, operands: &[Operand], span: Span) -> Result<(), Diagnostic> {
    let shapes: Vec<Shape> = operands.iter().map(|operand| operand.shape).collect();
    match operation.weights(&positions::seen(operation, &shapes)) {
        Some(weights) if weights.count > MAX_WEIGHTS => {
            let message = format!("a layer has at most {MAX_WEIGHTS} weights");
            let label = format!("this one would have {}", weights.count);
            Err(Diagnostic::new("E0207", span, message)
                .label(label)
                .help("give it fewer units, or a narrower input"))
        }
        _ => Ok(()),
    }
}

/// Returns the place that determines the shape of a node: for a tower, its result.
fn origin(model: &Model, node: NodeId) -> Span {
    match model.nodes[node].op {
        Op::Tower(tower) => model.nodes[model.towers[tower].result.0].span,
        _ => model.nodes[node].span,
    }
}

fn check_towers(model: &Model, shapes: &[Shape], errors: &mut Errors) {
    for tower in &model.towers {
        let result = Operand {
            shape: shapes[tower.result],
            span: model.nodes[tower.result].span,
            from: model.nodes[tower.result].span,
        };
        if !is_output(result.shape) {
            let message =
                format!("a tower gives a vector, or several interests, but {}", subject(result.shape));
            let label = format!("the result of the tower `{}`", tower.name);
            errors.push(result.not_a_vector(message).label(label));
        }
    }
}

/// Returns whether a tower can have this output shape.
fn is_output(shape: Shape) -> bool {
    matches!(shape, Shape::Vector(_) | Shape::Interests(..))
}

fn check_objective(model: &Model, shapes: &[Shape], errors: &mut Errors) {
    let operand = |node: NodeId| Operand {
        shape: shapes[node],
        span: model.nodes[node].span,
        from: origin(model, node),
    };
    // A tower without a vector was reported at its declaration.
    let is_reported = |node: NodeId| !is_output(shapes[node]) && matches!(model.nodes[node].op, Op::Tower(_));
    let scores =
        |node: NodeId, what: &str, wanted: usize, message: String, help: &str, errors: &mut Errors| {
            let operand = operand(node);
            match operand.vector(what) {
                _ if is_reported(node) => {}
                Ok(width) if width == wanted => {}
                Ok(width) => {
                    let diagnostic = Diagnostic::new("E0302", operand.span, message)
                        .label(format!("a vector of width {width}"))
                        .help(help);
                    errors.push(operand.note_origin(diagnostic, "its width comes from here"));
                }
                Err(bag) => {
                    errors.push(bag);
                }
            }
        };
    let score = |node: NodeId, what: &str, errors: &mut Errors| {
        let message = format!("a {what} is one number per record");
        let help = "end in `dense(1)`, or score two towers with `dot(user, item)`";
        scores(node, what, 1, message, help, errors);
    };
    for loss in model.losses() {
        match loss.compares {
            Compared::Label(Labelled {
                score: compared, prediction: Prediction::Classes(classes), ..
            }) => {
                let word = loss.rule.word;
                let message = format!("`{word}` needs one logit for each of {classes} classes");
                scores(compared, word, classes, message, &format!("end in `dense({classes})`"), errors);
            }
            Compared::Label(Labelled { score: compared, prediction: Prediction::Levels(levels), .. }) => {
                check_thresholds(model, shapes, compared, levels, errors);
            }
            Compared::Label(Labelled { score: compared, .. }) => {
                score(compared, loss.rule.operands[0], errors)
            }
            Compared::Pair { positive, negative } => {
                score(positive, "score", errors);
                score(negative, "score", errors);
            }
            Compared::SampledPairs { score: compared, .. } => {
                score(compared, "score", errors);
                check_pair_towers(model, shapes, compared, errors);
            }
            Compared::Candidates { query, candidate, .. } => {
                let (name, operands) = (loss.rule.word, [operand(query), operand(candidate)]);
                let widths = (operands[0].vector(name), operands[1].vector(name));
                match widths {
                    _ if is_reported(query) || is_reported(candidate) => {}
                    (Ok(a), Ok(b)) => {
                        errors.extend(same_width(name, &operands, (a, b)).err());
                    }
                    (a, b) => errors.extend(a.err().into_iter().chain(b.err())),
                }
            }
        }
    }
}

/// Checks that the score of an ordinal loss, whose thresholds are its last node, is one number per record.
fn check_thresholds(model: &Model, shapes: &[Shape], logits: NodeId, levels: usize, errors: &mut Errors) {
    let width = shapes[logits].width() / (levels - 1);
    if width != 1 {
        let span = model.nodes[logits].span;
        errors.push(
            Diagnostic::new("E0302", span, "a score is one number per record")
                .label(format!("its score is a vector of width {width}"))
                .help("end in `dense(1)`: the loss itself trains a threshold for each level"),
        );
    }
}

/// Checks that the towers of a score with sampled negatives have vectors, because their rows are repeated for
/// each sampled candidate.
fn check_pair_towers(model: &Model, shapes: &[Shape], score: NodeId, errors: &mut Errors) {
    for tower in retrieval::read_by(model, score).0 {
        let result = model.towers[tower].result;
        let (shape, span, from) = (shapes[result], model.nodes[score].span, model.nodes[result].span);
        if !matches!(shape, Shape::Vector(_)) {
            let message = format!("a score with sampled negatives compares vectors, but {}", subject(shape));
            errors.push(Operand { shape, span, from }.not_a_vector(message));
        }
    }
}

fn weight(model: &Model, errors: &mut Errors) -> Option<ColumnId> {
    let named: BTreeSet<ColumnId> =
        model.losses().filter_map(Loss::label).filter_map(|labelled| labelled.weight).collect();
    let mut weights = (0..model.columns.len())
        .filter(|&column| matches!(model.columns[column].kind, ColumnKind::Weight(_)))
        .filter(|&column| !named.contains(&ColumnId(column)));
    let first = weights.next()?;
    for second in weights {
        errors.push(
            Diagnostic::new("E0104", model.columns[second].span, "a record has one sample weight")
                .label("a second one")
                .note(model.columns[first].span, "declared here too")
                .help("a term of the objective may name its own: `bce(score, label, weight = importance)`"),
        );
    }
    Some(ColumnId(first))
}

/// Reports fields that the candidate tower reads and the catalog lacks, except for columns in `reported`.
fn check_catalog(plan: &Plan, reported: &BTreeSet<ColumnId>, errors: &mut Errors) {
    let Some(catalog) = plan.model.catalog() else { return };
    if plan.candidates.is_empty() && errors.is_empty() {
        errors.push(Diagnostic::new("E0504", plan.model.catalog_span, "the catalog is never used").help(
            "remove it, or use an objective of retrieval such as `in_batch_softmax(query, candidate)`",
        ));
    }
    let catalog = &plan.model.data.sources[catalog];
    let name = &catalog.name;
    for &candidate in &plan.candidates {
        let input = &plan.inputs[InputId::Tower(candidate)];
        for (column, field) in &input.columns {
            let RawField { source, name: field } = &input.fields[field];
            if source != name && !reported.contains(column) {
                let earlier = plan.model.columns[column].earlier;
                let may_have = catalog.may_have(field);
                errors.push(
                    Diagnostic::new(
                        "E0413",
                        plan.model.columns[column].span,
                        format!("candidates come from `{name}`, but this is read from `{source}`"),
                    )
                    .label(format!("the field `{field}` of `{source}`"))
                    .note(plan.model.towers[candidate].span, "this tower encodes candidates alone")
                    .help(match may_have && !earlier {
                        true => {
                            format!("read it from the rows of candidates: `from = {name}.{}`", written(field))
                        }
                        false => "move it into the tower of queries, or name another source in `catalog`"
                            .to_string(),
                    }),
                );
            }
        }
    }
}

/// FNV-1a of the text and the compiler version, as 16 hexadecimal digits.
fn fingerprint(text: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes().chain(env!("CARGO_PKG_VERSION").bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

impl Plan {
    /// Returns the modules of the towers, then the objective's.
    pub fn modules(&self) -> impl Iterator<Item = (InputId, &Module)> {
        let towers = self.towers.iter().enumerate();
        let towers = towers.map(|(id, tower)| (InputId::Tower(TowerId(id)), &tower.module));
        towers.chain([(InputId::Objective, &self.objective.module)])
    }

    /// Returns the modules that are fields of `Weights`. An objective without weights is not one.
    pub fn weights(&self) -> impl Iterator<Item = &Module> {
        let modules = self.modules();
        let modules = modules.filter(|(id, module)| *id != InputId::Objective || !module.weights.is_empty());
        modules.map(|(_, module)| module)
    }

    /// Shapes of the inputs of a node.
    pub(crate) fn input_shapes(&self, node: &Node) -> Vec<Shape> {
        node.inputs.iter().map(|input| self.shapes[input]).collect()
    }

    /// Shape of the output of a tower.
    pub(crate) fn output_shape(&self, tower: TowerId) -> Shape {
        self.shapes[self.model.towers[tower].result.0]
    }

    /// Returns whether evaluation computes any metric over the catalog.
    pub fn ranks_catalog(&self) -> bool {
        self.model.metrics.iter().any(|metric| !metric.is_of_labels())
    }
}

indexed! {
    TableId => Vec<Lookup>,
    TowerId => Input,
    FieldId => RawField,
    TowerId => Tower,
}
