//! Functions of generated code as data: variables, their values, and the last use of each.

use std::collections::BTreeSet;

use super::Place;
use crate::layers::{Operation, Shape};
use crate::model::Pad;

/// A forward pass: the variables of a function, and the one it returns.
#[derive(Clone, Debug, PartialEq)]
pub struct Forward {
    /// Variables in order.
    pub lets: Vec<Let>,
    /// The value of the function.
    pub result: Use,
}

/// A use of a variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// Name.
    pub variable: String,
    /// True if nothing uses it after that. Otherwise the tape stays with the variable.
    pub last: bool,
}

/// A variable of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Name.
    pub variable: String,
    /// Shape of the value; of each value if there are several.
    pub shape: Shape,
    /// True for the values of a range of columns.
    pub is_range: bool,
    /// Explanation of its width.
    pub comment: Option<String>,
    /// The value.
    pub value: Value,
}

/// The value of a variable.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Numbers of a column.
    Numbers(Encoded),
    /// Rows of a table, one per record.
    Rows(Rows),
    /// Rows of a table in order.
    Sequence {
        /// The rows.
        rows: Rows,
        /// The column.
        column: Encoded,
        /// Place of the padding.
        pad: Pad,
    },
    /// Result of a layer.
    Layer(Box<Call>),
}

/// An encoded column.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// The batch, as a field of the batches of all inputs; none in a function that has the batch of one input.
    pub batch: Option<String>,
    /// Place in the batch.
    pub place: Place,
}

/// Gathered rows of a table for a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Place of the table among the gathered rows of all tables.
    pub table: Place,
    /// Number of the column among those that look rows up in the table.
    pub index: usize,
}

/// A call of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The layer.
    pub operation: Operation,
    /// Shapes of its inputs, each value of a range by itself.
    pub shapes: Vec<Shape>,
    /// Variables that it reads; those of a range are one.
    pub inputs: Vec<Argument>,
    /// The bag that it pools.
    pub bag: Option<Bag>,
    /// Application to the positions of its inputs.
    pub lift: Lift,
    /// Place of the weights.
    pub weights: Option<WeightsPlace>,
    /// Name in the whole model.
    pub label: String,
}

/// An input of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The variable.
    pub used: Use,
    /// True for the values of a range of columns.
    pub is_range: bool,
    /// The rows that are made of it for the positions of the other inputs.
    pub rows: ArgumentRows,
}

/// Rows of an input of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentRows {
    /// The rows of the variable.
    Own,
    /// One for each position, with a mask.
    Positions,
    /// One for each field.
    Fields,
    /// Each as many times as there are positions.
    Repeated(usize),
}

/// Application of a layer to the positions of its inputs.
#[derive(Clone, Debug, PartialEq)]
pub enum Lift {
    /// To the inputs as they are.
    Whole,
    /// To each position of one input.
    Each,
    /// To each position of two inputs.
    EachPair,
    /// To each field of three or more inputs.
    Fields,
    /// To each position of three or more inputs, of which these variables have masks.
    Positions(Vec<String>),
}

/// A bag of rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Bag {
    /// The rows.
    pub rows: Rows,
    /// The column.
    pub column: Encoded,
}

/// Weights of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightsPlace {
    /// The module, as a field of all weights; none in a function of the module.
    pub module: Option<String>,
    /// Field of the module.
    pub field: String,
}

impl Use {
    /// A use that another may follow until [`mark_last`] knows better.
    pub(super) fn of(variable: &str) -> Self {
        Use { variable: variable.to_string(), last: false }
    }
}

impl Let {
    /// The variables that it reads, in order.
    pub(super) fn uses(&mut self) -> impl Iterator<Item = &mut Use> {
        let call = match &mut self.value {
            Value::Layer(call) => Some(call),
            Value::Numbers(_) | Value::Rows(_) | Value::Sequence { .. } => None,
        };
        call.into_iter().flat_map(|call| call.inputs.iter_mut().map(|input| &mut input.used))
    }
}

/// Marks the last use of each variable among the uses of a function in order.
pub(super) fn mark_last<'u>(uses: impl Iterator<Item = &'u mut Use>) {
    let mut used_later = BTreeSet::new();
    for used in uses.collect::<Vec<_>>().into_iter().rev() {
        used.last = used_later.insert(used.variable.clone());
    }
}
