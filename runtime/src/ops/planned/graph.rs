//! The recorded ops by number: inputs come before the ops that read them.

use std::collections::BTreeMap;
use std::sync::Arc;

use dfdx::tensor::{Cpu, CpuError, Gradients};

use super::recording::{Observed, Record, Source, Work};
use crate::ops::Loss;
use crate::ops::call::{Operand, Role};
use crate::ops::gather::Gather;
use crate::ops::loss::call::Objective;
use crate::ops::op::Op;

/// Ops and tensors that a loss depends on.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    /// Values of weights, of gathered table rows, and of data of the batch.
    pub(super) leaves: Vec<Arc<Vec<f32>>>,
    /// Nodes whose values are kept, with their names.
    pub(super) observed: Vec<(&'static str, usize)>,
    /// True if weights and table rows receive gradients.
    pub(super) has_gradients: bool,
}

/// Tensors of the leaves of a graph.
pub(super) type Tensors = Vec<Box<dyn Operand<Cpu>>>;

/// An op.
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) rows: usize,
    /// Number of floats of the output.
    pub(super) length: usize,
    pub(super) inputs: Vec<Input>,
    /// True if weights or table rows receive gradients through it.
    pub(super) trained: bool,
}

pub(super) enum Kind {
    Op(Box<dyn Op>),
    Gather(Box<dyn Gather>),
    /// A loss with its factor in the total.
    Loss(Box<dyn Objective>, f32),
}

/// Input of an op.
#[derive(Clone, Copy)]
pub(super) struct Input {
    pub(super) from: From,
    pub(super) link: Link,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum From {
    Node(usize),
    Leaf(usize),
}

/// Relation of the rows of an input to those of the output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// Each output row has its own. False if the input gets no gradient.
    Rows(bool),
    /// All output rows read the whole input.
    Whole,
    /// A gather selects rows.
    Selected,
}

impl Node {
    /// Returns whether it is a gather whose source receives gradients.
    pub(super) fn is_trained_gather(&self) -> bool {
        self.trained && matches!(self.kind, Kind::Gather(_))
    }
}

impl Graph {
    /// Ops that a loss and the observed tensors depend on, with or without gradients.
    pub(super) fn of_loss(
        records: Vec<Record>,
        observed: &[Observed],
        loss: &Loss<Cpu>,
        has_gradients: bool,
    ) -> Result<(Self, Tensors), CpuError> {
        let mut build = Build::new(records, has_gradients)?;
        build.add_loss(loss, 1.0)?;
        for (name, tensor) in observed {
            if let From::Node(node) = build.resolve(tensor.as_ref())? {
                build.graph.observed.push((name, node));
            }
        }
        Ok((build.graph, build.tensors))
    }

    /// Ops that an output depends on, without gradients; and the place of the output.
    pub(super) fn of_output(
        records: Vec<Record>,
        output: &dyn Operand<Cpu>,
    ) -> Result<(Self, From), CpuError> {
        let mut build = Build::new(records, false)?;
        let from = build.resolve(output)?;
        if let From::Node(node) = from {
            build.graph.observed.push(("output", node));
        }
        Ok((build.graph, from))
    }
}

/// Numbers of tensors. dfdx keeps the ids of tensors to itself, but a map from ids to floats is public.
struct Ids(Gradients<f32, Cpu>);

impl Ids {
    fn set(&mut self, tensor: &dyn Operand<Cpu>, from: From) -> Result<(), CpuError> {
        let mark = match from {
            From::Node(number) => 1.0 + number as f32,
            From::Leaf(number) => -1.0 - number as f32,
        };
        **tensor.gradient(&mut self.0)? = vec![mark];
        Ok(())
    }

    fn get(&mut self, tensor: &dyn Operand<Cpu>) -> Result<Option<From>, CpuError> {
        let mark = tensor.gradient(&mut self.0)?.first().copied().unwrap_or_default();
        Ok(match mark {
            0.0 => None,
            mark if mark > 0.0 => Some(From::Node(mark as usize - 1)),
            mark => Some(From::Leaf(-mark as usize - 1)),
        })
    }
}

struct Build {
    ids: Ids,
    records: Vec<Option<Record>>,
    /// Result of each record that was visited.
    found: Vec<Option<From>>,
    /// Leaves of gathered table rows, by the address of their values.
    rows: BTreeMap<*const Vec<f32>, usize>,
    graph: Graph,
    tensors: Tensors,
}

impl Build {
    fn new(records: Vec<Record>, has_gradients: bool) -> Result<Self, CpuError> {
        let mut ids = Ids(Gradients::leaky());
        for (number, record) in records.iter().enumerate() {
            ids.set(record.output.as_ref(), From::Node(number))?;
        }
        let count = records.len();
        let records = records.into_iter().map(Some).collect();
        let found = vec![None; count];
        let graph = Graph { has_gradients, ..Graph::default() };
        Ok(Self { ids, records, found, rows: BTreeMap::new(), graph, tensors: Tensors::new() })
    }

    /// Adds a loss, times a factor, to the total.
    fn add_loss(&mut self, loss: &dyn Operand<Cpu>, factor: f32) -> Result<(), CpuError> {
        let Some(From::Node(number)) = self.ids.get(loss)? else { return Ok(()) };
        match self.records[number].take() {
            Some(Record { work: Work::Total(terms), .. }) => {
                terms.iter().try_for_each(|(weight, term)| self.add_loss(term.as_ref(), factor * weight))
            }
            record => {
                self.records[number] = record;
                self.visit(number)?;
                if let Some(From::Node(node)) = self.found[number]
                    && let Kind::Loss(_, total) = &mut self.graph.nodes[node].kind
                {
                    *total += factor;
                }
                Ok(())
            }
        }
    }

    fn resolve(&mut self, tensor: &dyn Operand<Cpu>) -> Result<From, CpuError> {
        match self.ids.get(tensor)? {
            Some(From::Node(number)) => self.visit(number),
            Some(leaf) => Ok(leaf),
            None => {
                let leaf = self.leaf(tensor, Arc::new(tensor.values()));
                self.ids.set(tensor, leaf)?;
                Ok(leaf)
            }
        }
    }

    fn leaf(&mut self, tensor: &dyn Operand<Cpu>, values: Arc<Vec<f32>>) -> From {
        self.tensors.push(tensor.boxed());
        self.graph.leaves.push(values);
        From::Leaf(self.graph.leaves.len() - 1)
    }

    /// Adds a record after its inputs.
    fn visit(&mut self, number: usize) -> Result<From, CpuError> {
        if let Some(found) = self.found[number] {
            return Ok(found);
        }
        let found = match self.records[number].take() {
            Some(Record { work: Work::View(of), .. }) => self.resolve(of.as_ref())?,
            Some(record) => self.node(record)?,
            None => return Err(CpuError::WrongNumElements),
        };
        self.found[number] = Some(found);
        Ok(found)
    }

    fn node(&mut self, record: Record) -> Result<From, CpuError> {
        let (kind, rows, inputs, trainable) = match record.work {
            Work::Op { op, rows, inputs } => {
                let inputs = inputs.iter().map(|(role, tensor)| {
                    let link = match role {
                        Role::Rows => Link::Rows(true),
                        Role::Constant => Link::Rows(false),
                        Role::Shared => Link::Whole,
                    };
                    Ok(Input { from: self.resolve(tensor.as_ref())?, link })
                });
                let inputs = inputs.collect::<Result<Vec<_>, CpuError>>()?;
                (Kind::Op(op), rows, inputs, true)
            }
            Work::Gather { op, source, trained } => {
                let from = match source {
                    Source::Tensor(tensor) => self.resolve(tensor.as_ref())?,
                    Source::Rows(tensor, values) => match self.rows.get(&Arc::as_ptr(&values)) {
                        Some(leaf) => From::Leaf(*leaf),
                        None => {
                            self.rows.insert(Arc::as_ptr(&values), self.graph.leaves.len());
                            self.leaf(tensor.as_ref(), values)
                        }
                    },
                };
                let rows = op.rows();
                (Kind::Gather(op), rows, vec![Input { from, link: Link::Selected }], trained)
            }
            Work::Loss { objective, rows, inputs } => {
                let mut links = vec![Link::Whole; inputs.len()];
                links[..1.min(inputs.len())].fill(Link::Rows(true));
                let inputs = links.into_iter().zip(&inputs);
                let inputs =
                    inputs.map(|(link, tensor)| Ok(Input { from: self.resolve(tensor.as_ref())?, link }));
                (Kind::Loss(objective, 0.0), rows, inputs.collect::<Result<Vec<_>, CpuError>>()?, true)
            }
            Work::View(_) | Work::Total(_) => return Err(CpuError::WrongNumElements),
        };
        let trained = trainable && self.graph.has_gradients && inputs.iter().any(|input| self.is_trained(*input));
        self.graph.nodes.push(Node { kind, rows, length: record.length, inputs, trained });
        Ok(From::Node(self.graph.nodes.len() - 1))
    }

    fn is_trained(&self, input: Input) -> bool {
        match (input.from, input.link) {
            (_, Link::Rows(false)) | (From::Leaf(_), Link::Rows(true)) => false,
            (From::Leaf(_), Link::Whole | Link::Selected) => true,
            (From::Node(node), _) => self.graph.nodes[node].trained,
        }
    }
}
