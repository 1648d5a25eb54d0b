//! Check for numbers that are much larger than other inputs of their layer.

use turret_dsl::model::{ColumnId, ColumnKind, FloatSpec, Node, Op, Transform};
use turret_dsl::plan::Plan;
use turret_runtime::progress::rounded;

/// Maximum magnitude that does not dominate embeddings and standardized numbers, which are about 1.
const LARGE: f64 = 1000.0;

/// Magnitude of the numbers in each column.
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
    /// Empty statistics.
    pub(super) fn new(plan: &Plan) -> Self {
        Self { of: vec![Scale::default(); plan.model.columns.len()] }
    }

    /// Adds a number as the model receives it.
    pub(super) fn add(&mut self, column: ColumnId, number: f32) {
        let scale = &mut self.of[column.0];
        scale.count += 1;
        scale.squares += f64::from(number).powi(2);
        scale.is_signed |= number < 0.0;
    }

    /// Returns a note for each column of raw numbers that is much larger than the other inputs of its layer.
    pub(super) fn remarks(&self, plan: &Plan) -> Vec<String> {
        let remark = |(index, scale): (usize, &Scale)| {
            let column = &plan.model.columns[index];
            let (beside, of) = self.smallest_beside(plan, ColumnId(index))?;
            if !is_raw(plan, ColumnId(index)) || scale.size() <= LARGE * of {
                return None;
            }
            let transform = if scale.is_signed { "standardize" } else { "log1p" };
            Some(format!(
                "note: `{}` has raw numbers of about {}, next to {beside}: it dominates them; write `{}: float(transform = {transform})`",
                column.name,
                rounded(scale.size()),
                column.name
            ))
        };
        self.of.iter().enumerate().filter_map(remark).collect()
    }

    /// Returns the description and magnitude of the smallest input that a layer concatenates or adds to a
    /// column.
    fn smallest_beside(&self, plan: &Plan, column: ColumnId) -> Option<(String, f64)> {
        let nodes = &plan.model.nodes;
        let of_column = |node: &Node| match node.op {
            Op::Column(id) => Some(id),
            _ => None,
        };
        let layers = nodes.iter().map(|node| node.inputs.iter().map(|input| of_column(&nodes[input.0])));
        let layers = layers.filter(|inputs| inputs.clone().any(|input| input == Some(column)));
        let sizes = layers.flatten().filter_map(|input| match input {
            Some(id) if id == column => None,
            Some(id) if is_raw(plan, id) => {
                let size = self.of[id.0].size();
                let name = &plan.model.columns[id.0].name;
                (size > 0.0).then(|| (format!("numbers of about {} in `{name}`", shown(size)), size))
            }
            _ => Some(("inputs of about 1".to_owned(), 1.0)),
        });
        sizes.min_by(|left, right| left.1.total_cmp(&right.1))
    }
}

impl Scale {
    /// Root mean square.
    fn size(&self) -> f64 {
        (self.squares / self.count.max(1) as f64).sqrt()
    }
}

/// Returns whether the model receives the numbers of a column without transform.
fn is_raw(plan: &Plan, column: ColumnId) -> bool {
    matches!(
        plan.model.columns[column.0].kind,
        ColumnKind::Float(FloatSpec { transform: Transform::Raw, .. })
    )
}

/// Formats a magnitude.
fn shown(size: f64) -> String {
    if size < 10.0 { format!("{}", (size * 1000.0).round() / 1000.0) } else { rounded(size) }
}
