//! Order of the ops of a step. Ops whose rows belong together form a component; its rows are divided into
//! lanes. An op that needs rows of other lanes begins a new stage. A segment has the ops of a component in a
//! stage: each lane runs through it alone.

use std::ops::Range;

use super::graph::{Graph, Node};
use super::wiring::{From, Input, Kind, Link};

/// Maximum number of lanes of a component. Sums over rows have one part for each lane.
const LANES: usize = 8;

/// Minimum number of records of a lane.
const SMALLEST_LANE: usize = 64;

/// Floats of a tile: those of its ops should fit the cache of a core.
const TILE_FLOATS: usize = 1 << 18;

/// Minimum number of rows of a tile: products of fewer rows are slow.
const SMALLEST_TILE: usize = 128;

#[derive(Debug)]
pub(super) struct Schedule {
    pub(super) graph: Graph,
    /// Segments in order of their stages.
    pub(super) segments: Vec<Segment>,
    /// Uses of the output of each node by other segments.
    pub(super) uses: Vec<Uses>,
}

/// Uses of an output outside of its segment.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses {
    /// True if a later segment of the component reads its rows.
    pub(super) is_imported: bool,
    /// Gathers of its rows.
    pub(super) gathers: Vec<usize>,
    /// Sums of its gradient over the lanes of a segment: segment and number of the sum.
    pub(super) sums: Vec<(usize, usize)>,
    /// True if another segment reads the whole output.
    pub(super) is_whole: bool,
}

impl Uses {
    /// Returns whether other segments read the output.
    pub(super) fn any(&self) -> bool {
        self.is_imported || self.is_whole
    }
}

#[derive(Debug)]
pub(super) struct Segment {
    pub(super) stage: usize,
    /// Number of records of the component.
    pub(super) records: usize,
    /// Ops of earlier segments whose rows are read, then the ops of this segment.
    pub(super) locals: Vec<Local>,
    /// Sums over the rows of a lane: gradients of whole inputs.
    pub(super) sums: Vec<Sum>,
    /// True if no other segment reads an output: each tile goes forward and backward at once.
    pub(super) is_last: bool,
    /// True if the values of a tile are needed after the forward pass of the others.
    pub(super) keeps_tiles: bool,
    /// Floats of all outputs per record.
    floats: usize,
    /// Maximum number of rows of an output per record.
    rows: usize,
}

/// An op in a segment.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) node: usize,
    /// True if an earlier segment runs it.
    pub(super) is_import: bool,
    pub(super) inputs: Vec<LocalInput>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct LocalInput {
    pub(super) read: Read,
    pub(super) into: Into,
}

/// Place of the values of an input.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    /// Rows of an op of the segment.
    Local(usize),
    /// Rows of a leaf.
    Rows(usize),
    /// All values.
    Whole(From),
}

/// Place of the gradient of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Into {
    /// The gradient is not computed, as the op knows.
    Nothing,
    /// The gradient is computed and not needed.
    Unused,
    Local(usize),
    Sum(usize),
    /// The gradient is summed by source row, when that of the whole output is known.
    Gather,
}

/// A sum over the rows of each lane.
#[derive(Debug)]
pub(super) struct Sum {
    pub(super) of: From,
    pub(super) length: usize,
    pub(super) factor: f32,
    /// Task of the loss whose gradients are summed, if its weight is learned.
    pub(super) task: Option<usize>,
}

/// Number of lanes of a component with this number of records.
pub(crate) fn lanes(records: usize) -> usize {
    records.div_ceil(lane(records))
}

/// Records of each lane but the last.
fn lane(records: usize) -> usize {
    records.div_ceil(LANES).max(SMALLEST_LANE)
}

impl Segment {
    fn lane(&self) -> usize {
        lane(self.records)
    }

    pub(super) fn lanes(&self) -> usize {
        lanes(self.records)
    }

    /// Records of a lane.
    pub(super) fn lane_records(&self, lane: usize) -> Range<usize> {
        lane * self.lane()..((lane + 1) * self.lane()).min(self.records)
    }

    /// Records of a tile.
    pub(super) fn tile(&self) -> usize {
        let smallest = (SMALLEST_TILE / self.rows.max(1)).max(1);
        (TILE_FLOATS / self.floats.max(1)).max(smallest)
    }
}

impl Schedule {
    pub(super) fn new(graph: Graph) -> Self {
        let component = components(&graph.nodes);
        let stages = stages(&graph.nodes);
        let mut keys: Vec<(usize, usize)> = stages.iter().copied().zip(component.iter().copied()).collect();
        let of_node = keys.clone();
        keys.sort_unstable();
        keys.dedup();
        let mut uses = vec![Uses::default(); graph.nodes.len()];
        for place in graph.observed.iter().map(|(_, place)| *place).chain(graph.output) {
            if let From::Node(node) = place {
                uses[node].is_whole = true;
            }
        }
        let mut segments: Vec<Segment> = Vec::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            let members: Vec<usize> = (0..of_node.len()).filter(|&node| of_node[node] == *key).collect();
            let records = records(&graph.nodes, &component, key.1);
            segments
                .push(Building::new(&graph, &of_node, &mut uses, index).segment(&members, key.0, records));
        }
        for segment in &mut segments {
            let is_own = segment.locals.iter().all(|local| local.is_import || !uses[local.node].any());
            segment.is_last = graph.has_gradients && is_own;
            segment.keeps_tiles = graph.has_gradients && !is_own;
        }
        Self { graph, segments, uses }
    }

    /// Segments of each stage.
    pub(super) fn stages(&self) -> Vec<Range<usize>> {
        let mut stages: Vec<Range<usize>> = Vec::new();
        for (index, segment) in self.segments.iter().enumerate() {
            match stages.last_mut() {
                Some(last) if self.segments[last.start].stage == segment.stage => last.end = index + 1,
                _ => stages.push(index..index + 1),
            }
        }
        stages
    }
}

/// Component of each node: nodes whose rows belong together have the same number.
fn components(nodes: &[Node]) -> Vec<usize> {
    let mut parents: Vec<usize> = (0..nodes.len()).collect();
    fn root(parents: &mut [usize], mut node: usize) -> usize {
        while parents[node] != node {
            parents[node] = parents[parents[node]];
            node = parents[node];
        }
        node
    }
    for (number, node) in nodes.iter().enumerate() {
        for input in &node.inputs {
            if let (From::Node(other), Link::Rows(_)) = (input.from, input.link) {
                let (a, b) = (root(&mut parents, number), root(&mut parents, other));
                parents[a.max(b)] = a.min(b);
            }
        }
    }
    (0..nodes.len()).map(|node| root(&mut parents, node)).collect()
}

/// Stage of each node.
fn stages(nodes: &[Node]) -> Vec<usize> {
    let mut stages = Vec::with_capacity(nodes.len());
    for node in nodes {
        let after = node.inputs.iter().map(|input| match (input.from, input.link) {
            (From::Leaf(_), _) => 0,
            (From::Node(other), Link::Rows(_)) => stages[other],
            (From::Node(other), Link::Whole(_) | Link::WholeBackward | Link::Selected) => stages[other] + 1,
        });
        let stage = after.max().unwrap_or(0);
        stages.push(stage);
    }
    stages
}

/// Number of records of a component: every node has a multiple of it as rows.
fn records(nodes: &[Node], component: &[usize], number: usize) -> usize {
    let rows = nodes.iter().zip(component).filter(|(_, of)| **of == number).map(|(node, _)| node.rows);
    rows.fold(0, |mut a, mut b| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    })
}

/// A segment that is being put together.
struct Building<'a> {
    graph: &'a Graph,
    /// Stage and component of each node.
    of_node: &'a [(usize, usize)],
    uses: &'a mut [Uses],
    index: usize,
    imports: Vec<usize>,
    sums: Vec<Sum>,
}

impl<'a> Building<'a> {
    fn new(graph: &'a Graph, of_node: &'a [(usize, usize)], uses: &'a mut [Uses], index: usize) -> Self {
        Self { graph, of_node, uses, index, imports: Vec::new(), sums: Vec::new() }
    }

    fn segment(mut self, members: &[usize], stage: usize, records: usize) -> Segment {
        let nodes = &self.graph.nodes;
        for input in members.iter().flat_map(|&member| &nodes[member].inputs) {
            if let (From::Node(other), Link::Rows(_)) = (input.from, input.link)
                && self.of_node[other].0 < stage
                && !self.imports.contains(&other)
            {
                self.imports.push(other);
                self.uses[other].is_imported = true;
            }
        }
        let imports = self.imports.iter();
        let mut locals: Vec<Local> =
            imports.map(|&node| Local { node, is_import: true, inputs: Vec::new() }).collect();
        for &member in members {
            let inputs = (0..nodes[member].inputs.len()).map(|at| self.input(member, at, members)).collect();
            locals.push(Local { node: member, is_import: false, inputs });
        }
        let floats = locals.iter().map(|local| {
            let saved = match nodes[local.node].kind {
                Kind::Op { saved } => saved * nodes[local.node].rows,
                _ => 0,
            };
            2 * nodes[local.node].length + saved
        });
        let floats = floats.sum::<usize>().checked_div(records).unwrap_or(0);
        let rows = locals.iter().map(|local| nodes[local.node].rows).max().unwrap_or(0);
        let rows = rows.checked_div(records).unwrap_or(0);
        Segment { stage, records, locals, sums: self.sums, is_last: false, keeps_tiles: false, floats, rows }
    }

    fn input(&mut self, member: usize, at: usize, members: &[usize]) -> LocalInput {
        let node = &self.graph.nodes[member];
        let input = node.inputs[at];
        match (input.from, input.link) {
            (From::Leaf(leaf), Link::Rows(gradient)) => LocalInput {
                read: Read::Rows(leaf),
                into: if gradient { Into::Unused } else { Into::Nothing },
            },
            (From::Node(other), Link::Rows(gradient)) => {
                let own = members.binary_search(&other).map(|at| self.imports.len() + at);
                let import = || self.imports.iter().position(|&import| import == other);
                let local = own.ok().or_else(import).unwrap_or_default();
                let into = match gradient {
                    false => Into::Nothing,
                    true if self.graph.nodes[other].trained => Into::Local(local),
                    true => Into::Unused,
                };
                LocalInput { read: Read::Local(local), into }
            }
            (from, Link::Selected | Link::Whole(_) | Link::WholeBackward) => {
                if let From::Node(other) = from {
                    self.uses[other].is_whole = true;
                }
                LocalInput { read: Read::Whole(from), into: self.gradient_of_whole(member, input) }
            }
        }
    }

    /// Place of the gradient of an input that is read as a whole, which its node receives from there.
    fn gradient_of_whole(&mut self, member: usize, Input { from, link }: Input) -> Into {
        let node = &self.graph.nodes[member];
        if link == Link::Selected {
            if let (From::Node(other), true) = (from, node.trained) {
                self.uses[other].gathers.push(member);
            }
            return Into::Gather;
        }
        if !node.trained || link == Link::Whole(false) {
            return Into::Nothing;
        }
        let (factor, task) = match node.kind {
            Kind::Loss => (node.factor, self.graph.has_learned_weights.then_some(node.task)),
            _ => (1.0, None),
        };
        let sum = self.sum(from, factor, task);
        if let From::Node(other) = from
            && !self.uses[other].sums.contains(&(self.index, sum))
        {
            self.uses[other].sums.push((self.index, sum));
        }
        Into::Sum(sum)
    }

    /// Number of the sum of the gradients of a whole input.
    fn sum(&mut self, of: From, factor: f32, task: Option<usize>) -> usize {
        let is_same = |sum: &Sum| sum.of == of && sum.factor == factor && sum.task == task;
        if let Some(same) = self.sums.iter().position(is_same) {
            return same;
        }
        let length = match of {
            From::Node(node) => self.graph.nodes[node].length,
            From::Leaf(leaf) => self.graph.leaves[leaf],
        };
        self.sums.push(Sum { of, length, factor, task });
        self.sums.len() - 1
    }
}
