//! Inputs of the recorded ops by number. Steps of equal wiring have the same schedule.

use std::collections::HashMap;
use std::sync::Arc;

use dfdx::optim::UnusedTensors;
use dfdx::tensor::{Cpu, UniqueId};

use super::recording::{Record, Source, Work};
use crate::ops::call::{Operand, Role};

/// Kinds, sizes and inputs of the recorded ops, and the tensors that are wanted.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Wiring {
    pub(super) records: Vec<Wired>,
    /// Inputs of all records, in turn.
    pub(super) inputs: Vec<Input>,
    /// Factors of the inputs of totals, in turn.
    pub(super) factors: Vec<f32>,
    /// Widths of the inputs of concatenations, in turn.
    pub(super) widths: Vec<usize>,
    /// Number of floats of each leaf that is read as a whole; else 0.
    pub(super) leaves: Vec<usize>,
    /// Names and places of values that are kept.
    pub(super) observed: Vec<(&'static str, From)>,
    pub(super) wanted: Option<Wanted>,
}

/// Result of a pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wanted {
    Gradients(From),
    Loss(From),
    Values(From),
}

/// A record in a wiring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wired {
    pub(super) kind: Kind,
    pub(super) rows: usize,
    /// Number of floats of the output.
    pub(super) length: usize,
    /// Number of inputs.
    pub(super) inputs: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// An op, with the number of further floats that it saves for each row.
    Op {
        saved: usize,
    },
    /// The concatenation of its inputs.
    Concat,
    /// A gather, with or without gradients of its source.
    Gather {
        trained: bool,
    },
    Loss,
    /// The values of its input, in another shape.
    View,
    /// Weighted sum of losses.
    Total,
    /// Sum of the losses of tasks, with or without learned weights.
    Tasks {
        learned: bool,
    },
}

/// Input of an op.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Input {
    pub(super) from: From,
    pub(super) link: Link,
}

/// Place of a tensor: the output of a record or of a node of the graph, or a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum From {
    Node(usize),
    Leaf(usize),
}

/// Relation of the rows of an input to those of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Each output row has its own. False if the input gets no gradient.
    Rows(bool),
    /// All output rows read the whole input. False if the input gets no gradient.
    Whole(bool),
    /// The backward pass of all output rows reads the whole input, which gets a gradient.
    WholeBackward,
    /// A gather selects rows.
    Selected,
}

/// A tensor that no record computes: weights, gathered table rows, or data of the batch.
pub(super) struct Leaf<'r> {
    pub(super) tensor: &'r dyn Operand<Cpu>,
    /// Values of table rows.
    pub(super) rows: Option<&'r Arc<Vec<f32>>>,
    /// Number of columns of the matrix whose transpose it is.
    pub(super) transposed: Option<usize>,
}

/// Numbers of tensors.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    places: HashMap<UniqueId, From>,
    /// Leaves that are transposes of weights.
    transposed: HashMap<UniqueId, usize>,
    /// dfdx shows the ids of tensors in this list alone.
    ids: UnusedTensors,
}

impl Numbers {
    fn id(&mut self, tensor: &dyn Operand<Cpu>) -> Option<UniqueId> {
        self.ids.clear();
        tensor.add_id(&mut self.ids);
        self.ids.ids.first().copied()
    }
}

/// A wiring that is being put together, with its leaves.
pub(super) struct Wirer<'r, 'n> {
    numbers: &'n mut Numbers,
    pub(super) wiring: Wiring,
    pub(super) leaves: Vec<Leaf<'r>>,
}

impl<'r, 'n> Wirer<'r, 'n> {
    pub(super) fn new(records: &'r [Record], numbers: &'n mut Numbers, mut wiring: Wiring) -> Self {
        numbers.places.clear();
        numbers.transposed.clear();
        for (number, record) in records.iter().enumerate() {
            if let Some(id) = numbers.id(record.output.as_ref()) {
                numbers.places.insert(id, From::Node(number));
            }
        }
        wiring.clear();
        let mut wirer = Self { numbers, wiring, leaves: Vec::new() };
        records.iter().for_each(|record| wirer.record(record));
        wirer
    }

    /// Returns the place of a tensor.
    pub(super) fn place(&mut self, tensor: &'r dyn Operand<Cpu>) -> From {
        self.place_of(tensor, None)
    }

    fn place_of(&mut self, tensor: &'r dyn Operand<Cpu>, rows: Option<&'r Arc<Vec<f32>>>) -> From {
        let id = self.numbers.id(tensor);
        if let Some(from) = id.and_then(|id| self.numbers.places.get(&id)) {
            return *from;
        }
        let from = From::Leaf(self.leaves.len());
        self.leaves.push(Leaf { tensor, rows, transposed: None });
        self.wiring.leaves.push(0);
        if let Some(id) = id {
            self.numbers.places.insert(id, from);
        }
        from
    }

    fn record(&mut self, record: &'r Record) {
        let before = self.wiring.inputs.len();
        let (kind, rows) = match &record.work {
            Work::Op { op, rows, inputs } => {
                for (role, tensor) in inputs {
                    let link = match role {
                        Role::Rows => Link::Rows(true),
                        Role::Constant => Link::Rows(false),
                        Role::Shared => Link::Whole(true),
                        Role::SharedBackward => Link::WholeBackward,
                        Role::Transposed(columns) => {
                            self.transposed(tensor.as_ref(), *columns);
                            continue;
                        }
                    };
                    self.input(tensor.as_ref(), link);
                }
                let kind = match op.joined() {
                    Some(widths) => {
                        self.wiring.widths.extend(widths);
                        Kind::Concat
                    }
                    None => Kind::Op { saved: op.saved().numbers },
                };
                (kind, *rows)
            }
            Work::Gather { op, source, trained } => {
                let from = match source {
                    Source::Tensor(tensor) => self.place(tensor.as_ref()),
                    Source::Rows(tensor, values) => self.place_of(tensor.as_ref(), Some(values)),
                };
                self.wiring.inputs.push(Input { from, link: Link::Selected });
                (Kind::Gather { trained: *trained }, op.rows())
            }
            Work::Loss { rows, inputs, .. } => {
                for (index, tensor) in inputs.iter().enumerate() {
                    self.input(
                        tensor.as_ref(),
                        if index == 0 { Link::Rows(true) } else { Link::Whole(true) },
                    );
                }
                (Kind::Loss, *rows)
            }
            Work::View(of) => {
                self.input(of.as_ref(), Link::Rows(true));
                (Kind::View, 0)
            }
            Work::Total(terms) => {
                for (factor, term) in terms {
                    self.wiring.factors.push(*factor);
                    self.input(term.as_ref(), Link::Rows(true));
                }
                (Kind::Total, 1)
            }
            Work::Tasks { losses, learned } => {
                losses.iter().for_each(|loss| self.input(loss.as_ref(), Link::Rows(true)));
                (Kind::Tasks { learned: learned.is_some() }, 1)
            }
        };
        let inputs = self.wiring.inputs.len() - before;
        self.wiring.records.push(Wired { kind, rows, length: record.length, inputs });
    }

    /// Adds the transpose of a weight as an input. Weights are leaves, since no op computes them.
    fn transposed(&mut self, weight: &'r dyn Operand<Cpu>, columns: usize) {
        let id = self.numbers.id(weight);
        let leaf = id.and_then(|id| self.numbers.transposed.get(&id)).copied().unwrap_or(self.leaves.len());
        if leaf == self.leaves.len() {
            self.leaves.push(Leaf { tensor: weight, rows: None, transposed: Some(columns) });
            self.wiring.leaves.push(weight.length());
            self.numbers.transposed.extend(id.map(|id| (id, leaf)));
        }
        self.wiring.inputs.push(Input { from: From::Leaf(leaf), link: Link::Whole(false) });
    }

    fn input(&mut self, tensor: &'r dyn Operand<Cpu>, link: Link) {
        let from = self.place(tensor);
        if let (From::Leaf(leaf), Link::Whole(_) | Link::WholeBackward) = (from, link) {
            self.wiring.leaves[leaf] = tensor.length();
        }
        self.wiring.inputs.push(Input { from, link });
    }
}

impl Wiring {
    fn clear(&mut self) {
        self.records.clear();
        self.inputs.clear();
        self.factors.clear();
        self.widths.clear();
        self.leaves.clear();
        self.observed.clear();
        self.wanted = None;
    }
}
