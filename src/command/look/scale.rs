//! Numbers that are far larger than what they stand beside.

use turret_dsl::model::{ColumnId, ColumnKind, Op, Transform};
use turret_dsl::plan::Plan;
use turret_runtime::progress::rounded;

/// Embeddings and standardized numbers are of about 1; beside them, numbers of more than this drown the others.
const LARGE: f64 = 1000.0;

/// Size of the numbers in each column.
pub(super) struct Scales {
    of: Vec<Scale>,
}

#[derive(Clone, Copy, Default)]
struct Scale {
    count: u64,
    squares: f64,
    is_signed: bool,
}

impl Scales {
    /// Nothing seen yet.
    pub(super) fn new(plan: &Plan) -> Self {
        Self { of: vec![Scale::default(); plan.model.columns.len()] }
    }

    /// A number as the model sees it.
    pub(super) fn add(&mut self, column: ColumnId, number: f32) {
        let scale = &mut self.of[column.0];
        scale.count += 1;
        scale.squares += f64::from(number).powi(2);
        scale.is_signed |= number < 0.0;
    }

    /// A remark on each column of raw numbers that is far larger than what it stands beside.
    pub(super) fn remarks(&self, plan: &Plan) -> Vec<String> {
        let remark = |(index, scale): (usize, &Scale)| {
            let column = &plan.model.columns[index];
            let is_raw = matches!(column.kind, ColumnKind::Float { transform: Transform::Raw, .. });
            let size = (scale.squares / scale.count.max(1) as f64).sqrt();
            if !is_raw || size <= LARGE || !stands_beside_others(plan, ColumnId(index)) {
                return None;
            }
            let transform = if scale.is_signed { "standardize" } else { "log1p" };
            Some(format!(
                "note: `{}` has raw numbers of about {}, beside inputs of about 1: it drowns them; write `{}: float(transform = {transform})`",
                column.name,
                rounded(size),
                column.name
            ))
        };
        self.of.iter().enumerate().filter_map(remark).collect()
    }
}

/// Whether a layer joins or adds a column to other inputs.
fn stands_beside_others(plan: &Plan, column: ColumnId) -> bool {
    let nodes = &plan.model.nodes;
    let is_raw = |node: &turret_dsl::model::Node| matches!(node.op, Op::Column(id) if matches!(plan.model.columns[id.0].kind, ColumnKind::Float { transform: Transform::Raw, .. }));
    nodes.iter().any(|node| {
        let inputs = || node.inputs.iter().map(|input| &nodes[input.0]);
        inputs().any(|input| matches!(input.op, Op::Column(id) if id == column))
            && inputs().any(|input| !is_raw(input))
    })
}
