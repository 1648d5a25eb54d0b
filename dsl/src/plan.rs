//! model to plan: every shape a number, every Rust name chosen, order of operations fixed.
//!
//! After this stage nothing can be wrong: `expand` only writes down what stands here.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Errors, Reported};
use crate::layers::{Operand, Operation, Shape, positions, same_width, subject};
use crate::model::{ColumnId, ColumnKind, Loss, Model, NodeId, Op, TableId};
use crate::span::Span;
use crate::written::written;

mod company;
mod forms;
mod inputs;
mod names;
mod pairs;
mod parts;
mod positives;
mod retrieval;
mod scores;
#[cfg(test)]
mod tests;
mod weights;

pub use names::Namer;
pub use parts::{Part, Parts, Place};
pub use retrieval::Retrieval;
pub use turret_schema::former_name;
pub use weights::WeightedLayer;

/// A model ready to be written as Rust.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The resolved spec.
    pub model: Model,
    /// The text that was compiled, that of imported files in the place of the imports.
    pub text: String,
    /// Paths of the imported files, relative to the folder of the spec.
    pub imports: Vec<String>,
    /// Changes whenever the compiled text does.
    pub fingerprint: String,
    /// Shape of every node.
    pub shapes: Vec<Shape>,
    /// Columns of each tower, then of the objective.
    pub inputs: Vec<Input>,
    /// For each table, the columns whose rows are gathered from it: input and column.
    pub lookups: Vec<Vec<(usize, ColumnId)>>,
    /// The towers, then the objective.
    pub sites: Vec<Site>,
    /// Variables of the objective with the outputs of towers.
    pub outputs: Vec<Output>,
    /// Fields of `Features` with the vocabularies.
    pub vocabularies: Parts,
    /// Fields of `Features` with the columns.
    pub columns: Parts,
    /// Fields of `Tables`.
    pub tables: Parts,
    /// The score that `auc` ranks and predictions are made of.
    pub score: Option<NodeId>,
    /// Ranking of candidates, where evaluation is retrieval.
    pub retrieval: Option<Retrieval>,
    /// The towers that encode candidates.
    pub candidates: Vec<usize>,
    /// Column of sample weights.
    pub weight: Option<ColumnId>,
}

/// The columns that one tower, or the objective, reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Name of the tower, or `target`.
    pub name: String,
    /// The source whose rows it is encoded for: 0 for the main one, else the number of its join.
    pub source: usize,
    /// Source and name of each raw field of its record.
    pub fields: Vec<(String, String)>,
    /// The field of `fields` that each column reads.
    pub columns: Vec<(ColumnId, usize)>,
    /// Fields of its batch, by the position of a column in `columns`.
    pub batch: Parts,
    /// Fields of its record, by the position of a raw field in `fields`.
    pub record: Parts,
}

/// The operations of a tower, or of the objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Field of `Weights`, and name of its batch.
    pub field: String,
    /// Type.
    pub ty: String,
    /// `///` lines.
    pub docs: Vec<String>,
    /// Layers with weights, in order.
    pub weights: Vec<WeightedLayer>,
    /// Operations in order.
    pub steps: Vec<Step>,
    /// Steps that are one variable: the values of a range of columns.
    pub ranges: Vec<Vec<NodeId>>,
    /// Output; the objective has none.
    pub result: Option<NodeId>,
    /// Width of its output.
    pub width: usize,
}

/// Variables of the objective with the output of a tower.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The output for all rows.
    pub all: String,
    /// The part of it for the records alone, where rows of drawn candidates follow.
    pub own: String,
}

/// One `let` of a forward pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The node it computes.
    pub node: NodeId,
    /// Variable.
    pub name: String,
    /// Field of its weights.
    pub weights: Option<String>,
    /// Name in the whole model.
    pub label: String,
}

/// Most weights of a layer: 2 GiB of them.
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
    if let Some(catalogue) = &mut model.data.catalog {
        catalogue.inputs.clone_from(&candidates);
    }
    let positives = positives::check_positives(&model, &candidates, errors);
    let inputs = inputs::plan_inputs(&model, &candidates);
    let mut plan = Plan {
        text: text.to_string(),
        imports: Vec::new(),
        fingerprint: fingerprint(text),
        lookups: inputs::plan_lookups(&model, &inputs),
        sites: Vec::new(),
        outputs: Vec::new(),
        vocabularies: Parts::default(),
        columns: Parts::default(),
        tables: Parts::default(),
        score: score(&model),
        retrieval,
        candidates,
        weight: weight(&model, errors),
        inputs,
        shapes,
        model,
    };
    check_catalogue(&plan, &positives, errors);
    names::choose_names(&mut plan);
    Ok(plan)
}

/// The shape of every node, in order; a node whose inputs are wrong is not reported again.
fn shapes(model: &Model, errors: &mut Errors) -> Result<Vec<Shape>, Reported> {
    let mut shapes: Vec<Result<Shape, Reported>> = Vec::with_capacity(model.nodes.len());
    for (index, node) in model.nodes.iter().enumerate() {
        let shape = match &node.op {
            Op::Column(column) => Ok(Shape::Vector(match model.columns[column.0].kind {
                ColumnKind::Vector { width, .. } => width as usize,
                _ => 1,
            })),
            Op::Lookup(table, column) => {
                let dim = model.tables[table.0].dim;
                Ok(match model.columns[column.0].kind {
                    ColumnKind::Sequence { ref items, .. } => Shape::Sequence(items.max as usize, dim),
                    ColumnKind::Bag { .. } | ColumnKind::Text { .. } => Shape::Bag(dim),
                    _ => Shape::Vector(dim),
                })
            }
            Op::Tower(tower) => shapes[model.towers[tower.0].result.0],
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

/// Reports a layer with more weights than could be meant.
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

/// Returns the place that the shape of a node comes from: the result of a tower for its name.
fn origin(model: &Model, node: NodeId) -> Span {
    match model.nodes[node.0].op {
        Op::Tower(tower) => model.nodes[model.towers[tower.0].result.0].span,
        _ => model.nodes[node.0].span,
    }
}

fn check_towers(model: &Model, shapes: &[Shape], errors: &mut Errors) {
    for tower in &model.towers {
        let result = Operand {
            shape: shapes[tower.result.0],
            span: model.nodes[tower.result.0].span,
            from: model.nodes[tower.result.0].span,
        };
        if !is_output(result.shape) {
            let message =
                format!("a tower gives a vector, or several interests, but {}", subject(result.shape));
            let label = format!("the result of the tower `{}`", tower.name);
            errors.push(result.not_a_vector(message).label(label));
        }
    }
}

/// Returns whether a tower may give it.
fn is_output(shape: Shape) -> bool {
    matches!(shape, Shape::Vector(_) | Shape::Interests(..))
}

fn check_objective(model: &Model, shapes: &[Shape], errors: &mut Errors) {
    let operand = |node: NodeId| Operand {
        shape: shapes[node.0],
        span: model.nodes[node.0].span,
        from: origin(model, node),
    };
    // A tower that gives no vector was reported where it is declared.
    let is_reported =
        |node: NodeId| !is_output(shapes[node.0]) && matches!(model.nodes[node.0].op, Op::Tower(_));
    let score = |node: NodeId, what: &str, errors: &mut Errors| {
        let operand = operand(node);
        match operand.vector(what) {
            _ if is_reported(node) => {}
            Ok(1) => {}
            Ok(width) => {
                let diagnostic =
                    Diagnostic::new("E0302", operand.span, format!("a {what} is one number per record"))
                        .label(format!("a vector of width {width}"))
                        .help("end in `dense(1)`, or score two towers with `dot(user, item)`");
                errors.push(operand.note_origin(diagnostic, "its width comes from here"));
            }
            Err(bag) => {
                errors.push(bag);
            }
        }
    };
    for (_, loss) in &model.objective {
        match loss {
            Loss::Bce { logit, .. } => score(*logit, "logit", errors),
            Loss::Pairwise { positive, negative, .. } => {
                score(*positive, "score", errors);
                negative.iter().for_each(|negative| score(*negative, "score", errors));
                if negative.is_none() {
                    check_pair_towers(model, shapes, *positive, errors);
                }
            }
            Loss::Softmax { name, query, candidate, .. } => {
                let operands = [operand(*query), operand(*candidate)];
                let widths = (operands[0].vector(name), operands[1].vector(name));
                match widths {
                    _ if is_reported(*query) || is_reported(*candidate) => {}
                    (Ok(a), Ok(b)) => {
                        errors.extend(same_width(name, &operands, (a, b)).err());
                    }
                    (a, b) => errors.extend(a.err().into_iter().chain(b.err())),
                }
            }
        }
    }
}

/// The towers of a score with drawn negatives give vectors: a row is repeated for each candidate drawn for it.
fn check_pair_towers(model: &Model, shapes: &[Shape], score: NodeId, errors: &mut Errors) {
    for tower in retrieval::read_by(model, score).0 {
        let result = model.towers[tower].result;
        let (shape, span, from) = (shapes[result.0], model.nodes[score.0].span, model.nodes[result.0].span);
        if !matches!(shape, Shape::Vector(_)) {
            let message = format!("a score with drawn negatives compares vectors, but {}", subject(shape));
            errors.push(Operand { shape, span, from }.not_a_vector(message));
        }
    }
}

fn score(model: &Model) -> Option<NodeId> {
    model.objective.iter().find_map(|(_, loss)| match loss {
        Loss::Bce { logit, .. } => Some(*logit),
        _ => None,
    })
}

fn weight(model: &Model, errors: &mut Errors) -> Option<ColumnId> {
    let mut weights = (0..model.columns.len())
        .filter(|&column| matches!(model.columns[column].kind, ColumnKind::Weight { .. }));
    let first = weights.next()?;
    for second in weights {
        errors.push(
            Diagnostic::new("E0104", model.columns[second].span, "a record has one sample weight")
                .label("a second one")
                .note(model.columns[first].span, "declared here too"),
        );
    }
    Some(ColumnId(first))
}

/// Reports fields that the tower of candidates reads and the catalogue lacks, but for columns that were `reported` already.
fn check_catalogue(plan: &Plan, reported: &BTreeSet<ColumnId>, errors: &mut Errors) {
    let Some(catalogue) = plan.model.catalogue() else { return };
    if plan.candidates.is_empty() && errors.is_empty() {
        errors.push(Diagnostic::new("E0504", plan.model.catalogue_span, "the catalog is never used").help(
            "remove it, or use an objective of retrieval such as `in_batch_softmax(query, candidate)`",
        ));
    }
    let catalogue = &plan.model.data.sources[catalogue.0];
    let name = &catalogue.name;
    for &candidate in &plan.candidates {
        for (column, field) in &plan.inputs[candidate].columns {
            let (source, field) = &plan.inputs[candidate].fields[*field];
            if source != name && !reported.contains(column) {
                let earlier = plan.model.columns[column.0].earlier;
                let may_have = catalogue.may_have(field);
                errors.push(
                    Diagnostic::new(
                        "E0413",
                        plan.model.columns[column.0].span,
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

/// FNV-1a of the text and of the compiler's version, as 16 hexadecimal digits.
fn fingerprint(text: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes().chain(env!("CARGO_PKG_VERSION").bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

impl Plan {
    /// The nodes of a tower, or of the objective, from which `result` is computed, in order.
    pub fn needed(&self, site: &Site, result: NodeId) -> Vec<Step> {
        let mut needed = BTreeSet::from([result]);
        for step in site.steps.iter().rev() {
            if needed.contains(&step.node) {
                needed.extend(self.model.nodes[step.node.0].inputs.iter().copied());
            }
        }
        site.steps.iter().filter(|step| needed.contains(&step.node)).cloned().collect()
    }

    /// The index, among the columns gathered from a table, of a column of an input.
    pub fn lookup_index(&self, table: TableId, input: usize, column: ColumnId) -> usize {
        self.lookups[table.0].iter().position(|lookup| *lookup == (input, column)).unwrap_or_default()
    }

    /// The input from whose rows a column learns, and whose values it counts: one that is encoded for each row of a joined source, else the first that
    /// reads it.
    pub fn observer(&self, column: ColumnId) -> Option<usize> {
        let reads = |input: &&Input| input.columns.iter().any(|(other, _)| *other == column);
        let readers = || self.inputs.iter().enumerate().filter(|(_, input)| reads(input));
        readers().find(|(_, input)| input.source > 0).or_else(|| readers().next()).map(|(index, _)| index)
    }

    /// The input that the objective reads.
    pub fn target(&self) -> usize {
        self.inputs.len() - 1
    }

    /// Returns whether evaluation computes any metric over the catalogue.
    pub fn ranks_catalogue(&self) -> bool {
        self.model.metrics.iter().any(|metric| !metric.is_of_labels())
    }
}
