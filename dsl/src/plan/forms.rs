//! Normal forms of nodes: nodes with equal forms have equal values for every record and all weights.
//!
//! A form is a linear combination of atoms plus a constant. An atom is a column, a lookup, or an operation on
//! forms. Each operation with weights or random numbers is a separate atom.

use std::collections::{BTreeMap, BTreeSet};

use turret_schema::Similarity;

use crate::layers::{Algebra, Operation, Shape, positions};
use crate::model::{ColumnId, Model, NodeId, Op, TableId};

/// Index of an atom.
pub(super) type AtomId = usize;
/// Index of a form.
type FormId = usize;

/// A value that is not a linear combination of others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Atom {
    Column(ColumnId),
    Lookup(TableId, ColumnId),
    /// An operation with weights or random numbers.
    Own(NodeId),
    /// Ordered product of forms.
    Product(Vec<FormId>),
    /// Index among the distinct operations, and the inputs.
    Step(usize, Vec<FormId>),
}

/// A linear combination of atoms plus a constant.
#[derive(Clone, Debug, Default, PartialEq)]
struct Form {
    terms: BTreeMap<AtomId, f64>,
    shift: f64,
}

/// Forms of all nodes.
#[derive(Debug, Default)]
pub(super) struct Forms {
    atoms: BTreeMap<Atom, AtomId>,
    /// True for atoms that differ between records.
    varies: Vec<bool>,
    /// Factors of the atoms that are products.
    factors: BTreeMap<AtomId, Vec<FormId>>,
    /// Parts of the atoms that are concatenations.
    joined: BTreeMap<AtomId, Vec<FormId>>,
    forms: Vec<Form>,
    numbers: BTreeMap<(Vec<(AtomId, u64)>, u64), FormId>,
    nodes: Vec<FormId>,
    /// True for nodes that depend on an objective layer with weights.
    has_own_layers: Vec<bool>,
}

impl Forms {
    /// Computes the forms of all nodes. `shapes` are their shapes.
    pub(super) fn of(model: &Model, shapes: &[Shape]) -> Self {
        let mut forms = Forms::default();
        let mut steps: Vec<&Operation> = Vec::new();
        let of_towers: BTreeSet<NodeId> =
            model.towers.iter().flat_map(|tower| tower.nodes.iter().copied()).collect();
        for (index, node) in model.nodes.iter().enumerate() {
            let is_own = matches!(&node.op, Op::Layer(operation) if is_own(operation, &node.inputs, shapes));
            let form = match &node.op {
                Op::Column(column) => forms.atom(Atom::Column(*column), true),
                Op::Lookup(table, column) => forms.atom(Atom::Lookup(*table, *column), true),
                Op::Tower(tower) => forms.forms[forms.nodes[model.towers[tower].result.0]].clone(),
                Op::Layer(_) if is_own => {
                    let varies = node.inputs.iter().any(|input| !forms.is_constant(*input));
                    forms.atom(Atom::Own(NodeId(index)), varies)
                }
                Op::Layer(operation) => {
                    let inputs: Vec<FormId> = node.inputs.iter().map(|input| forms.nodes[input.0]).collect();
                    let step = steps.iter().position(|step| *step == operation).unwrap_or(steps.len());
                    if step == steps.len() {
                        steps.push(operation);
                    }
                    // The length of a sequence differs between records even if its values do not.
                    let has_length =
                        matches!(shapes[index], Shape::Bag(_) | Shape::Sequence(..) | Shape::Interests(..));
                    forms.step(operation, step, inputs, has_length)
                }
            };
            let form = forms.number(form);
            forms.nodes.push(form);
            let has_own = is_own || node.inputs.iter().any(|input| forms.has_own_layers[input.0]);
            forms.has_own_layers.push(has_own && !of_towers.contains(&NodeId(index)));
        }
        forms
    }

    /// Returns whether a node has the same value for all records.
    pub(super) fn is_constant(&self, node: NodeId) -> bool {
        !self.varies_form(self.nodes[node.0])
    }

    /// Returns whether a node depends on an objective layer with weights.
    pub(super) fn has_own_layers(&self, node: NodeId) -> bool {
        self.has_own_layers[node.0]
    }

    /// Returns the difference of two nodes, if it is constant.
    pub(super) fn difference(&self, a: NodeId, b: NodeId) -> Option<f64> {
        let (a, b) = (&self.forms[self.nodes[a.0]], &self.forms[self.nodes[b.0]]);
        let difference = a.plus(&b.times(-1.0, false), false);
        difference.terms.is_empty().then_some(difference.shift)
    }

    /// Returns the atoms of a node.
    pub(super) fn atoms(&self, node: NodeId) -> impl Iterator<Item = AtomId> {
        self.forms[self.nodes[node.0]].terms.keys().copied()
    }

    fn varies_form(&self, form: FormId) -> bool {
        self.forms[form].terms.keys().any(|atom| self.varies[*atom])
    }

    fn step(
        &mut self,
        operation: &Operation,
        step: usize,
        mut inputs: Vec<FormId>,
        has_length: bool,
    ) -> Form {
        let form = |index: usize| &self.forms[inputs[index]];
        match operation.algebra() {
            Algebra::Sum => return form(0).plus(form(1), has_length),
            Algebra::Scaled(by) => return form(0).times(by, has_length),
            Algebra::Shifted(by) => return form(0).plus(&Form::constant(by), has_length),
            Algebra::Product => {
                for (one, other) in [(0, 1), (1, 0)] {
                    if form(other).terms.is_empty() {
                        return form(one).times(form(other).shift, has_length);
                    }
                }
                return self.product(inputs, has_length);
            }
            Algebra::Compared(similarity) => {
                let of_equal = match similarity {
                    Similarity::Dot => None,
                    Similarity::Cosine => Some(1.0),
                    Similarity::Distance => Some(0.0),
                };
                if let Some(number) = of_equal.filter(|_| inputs[0] == inputs[1] && !has_length) {
                    return Form::constant(number);
                }
                let zero = |input: &FormId| self.forms[*input] == Form::default();
                if similarity == Similarity::Dot && inputs.iter().any(zero) && !has_length {
                    return Form::default();
                }
                let by = if similarity == Similarity::Dot { self.take_numbers(&mut inputs) } else { 1.0 };
                inputs.sort_unstable();
                return self.step_atom(step, inputs).times(by, has_length);
            }
            Algebra::Joined => {
                let form = self.step_atom(step, inputs.clone());
                self.joined.extend(form.atom().map(|(atom, _)| (atom, inputs)));
                return form;
            }
            Algebra::Unordered => {
                let fields = form(0).atom().filter(|(_, by)| *by == 1.0);
                if let Some(fields) = fields.and_then(|(atom, _)| self.joined.get(&atom)) {
                    inputs = fields.clone();
                    inputs.sort_unstable();
                }
            }
            Algebra::Function => {}
        }
        self.step_atom(step, inputs)
    }

    fn product(&mut self, mut inputs: Vec<FormId>, has_length: bool) -> Form {
        let by = self.take_numbers(&mut inputs);
        let factors = |input: FormId| {
            let product = self.forms[input].atom().and_then(|(atom, _)| self.factors.get(&atom));
            product.cloned().unwrap_or_else(|| vec![input])
        };
        let mut all: Vec<FormId> = inputs.into_iter().flat_map(factors).collect();
        all.sort_unstable();
        let varies = all.iter().any(|factor| self.varies_form(*factor));
        let form = self.atom(Atom::Product(all.clone()), varies);
        self.factors.extend(form.atom().map(|(atom, _)| (atom, all)));
        form.times(by, has_length)
    }

    /// Replaces each input that is a multiple of an atom by the atom. Returns the product of the factors.
    fn take_numbers(&mut self, inputs: &mut [FormId]) -> f64 {
        let mut product = 1.0;
        for input in inputs {
            if let Some((atom, by)) = self.forms[*input].atom().filter(|(_, by)| *by != 0.0) {
                product *= by;
                *input = self.number(Form { terms: BTreeMap::from([(atom, 1.0)]), shift: 0.0 });
            }
        }
        product
    }

    fn step_atom(&mut self, step: usize, inputs: Vec<FormId>) -> Form {
        let varies = inputs.iter().any(|input| self.varies_form(*input));
        self.atom(Atom::Step(step, inputs), varies)
    }

    fn atom(&mut self, atom: Atom, varies: bool) -> Form {
        let next = self.varies.len();
        let id = *self.atoms.entry(atom).or_insert(next);
        if id == next {
            self.varies.push(varies);
        }
        Form { terms: BTreeMap::from([(id, 1.0)]), shift: 0.0 }
    }

    fn number(&mut self, form: Form) -> FormId {
        // -0 equals 0.
        let bits = |number: f64| (number + 0.0).to_bits();
        let terms = form.terms.iter().map(|(atom, by)| (*atom, bits(*by))).collect();
        let next = self.forms.len();
        let id = *self.numbers.entry((terms, bits(form.shift))).or_insert(next);
        if id == next {
            self.forms.push(form);
        }
        id
    }
}

impl Form {
    fn constant(shift: f64) -> Self {
        Form { terms: BTreeMap::new(), shift }
    }

    /// Returns the atom and factor, if the form is a multiple of one atom.
    fn atom(&self) -> Option<(AtomId, f64)> {
        let (atom, by) = self.terms.first_key_value()?;
        (self.terms.len() == 1 && self.shift == 0.0).then_some((*atom, *by))
    }

    /// Sum of two forms. Atoms that cancel are kept with factor 0 if they have a length.
    fn plus(&self, other: &Self, has_length: bool) -> Self {
        let mut terms = self.terms.clone();
        for (atom, by) in &other.terms {
            let term = terms.entry(*atom).or_insert(0.0);
            *term = sum(*term, *by);
        }
        Form { terms, shift: sum(self.shift, other.shift) }.shortened(has_length)
    }

    /// Form times a constant.
    fn times(&self, by: f64, has_length: bool) -> Self {
        let terms = self.terms.iter().map(|(atom, factor)| (*atom, factor * by)).collect();
        Form { terms, shift: self.shift * by }.shortened(has_length)
    }

    fn shortened(mut self, has_length: bool) -> Self {
        self.terms.retain(|_, by| *by != 0.0 || has_length);
        self
    }
}

/// A sum; 0 if only the rounding error of 32-bit floats is left.
fn sum(a: f64, b: f64) -> f64 {
    let sum = a + b;
    if sum.abs() <= f64::from(f32::EPSILON) * a.abs().max(b.abs()) { 0.0 } else { sum }
}

/// Returns whether an operation has weights or random numbers.
fn is_own(operation: &Operation, inputs: &[NodeId], shapes: &[Shape]) -> bool {
    let inputs: Vec<Shape> = inputs.iter().map(|input| shapes[input]).collect();
    operation.drops() || operation.weights(&positions::seen(operation, &inputs)).is_some()
}
