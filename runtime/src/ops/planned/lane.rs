//! A lane of a segment: one thread runs its ops, tile by tile.

use std::ops::Range;

use super::schedule::{Into, Local, Read, Schedule, Segment, Sum};
use super::tasks::weighted;
use super::wiring::From;
use crate::ops::gather::Gather;
use crate::ops::loss::call::Objective;
use crate::ops::op::{Forward, Op};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::scratch::{Scratch, unwritten};

/// Values and gradients of a tile, by local of the segment.
#[derive(Debug, Default)]
struct TileMemory {
    /// Outputs.
    values: Vec<Vec<f32>>,
    saved: Vec<Vec<f32>>,
    /// Gradients of the outputs; empty before an op adds to one, and after the backward pass.
    gradients: Vec<Vec<f32>>,
}

/// Values and gradients of a lane. The memory is reused in the next step.
#[derive(Debug, Default)]
pub(super) struct LaneMemory {
    /// Memory of each tile, or of one tile if the segment does not keep them.
    tiles: Vec<TileMemory>,
    /// Sums over the rows of the lane.
    pub(super) sums: Vec<Vec<f32>>,
    spare: Spare,
    scratch: Scratch,
    /// Sum of the losses of each task in the lane, times their factors.
    pub(super) losses: Vec<f64>,
}

/// Memory for gradients. What was used last is used first, as it is in the cache.
#[derive(Debug, Default)]
struct Spare(Vec<Vec<f32>>);

impl Spare {
    fn zeros(&mut self, length: usize) -> Vec<f32> {
        let mut zeros = self.0.pop().unwrap_or_default();
        reset(&mut zeros, length);
        zeros
    }

    /// Returns a gradient of this length: zeros if it is empty or was taken before.
    fn begun(&mut self, gradient: Vec<f32>, length: usize) -> Vec<f32> {
        if gradient.is_empty() { self.zeros(length) } else { gradient }
    }

    /// Makes an empty gradient zeros.
    fn begin<'g>(&mut self, gradient: &'g mut Vec<f32>, length: usize) -> &'g mut [f32] {
        *gradient = self.begun(std::mem::take(gradient), length);
        gradient
    }
}

/// Makes `length` zeros.
pub(super) fn reset(numbers: &mut Vec<f32>, length: usize) {
    numbers.clear();
    numbers.resize(length, 0.0);
}

fn add(into: &mut [f32], factor: f32, found: &[f32]) {
    vectorized(|| add_scaled(into, factor, found));
}

/// Op of a node in a step.
#[derive(Clone, Copy)]
pub(super) enum NodeOp<'a> {
    Op(&'a dyn Op),
    Gather(&'a dyn Gather),
    Loss(&'a dyn Objective),
}

impl NodeOp<'_> {
    /// Approximate number of operations per row.
    pub(super) fn cost(&self) -> usize {
        match self {
            NodeOp::Op(op) => op.cost(),
            NodeOp::Gather(op) => op.width() * op.reads().div_ceil(op.rows().max(1)),
            NodeOp::Loss(objective) => objective.cost(),
        }
    }
}

/// Values of other lanes.
#[derive(Clone, Copy)]
pub(super) struct Outside<'a> {
    pub(super) schedule: &'a Schedule,
    /// Op of each node.
    pub(super) ops: &'a [NodeOp<'a>],
    /// Values of weights, of gathered table rows, and of data of the batch.
    pub(super) leaves: &'a [&'a [f32]],
    /// Output of each node that other segments read, for all records.
    pub(super) values: &'a [Vec<f32>],
    /// Gradients of nodes, for all records.
    pub(super) gradients: &'a [Vec<f32>],
    /// Lanes of each segment of later stages.
    pub(super) later: &'a [Vec<LaneMemory>],
    /// Learned weight of each task; empty if none is learned.
    pub(super) weights: &'a [f32],
}

impl<'a> Outside<'a> {
    /// Lanes of a segment of a later stage.
    fn lanes(&self, segment: usize) -> &'a [LaneMemory] {
        let first = self.schedule.segments.len() - self.later.len();
        &self.later[segment - first]
    }
}

/// A lane, with its rows of the values that all lanes of the segment write.
pub(super) struct Lane<'a> {
    pub(super) segment: &'a Segment,
    pub(super) records: Range<usize>,
    pub(super) memory: LaneMemory,
    /// Outputs that other segments read, by local.
    pub(super) values: Vec<(usize, &'a mut [f32])>,
    /// Gradients that other segments read or add to, by local.
    pub(super) gradients: Vec<(usize, &'a mut [f32])>,
}

/// Records that are computed together.
#[derive(Clone, Copy)]
struct Tile {
    /// Number of its memory.
    memory: usize,
    first: usize,
    end: usize,
    /// First record of the lane.
    lane: usize,
    /// Number of records of the component.
    of: usize,
}

impl Tile {
    /// Part of the tile in `length` numbers of all records.
    fn part(&self, length: usize) -> Range<usize> {
        let each = length / self.of;
        self.first * each..self.end * each
    }

    /// Part of the tile in the numbers of the lane, of `length` of all records.
    fn part_of_lane(&self, length: usize) -> Range<usize> {
        let each = length / self.of;
        (self.first - self.lane) * each..(self.end - self.lane) * each
    }
}

impl Lane<'_> {
    /// Runs all tiles forward; then backward if no other segment reads an output.
    pub(super) fn forward(&mut self, outside: Outside<'_>) {
        self.memory.losses.clear();
        self.memory.losses.resize(outside.schedule.graph.tasks.max(1), 0.0);
        self.memory.sums.resize_with(self.segment.sums.len(), Vec::new);
        self.memory.sums.iter_mut().zip(&self.segment.sums).for_each(|(sum, of)| reset(sum, of.length));
        for tile in self.tiles() {
            self.tile_forward(tile, outside);
            if self.segment.is_last {
                self.tile_backward(tile, outside);
            }
        }
    }

    /// Runs all tiles backward.
    pub(super) fn backward(&mut self, outside: Outside<'_>) {
        self.tiles().for_each(|tile| self.tile_backward(tile, outside));
    }

    fn tiles(&self) -> impl Iterator<Item = Tile> + use<> {
        let Segment { records: of, keeps_tiles, .. } = *self.segment;
        let (Range { start, end }, size) = (self.records.clone(), self.segment.tile());
        (start..end).step_by(size).enumerate().map(move |(number, first)| Tile {
            memory: if keeps_tiles { number } else { 0 },
            first,
            end: (first + size).min(end),
            lane: start,
            of,
        })
    }

    fn tile_forward(&mut self, tile: Tile, outside: Outside<'_>) {
        let graph = &outside.schedule.graph;
        let locals = &self.segment.locals;
        let LaneMemory { tiles, sums, spare, scratch, losses } = &mut self.memory;
        tiles.resize_with(tiles.len().max(tile.memory + 1), TileMemory::default);
        let TileMemory { values, saved, gradients } = &mut tiles[tile.memory];
        for all in [&mut *values, &mut *saved, &mut *gradients] {
            all.resize_with(locals.len(), Vec::new);
        }
        for (at, local) in locals.iter().enumerate() {
            let node = &graph.nodes[local.node];
            let (before, rest) = values.split_at_mut(at);
            let output = &mut rest[0];
            if local.is_import {
                output.clear();
                output.extend_from_slice(&outside.values[local.node][tile.part(node.length)]);
                continue;
            }
            unwritten(output, tile.part(node.length).len());
            let rows = tile.part(node.rows);
            let inputs: Vec<&[f32]> =
                local.inputs.iter().map(|input| read(input.read, outside, tile, before)).collect();
            match outside.ops[local.node] {
                NodeOp::Op(op) => {
                    unwritten(&mut saved[at], rows.len() * op.saved().numbers);
                    op.forward(rows, &inputs, output, &mut saved[at], scratch);
                }
                NodeOp::Gather(op) => op.forward(inputs[0], rows.start, output),
                NodeOp::Loss(objective) => {
                    let mut into: Vec<Vec<f32>> = Vec::with_capacity(inputs.len());
                    for (input, values) in local.inputs.iter().zip(&inputs) {
                        into.push(match input.into {
                            Into::Sum(sum) => std::mem::take(&mut sums[sum]),
                            _ if !node.trained => Vec::new(),
                            _ => spare.zeros(values.len()),
                        });
                    }
                    let mut refs: Vec<&mut [f32]> = into.iter_mut().map(Vec::as_mut_slice).collect();
                    let sum = objective.sum(rows.start, rows.len(), &inputs, &mut refs, scratch);
                    losses[node.task] += f64::from(node.factor) * sum;
                    let factor = weighted(node.factor, Some(node.task), outside.weights);
                    for (input, found) in local.inputs.iter().zip(into) {
                        match input.into {
                            Into::Sum(sum) => sums[sum] = found,
                            Into::Local(other) => {
                                let gradient = spare.begin(&mut gradients[other], found.len());
                                add(gradient, factor, &found);
                                spare.0.push(found);
                            }
                            Into::Nothing | Into::Unused | Into::Gather => spare.0.push(found),
                        }
                    }
                }
            }
        }
        for (local, all) in &mut self.values {
            let length = graph.nodes[locals[*local].node].length;
            all[tile.part_of_lane(length)].copy_from_slice(&values[*local]);
        }
    }

    fn tile_backward(&mut self, tile: Tile, outside: Outside<'_>) {
        let graph = &outside.schedule.graph;
        let locals = &self.segment.locals;
        let LaneMemory { tiles, sums, spare, scratch, .. } = &mut self.memory;
        let TileMemory { values, saved, gradients } = &mut tiles[tile.memory];
        for (local, gradient) in locals.iter().zip(&mut *gradients).filter(|(local, _)| !local.is_import) {
            receive(gradient, local, tile, outside, spare);
        }
        for (local, all) in &self.gradients {
            let node = locals[*local].node;
            if !locals[*local].is_import && outside.schedule.uses[node].is_imported {
                let part = &all[tile.part_of_lane(graph.nodes[node].length)];
                add(spare.begin(&mut gradients[*local], part.len()), 1.0, part);
            }
        }
        for (at, local) in locals.iter().enumerate().rev() {
            let node = &graph.nodes[local.node];
            let NodeOp::Op(op) = outside.ops[local.node] else { continue };
            if local.is_import || !node.trained {
                continue;
            }
            let inputs: Vec<&[f32]> =
                local.inputs.iter().map(|input| read(input.read, outside, tile, values)).collect();
            let mut g = spare.begun(std::mem::take(&mut gradients[at]), values[at].len());
            let mut into: Vec<Vec<f32>> = Vec::with_capacity(inputs.len());
            for (input, values) in local.inputs.iter().zip(&inputs) {
                let taken = match input.into {
                    Into::Local(other) => std::mem::take(&mut gradients[other]),
                    Into::Sum(sum) => std::mem::take(&mut sums[sum]),
                    Into::Nothing | Into::Unused | Into::Gather => Vec::new(),
                };
                // A second use of an input has zeros, which are added to the first.
                into.push(match input.into {
                    Into::Nothing => taken,
                    _ => spare.begun(taken, values.len()),
                });
            }
            let mut refs: Vec<&mut [f32]> = into.iter_mut().map(Vec::as_mut_slice).collect();
            let forward = Forward { inputs: &inputs, output: &values[at], saved: &saved[at] };
            op.backward(tile.part(node.rows).len(), &forward, &mut g, &mut refs, scratch);
            for (input, found) in local.inputs.iter().zip(into) {
                let place = match input.into {
                    Into::Local(other) => &mut gradients[other],
                    Into::Sum(sum) => &mut sums[sum],
                    Into::Nothing => continue,
                    Into::Unused | Into::Gather => {
                        spare.0.push(found);
                        continue;
                    }
                };
                if place.is_empty() {
                    *place = found;
                } else {
                    add(place, 1.0, &found);
                    spare.0.push(found);
                }
            }
            spare.0.push(g);
        }
        for (local, all) in &mut self.gradients {
            let node = &graph.nodes[locals[*local].node];
            let part = &mut all[tile.part_of_lane(node.length)];
            if locals[*local].is_import {
                add(part, 1.0, &gradients[*local]);
            } else if node.is_trained_gather() {
                part.copy_from_slice(spare.begin(&mut gradients[*local], part.len()));
            }
        }
        spare.0.extend(gradients.iter_mut().filter(|gradient| !gradient.is_empty()).map(std::mem::take));
    }
}

/// Values of an input. `locals` has the outputs of the locals before the op.
fn read<'a>(read: Read, outside: Outside<'a>, tile: Tile, locals: &'a [Vec<f32>]) -> &'a [f32] {
    match read {
        Read::Local(local) => &locals[local],
        Read::Rows(leaf) => {
            let values = outside.leaves[leaf];
            &values[tile.part(values.len())]
        }
        Read::Whole(From::Leaf(leaf)) => outside.leaves[leaf],
        Read::Whole(From::Node(node)) => &outside.values[node],
    }
}

/// Adds the gradients of an output from segments that read rows of other lanes.
fn receive(gradient: &mut Vec<f32>, local: &Local, tile: Tile, outside: Outside<'_>, spare: &mut Spare) {
    let Schedule { graph, segments, uses } = outside.schedule;
    let part = tile.part(graph.nodes[local.node].length);
    if uses[local.node].gathers.is_empty() && uses[local.node].sums.is_empty() {
        return;
    }
    let gradient = spare.begin(gradient, part.len());
    for &gather in &uses[local.node].gathers {
        if let NodeOp::Gather(op) = outside.ops[gather] {
            op.backward(&outside.gradients[gather], part.start / op.width().max(1), gradient);
        }
    }
    for &(segment, sum) in &uses[local.node].sums {
        let Sum { factor, task, .. } = segments[segment].sums[sum];
        let factor = weighted(factor, task, outside.weights);
        for lane in outside.lanes(segment) {
            add(gradient, factor, &lane.sums[sum][part.clone()]);
        }
    }
}
