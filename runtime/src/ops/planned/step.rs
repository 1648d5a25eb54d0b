//! Runs the stages of a step.

use std::collections::BTreeMap;
use std::ops::Range;

use dfdx::tensor::{Cpu, CpuError, Gradients};

use super::graph::{Graph, Node};
use super::lane::{Lane, LaneMemory, NodeOp, Outside, reset};
use super::leaf::{LeafMemory, leaf_gradients};
use super::recording::{Observed, Record, Work};
use super::schedule::{Schedule, Segment};
use super::tasks::StepWeights;
use super::wiring::{From, Leaf, Numbers, Wanted, Wirer, Wiring};
use crate::ops::Loss;
use crate::ops::call::Operand;
use crate::ops::parallel::{WORTH_SPLITTING, share};

/// Memory of planned steps, reused from step to step.
#[derive(Debug, Default)]
pub struct StepMemory {
    numbers: Numbers,
    /// Schedule of the last step, with its wiring.
    plan: Option<(Wiring, Schedule)>,
    /// Wiring of an earlier step.
    spare: Wiring,
    /// Values of leaves that are not table rows.
    leaves: Vec<LeafMemory>,
    /// Output of each node that other segments read.
    values: Vec<Vec<f32>>,
    /// Gradient of each node that other segments read or add to.
    gradients: Vec<Vec<f32>>,
    /// Lanes of each segment.
    lanes: Vec<Vec<LaneMemory>>,
    /// Values that were asked for, with their names.
    observed: Vec<(&'static str, Vec<f32>)>,
    /// Loss of each task, if the objective names them.
    task_losses: Vec<f32>,
    /// Weight of each task, if the weights are learned.
    task_weights: Vec<f32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

/// A schedule with the ops and leaves of a step.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) schedule: &'a Schedule,
    /// Op of each node.
    pub(super) ops: &'a [NodeOp<'a>],
    pub(super) tensors: &'a [Leaf<'a>],
    /// Values of the leaves.
    pub(super) leaves: &'a [&'a [f32]],
    /// Weights of the losses of tasks.
    pub(super) weights: &'a StepWeights<'a>,
}

impl StepMemory {
    /// Returns a loss and its gradients.
    pub(super) fn gradients(
        &mut self,
        records: &[Record],
        observed: &[Observed],
        loss: &Loss<Cpu>,
    ) -> Result<(f32, Gradients<f32, Cpu>), CpuError> {
        self.planned(records, observed, (loss, Wanted::Gradients), |memory, step| {
            let loss = memory.loss_of(step);
            for stage in step.schedule.stages().into_iter().rev() {
                memory.run_stage(step, stage, Direction::Backward);
            }
            let mut gradients = leaf_gradients(step, &memory.lanes, &memory.gradients)?;
            step.weights.add_gradients(&memory.task_losses, &mut gradients)?;
            Ok((loss, gradients))
        })
    }

    /// Returns a loss.
    pub(super) fn loss(
        &mut self,
        records: &[Record],
        observed: &[Observed],
        loss: &Loss<Cpu>,
    ) -> Result<f32, CpuError> {
        self.planned(records, observed, (loss, Wanted::Loss), |memory, step| Ok(memory.loss_of(step)))
    }

    /// Returns the values of an output.
    pub(super) fn values(
        &mut self,
        records: &[Record],
        output: &dyn Operand<Cpu>,
    ) -> Result<Vec<f32>, CpuError> {
        self.planned(records, &[], (output, Wanted::Values), |memory, step| {
            memory.forward(step);
            Ok(match step.schedule.graph.output {
                Some(From::Leaf(leaf)) => step.leaves[leaf].to_vec(),
                Some(From::Node(node)) => std::mem::take(&mut memory.values[node]),
                None => Vec::new(),
            })
        })
    }

    /// Calls `run` with the schedule of a step: that of the last step if its wiring is the same.
    fn planned<R>(
        &mut self,
        records: &[Record],
        observed: &[Observed],
        (of, wanted): (&dyn Operand<Cpu>, fn(From) -> Wanted),
        run: impl FnOnce(&mut Self, Step<'_>) -> Result<R, CpuError>,
    ) -> Result<R, CpuError> {
        let mut numbers = std::mem::take(&mut self.numbers);
        let mut wirer = Wirer::new(records, &mut numbers, std::mem::take(&mut self.spare));
        let place = wirer.place(of);
        wirer.wiring.wanted = Some(wanted(place));
        for (name, tensor) in observed {
            let place = wirer.place(tensor.as_ref());
            wirer.wiring.observed.push((name, place));
        }
        let Wirer { wiring, leaves: tensors, .. } = wirer;
        let weights = StepWeights::of(match place {
            From::Node(number) => records.get(number),
            From::Leaf(_) => None,
        });
        let plan = match self.plan.take() {
            Some((last, schedule)) if last == wiring => {
                self.spare = wiring;
                (last, schedule)
            }
            _ => {
                let schedule = Schedule::new(Graph::new(&wiring)?);
                (wiring, schedule)
            }
        };
        let mut copies = std::mem::take(&mut self.leaves);
        copies.resize_with(tensors.len(), LeafMemory::default);
        for ((leaf, copy), is_read) in tensors.iter().zip(&mut copies).zip(&plan.1.graph.is_read) {
            if *is_read && leaf.rows.is_none() {
                copy.copy_values(leaf);
            }
        }
        let values = tensors.iter().zip(&copies);
        let leaves: Vec<&[f32]> =
            values.map(|(leaf, copy)| leaf.rows.map_or(&copy.values[..], |rows| &rows[..])).collect();
        let ops: Vec<NodeOp<'_>> = node_ops(&plan.1.graph, records)?;
        let step =
            Step { schedule: &plan.1, ops: &ops, tensors: &tensors, leaves: &leaves, weights: &weights };
        self.prepare(step.schedule);
        let result = run(self, step);
        (self.plan, self.leaves, self.numbers) = (Some(plan), copies, numbers);
        result
    }

    fn forward(&mut self, step: Step<'_>) {
        for stage in step.schedule.stages() {
            self.run_stage(step, stage, Direction::Forward);
        }
    }

    fn loss_of(&mut self, step: Step<'_>) -> f32 {
        self.forward(step);
        let observed = step.schedule.graph.observed.iter();
        let values = |place: From| match place {
            From::Node(node) => self.values[node].clone(),
            From::Leaf(leaf) => step.leaves[leaf].to_vec(),
        };
        self.observed = observed.map(|(name, place)| (*name, values(*place))).collect();
        let lanes = || self.lanes.iter().flatten();
        let of_task = |task: usize| lanes().filter_map(|lane| lane.losses.get(task)).sum::<f64>();
        let losses: Vec<f64> = (0..step.schedule.graph.tasks.max(1)).map(of_task).collect();
        self.task_losses.clear();
        self.task_losses.extend(losses.iter().take(step.schedule.graph.tasks).map(|loss| *loss as f32));
        self.task_weights.clone_from(&step.weights.values);
        step.weights.total(&losses) as f32
    }

    /// Losses of the tasks of the last step.
    pub(in crate::ops) fn task_losses(&self) -> &[f32] {
        &self.task_losses
    }

    /// Learned weights of the tasks in the last step.
    pub(in crate::ops) fn task_weights(&self) -> &[f32] {
        &self.task_weights
    }

    /// Removes and returns the values that the ops of the last step asked for.
    pub(in crate::ops) fn take_observed(&mut self) -> Vec<(&'static str, Vec<f32>)> {
        std::mem::take(&mut self.observed)
    }

    fn prepare(&mut self, schedule: &Schedule) {
        let nodes = &schedule.graph.nodes;
        for all in [&mut self.values, &mut self.gradients] {
            all.resize_with(nodes.len(), Vec::new);
        }
        for (node, uses) in schedule.uses.iter().enumerate() {
            if uses.any() {
                self.values[node].resize(nodes[node].length, 0.0);
            }
            if uses.is_imported {
                reset(&mut self.gradients[node], nodes[node].length);
            } else if nodes[node].is_trained_gather() {
                self.gradients[node].resize(nodes[node].length, 0.0);
            }
        }
        self.lanes.resize_with(schedule.segments.len(), Vec::new);
        for (lanes, segment) in self.lanes.iter_mut().zip(&schedule.segments) {
            lanes.resize_with(segment.lanes(), LaneMemory::default);
        }
    }

    /// Runs the segments of a stage in one direction.
    fn run_stage(&mut self, step: Step<'_>, stage: Range<usize>, direction: Direction) {
        let Step { schedule, ops, leaves, weights, .. } = step;
        let is_forward = direction == Direction::Forward;
        let runs = |segment: &usize| is_forward || !schedule.segments[*segment].is_last;
        let (mut values, mut gradients) = (Written::default(), Written::default());
        for segment in stage.clone().filter(runs) {
            let goes_back = !is_forward || schedule.segments[segment].is_last;
            for (at, local) in schedule.segments[segment].locals.iter().enumerate() {
                let (node, uses) = (&schedule.graph.nodes[local.node], &schedule.uses[local.node]);
                if is_forward && !local.is_import && uses.any() {
                    values.take(&mut self.values, local.node, (segment, at));
                }
                let is_whole = local.is_import || uses.is_imported || node.is_trained_gather();
                if goes_back && node.trained && is_whole {
                    gradients.take(&mut self.gradients, local.node, (segment, at));
                }
            }
        }
        let (lanes, later) = self.lanes.split_at_mut(stage.end);
        let outside = Outside {
            schedule,
            ops,
            leaves,
            values: &self.values,
            gradients: &self.gradients,
            later,
            weights: &weights.values,
        };
        let (mut value_parts, mut gradient_parts) = (values.parts(), gradients.parts());
        let (mut work, mut cost) = (Vec::new(), 0usize);
        for segment in stage.clone().filter(runs) {
            let of = &schedule.segments[segment];
            cost = cost.saturating_add(step.cost(of));
            for (lane, memory) in std::mem::take(&mut lanes[segment]).into_iter().enumerate() {
                let (records, left) = (of.lane_records(lane), of.records - of.lane_records(lane).start);
                let share = (records.len(), left);
                let values = next_parts(&mut value_parts, segment, share);
                let gradients = next_parts(&mut gradient_parts, segment, share);
                work.push((segment, Lane { segment: of, records, memory, values, gradients }));
            }
        }
        let run = |(_, lane): &mut (usize, Lane<'_>)| match direction {
            Direction::Forward => lane.forward(outside),
            Direction::Backward => lane.backward(outside),
        };
        if cost < WORTH_SPLITTING || work.len() < 2 {
            work.iter_mut().for_each(run);
        } else {
            share(&mut work, run);
        }
        for (segment, lane) in work {
            lanes[segment].push(lane.memory);
        }
        values.give(&mut self.values);
        gradients.give(&mut self.gradients);
    }
}

impl Step<'_> {
    /// Approximate number of operations of a segment.
    fn cost(&self, segment: &Segment) -> usize {
        let own = segment.locals.iter().filter(|local| !local.is_import);
        let cost = |node: usize| self.schedule.graph.nodes[node].rows.saturating_mul(self.ops[node].cost());
        own.map(|local| cost(local.node)).fold(0, usize::saturating_add)
    }
}

/// Returns the op of each node.
fn node_ops<'r>(graph: &'r Graph, records: &'r [Record]) -> Result<Vec<NodeOp<'r>>, CpuError> {
    let op = |node: &'r Node| match &records[node.record].work {
        Work::Op { op, .. } => Ok(NodeOp::Op(match &node.joins {
            Some(joins) => joins,
            None => op.as_ref(),
        })),
        Work::Gather { op, .. } => Ok(NodeOp::Gather(op.as_ref())),
        Work::Loss { objective, .. } => Ok(NodeOp::Loss(objective.as_ref())),
        Work::View(_) | Work::Total(_) | Work::Tasks { .. } => Err(CpuError::WrongNumElements),
    };
    graph.nodes.iter().map(op).collect()
}

/// Numbers of all records that the lanes of a stage write.
#[derive(Default)]
struct Written(Vec<Whole>);

struct Whole {
    node: usize,
    segment: usize,
    local: usize,
    numbers: Vec<f32>,
}

/// For each segment, what is left for its next lanes, by local.
type Parts<'a> = BTreeMap<usize, Vec<(usize, &'a mut [f32])>>;

impl Written {
    fn take(&mut self, from: &mut [Vec<f32>], node: usize, (segment, local): (usize, usize)) {
        self.0.push(Whole { node, segment, local, numbers: std::mem::take(&mut from[node]) });
    }

    fn give(self, to: &mut [Vec<f32>]) {
        self.0.into_iter().for_each(|whole| to[whole.node] = whole.numbers);
    }

    fn parts(&mut self) -> Parts<'_> {
        let mut parts = Parts::new();
        for whole in &mut self.0 {
            parts.entry(whole.segment).or_default().push((whole.local, &mut whole.numbers[..]));
        }
        parts
    }
}

/// Takes the parts of the next lane: `count` of the `left` records.
fn next_parts<'a>(
    parts: &mut Parts<'a>,
    segment: usize,
    (count, left): (usize, usize),
) -> Vec<(usize, &'a mut [f32])> {
    let Some(parts) = parts.get_mut(&segment) else { return Vec::new() };
    let split = |(local, rest): &mut (usize, &'a mut [f32])| {
        let numbers = std::mem::take(rest);
        let (part, others) = numbers.split_at_mut(numbers.len() / left * count);
        *rest = others;
        (*local, part)
    };
    parts.iter_mut().map(split).collect()
}
