//! Values of weights and of data of the batch; gradients of weights and of gathered table rows.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use dfdx::tensor::{Cpu, CpuError, Gradients};
use pulp::bytemuck::cast_slice;

use super::lane::{LaneMemory, NodeOp};
use super::step::Step;
use super::tasks::weighted;
use super::wiring::{From, Leaf};
use crate::ops::gather::Gather;
use crate::ops::matmul::transpose_into;
use crate::ops::parallel::{add_scaled, share, vectorized};

/// Values of a leaf, reused from step to step.
#[derive(Debug, Default)]
pub(super) struct LeafMemory {
    pub(super) values: Vec<f32>,
    /// The matrix whose transpose the values are, and its number of columns. Empty for other leaves.
    matrix: (Vec<f32>, usize),
    spare: Vec<f32>,
}

impl LeafMemory {
    /// Copies the values of a leaf. A matrix is transposed only if it differs from that of the last step.
    pub(super) fn copy_values(&mut self, leaf: &Leaf<'_>) {
        let Some(columns) = leaf.transposed else {
            self.matrix.0.clear();
            return leaf.tensor.copy_values(&mut self.values);
        };
        leaf.tensor.copy_values(&mut self.spare);
        if self.matrix.1 != columns
            || cast_slice::<f32, u32>(&self.matrix.0) != cast_slice::<f32, u32>(&self.spare)
        {
            std::mem::swap(&mut self.matrix.0, &mut self.spare);
            self.matrix.1 = columns;
            transpose_into(&self.matrix.0, columns, &mut self.values);
        }
    }
}

/// Floats that a thread sums at once. Each part reads the slots of all gathers.
const PART: usize = 1 << 16;

/// Sums the gradients of weights over the lanes, and those of table rows over the rows that read them. `outputs` has
/// the gradient of the output of each gather.
pub(super) fn leaf_gradients(
    step: Step<'_>,
    lanes: &[Vec<LaneMemory>],
    outputs: &[Vec<f32>],
) -> Result<Gradients<f32, Cpu>, CpuError> {
    let Step { schedule, tensors, .. } = step;
    let mut gradients = Gradients::leaky();
    let mut leaves: BTreeMap<usize, LeafGradient<'_>> = BTreeMap::new();
    let sums = schedule.segments.iter().flat_map(|segment| segment.sums.iter().map(|sum| sum.of));
    let gathers = schedule.graph.nodes.iter().filter(|node| node.is_trained_gather());
    for of in sums.chain(gathers.map(|node| node.inputs[0].from)) {
        if let From::Leaf(of) = of
            && let Entry::Vacant(leaf) = leaves.entry(of)
        {
            let mut total = std::mem::take(&mut **tensors[of].tensor.gradient(&mut gradients)?);
            total.resize(step.leaves[of].len(), 0.0);
            leaf.insert(LeafGradient { total, sums: Vec::new(), gathers: Vec::new() });
        }
    }
    for (lanes, segment) in lanes.iter().zip(&schedule.segments) {
        for (index, sum) in segment.sums.iter().enumerate() {
            if let From::Leaf(of) = sum.of
                && let Some(leaf) = leaves.get_mut(&of)
            {
                let factor = weighted(sum.factor, sum.task, &step.weights.values);
                leaf.sums.extend(lanes.iter().map(|lane| (factor, &lane.sums[index][..])));
            }
        }
    }
    for ((node, op), g) in schedule.graph.nodes.iter().zip(step.ops).zip(outputs) {
        if let NodeOp::Gather(op) = op
            && node.trained
            && let From::Leaf(of) = node.inputs[0].from
            && let Some(leaf) = leaves.get_mut(&of)
        {
            leaf.gathers.push((*op, g));
        }
    }
    let mut parts: Vec<Part<'_>> = leaves.values_mut().flat_map(LeafGradient::parts).collect();
    share(&mut parts, Part::sum);
    for (of, found) in leaves {
        **tensors[of].tensor.gradient(&mut gradients)? = found.total;
    }
    Ok(gradients)
}

/// Gradient of a weight or of table rows.
struct LeafGradient<'a> {
    total: Vec<f32>,
    /// Sums of the lanes, with their factors.
    sums: Vec<(f32, &'a [f32])>,
    /// Gathers of its rows, with the gradients of their outputs.
    gathers: Vec<(&'a dyn Gather, &'a [f32])>,
}

/// Numbers of a gradient, from `first` on.
struct Part<'a> {
    first: usize,
    numbers: &'a mut [f32],
    sums: &'a [(f32, &'a [f32])],
    gathers: &'a [(&'a dyn Gather, &'a [f32])],
}

impl LeafGradient<'_> {
    fn parts(&mut self) -> impl Iterator<Item = Part<'_>> {
        let width = self.gathers.first().map_or(1, |(op, _)| op.width().max(1));
        let size = PART.next_multiple_of(width);
        let (sums, gathers) = (&self.sums[..], &self.gathers[..]);
        let parts = self.total.chunks_mut(size).enumerate();
        parts.map(move |(index, numbers)| Part { first: index * size, numbers, sums, gathers })
    }
}

impl Part<'_> {
    fn sum(&mut self) {
        let (first, numbers) = (self.first, &mut *self.numbers);
        for (factor, sum) in self.sums {
            let sum = &sum[first..first + numbers.len()];
            vectorized(|| add_scaled(numbers, *factor, sum));
        }
        for (op, g) in self.gathers {
            op.backward(g, first / op.width().max(1), numbers);
        }
    }
}
