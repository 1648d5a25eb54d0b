//! The ops that a result depends on, by number: inputs come before the ops that read them.

use dfdx::tensor::CpuError;

use super::wiring::{From, Input, Kind, Link, Wanted, Wired, Wiring};
use crate::ops::rows::concat::Concat;

/// Ops that a result depends on.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    /// Number of floats of each leaf that is read as a whole; else 0.
    pub(super) leaves: Vec<usize>,
    /// True for each leaf that a node reads, or that is the result.
    pub(super) is_read: Vec<bool>,
    /// Nodes and leaves whose values are kept, with their names.
    pub(super) observed: Vec<(&'static str, From)>,
    /// Number of tasks whose losses are kept.
    pub(super) tasks: usize,
    /// True if the weights of tasks are learned.
    pub(super) has_learned_weights: bool,
    /// Place of the result, unless it is a loss.
    pub(super) output: Option<From>,
    /// True if weights and table rows receive gradients.
    pub(super) has_gradients: bool,
}

/// An op.
#[derive(Debug)]
pub(super) struct Node {
    /// Number of its record.
    pub(super) record: usize,
    pub(super) kind: Kind,
    /// Factor of a loss in the total.
    pub(super) factor: f32,
    /// Task of a loss.
    pub(super) task: usize,
    pub(super) rows: usize,
    /// Number of floats of the output.
    pub(super) length: usize,
    pub(super) inputs: Vec<Input>,
    /// The op of a concatenation, which has the inputs of those that it alone reads.
    pub(super) joins: Option<Concat>,
    /// True if weights or table rows receive gradients through it.
    pub(super) trained: bool,
}

impl Node {
    /// Returns whether it is a gather whose source receives gradients.
    pub(super) fn is_trained_gather(&self) -> bool {
        self.trained && matches!(self.kind, Kind::Gather { .. })
    }
}

impl Graph {
    pub(super) fn new(wiring: &Wiring) -> Result<Self, CpuError> {
        let mut build = Build::new(wiring);
        match wiring.wanted {
            Some(Wanted::Gradients(loss) | Wanted::Loss(loss)) => build.add_loss(loss, 1.0, 0)?,
            Some(Wanted::Values(output)) => build.graph.output = Some(build.resolve(output)?),
            None => {}
        }
        for (name, tensor) in &wiring.observed {
            let place = build.resolve(*tensor)?;
            build.graph.observed.push((name, place));
        }
        Ok(build.graph)
    }
}

struct Build<'w> {
    wiring: &'w Wiring,
    /// First input, first factor and first width of each record.
    first: Vec<(usize, usize, usize)>,
    /// Number of inputs, observed values and results that are the output of each record.
    readers: Vec<usize>,
    /// Result of each record that was visited.
    found: Vec<Option<From>>,
    graph: Graph,
}

impl<'w> Build<'w> {
    fn new(wiring: &'w Wiring) -> Self {
        let starts = wiring.records.iter().scan((0, 0, 0), |next, record| {
            let first = *next;
            next.0 += record.inputs;
            next.1 += if record.kind == Kind::Total { record.inputs } else { 0 };
            next.2 += if record.kind == Kind::Concat { record.inputs } else { 0 };
            Some(first)
        });
        let mut readers = vec![0; wiring.records.len()];
        let wanted = wiring.wanted.map(|(Wanted::Gradients(of) | Wanted::Loss(of) | Wanted::Values(of))| of);
        let observed = wiring.observed.iter().map(|(_, of)| *of);
        for of in wiring.inputs.iter().map(|input| input.from).chain(observed).chain(wanted) {
            if let From::Node(number) = of {
                readers[number] += 1;
            }
        }
        let has_gradients = matches!(wiring.wanted, Some(Wanted::Gradients(_)));
        let (leaves, is_read) = (wiring.leaves.clone(), vec![false; wiring.leaves.len()]);
        let graph = Graph { leaves, is_read, has_gradients, ..Graph::default() };
        Self { wiring, first: starts.collect(), readers, found: vec![None; wiring.records.len()], graph }
    }

    fn inputs(&self, number: usize) -> &'w [Input] {
        let first = self.first[number].0;
        &self.wiring.inputs[first..first + self.wiring.records[number].inputs]
    }

    /// Inputs of a concatenation with their widths. In place of concatenations that only this one reads, it has their
    /// inputs.
    fn parts(&self, number: usize, parts: &mut Vec<(Input, usize)>) {
        let widths = &self.wiring.widths[self.first[number].2..];
        for (input, width) in self.inputs(number).iter().zip(widths) {
            match self.only_read_here(input.from) {
                Some(other) if self.wiring.records[other].rows == self.wiring.records[number].rows => {
                    self.parts(other, parts);
                }
                _ => parts.push((*input, *width)),
            }
        }
    }

    /// Returns a concatenation that is read at one place.
    fn only_read_here(&self, place: From) -> Option<usize> {
        let From::Node(number) = place else { return None };
        match self.wiring.records[number].kind {
            _ if self.readers[number] != 1 => None,
            Kind::View => self.only_read_here(self.inputs(number)[0].from),
            Kind::Concat => Some(number),
            _ => None,
        }
    }

    /// Adds a loss of a task, times a factor, to the total.
    fn add_loss(&mut self, loss: From, factor: f32, task: usize) -> Result<(), CpuError> {
        let From::Node(number) = loss else { return Ok(()) };
        match self.wiring.records[number].kind {
            Kind::Total => {
                let factors = &self.wiring.factors[self.first[number].1..];
                for (input, own) in self.inputs(number).iter().zip(factors) {
                    self.add_loss(input.from, factor * own, task)?;
                }
            }
            Kind::Tasks { learned } => {
                self.graph.tasks = self.inputs(number).len();
                self.graph.has_learned_weights = learned;
                for (task, input) in self.inputs(number).iter().enumerate() {
                    self.add_loss(input.from, factor, task)?;
                }
            }
            _ => {
                if let From::Node(node) = self.visit(number)? {
                    self.graph.nodes[node].factor += factor;
                    self.graph.nodes[node].task = task;
                }
            }
        }
        Ok(())
    }

    fn resolve(&mut self, place: From) -> Result<From, CpuError> {
        match place {
            From::Node(number) => self.visit(number),
            From::Leaf(leaf) => {
                self.graph.is_read[leaf] = true;
                Ok(place)
            }
        }
    }

    /// Adds a record after its inputs.
    fn visit(&mut self, number: usize) -> Result<From, CpuError> {
        if let Some(found) = self.found[number] {
            return Ok(found);
        }
        let Wired { kind, rows, length, .. } = self.wiring.records[number];
        let (mut inputs, mut joins) = (self.inputs(number).to_vec(), None);
        if kind == Kind::Concat {
            let mut parts = Vec::with_capacity(inputs.len());
            self.parts(number, &mut parts);
            let widths;
            (inputs, widths) = parts.into_iter().unzip();
            joins = Some(Concat { widths });
        }
        for input in &mut inputs {
            // The values of weights that the backward pass alone reads are not copied without need.
            let is_read = self.graph.has_gradients || input.link != Link::WholeBackward;
            if is_read || matches!(input.from, From::Node(_)) {
                input.from = self.resolve(input.from)?;
            }
        }
        let found = match kind {
            Kind::View => inputs[0].from,
            Kind::Total | Kind::Tasks { .. } => return Err(CpuError::WrongNumElements),
            Kind::Op { .. } | Kind::Concat | Kind::Gather { .. } | Kind::Loss => {
                let trained = self.graph.has_gradients
                    && kind != Kind::Gather { trained: false }
                    && inputs.iter().any(|input| self.is_trained(*input));
                let node =
                    Node { record: number, kind, factor: 0.0, task: 0, rows, length, inputs, joins, trained };
                self.graph.nodes.push(node);
                From::Node(self.graph.nodes.len() - 1)
            }
        };
        self.found[number] = Some(found);
        Ok(found)
    }

    fn is_trained(&self, input: Input) -> bool {
        match (input.from, input.link) {
            (_, Link::Rows(false) | Link::Whole(false)) | (From::Leaf(_), Link::Rows(true)) => false,
            (From::Leaf(_), Link::Whole(true) | Link::WholeBackward | Link::Selected) => true,
            (From::Node(node), _) => self.graph.nodes[node].trained,
        }
    }
}
