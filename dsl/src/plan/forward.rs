//! Functions of generated code as data: variables, values and last uses.

use std::collections::BTreeSet;

use super::Place;
use crate::layers::{Operation, Shape};
use crate::model::Pad;

/// A forward pass: the variables of a function and its result.
#[derive(Clone, Debug, PartialEq)]
pub struct Forward {
    /// Variables in order.
    pub lets: Vec<Let>,
    /// Result.
    pub result: Use,
}

/// Use of a variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// Name.
    pub variable: String,
    /// True if it is the last use. Otherwise the tape stays with the variable.
    pub last: bool,
}

/// A variable of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// Name.
    pub variable: String,
    /// Shape of the value, or of each value of a range.
    pub shape: Shape,
    /// True for the values of a range of columns.
    pub is_range: bool,
    /// Comment on the width.
    pub comment: Option<String>,
    /// Value.
    pub value: Value,
}

/// Value of a variable.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Floats of a column.
    Numbers(Encoded),
    /// Rows of a table, one per record.
    Rows(Rows),
    /// Ordered rows of a table.
    Sequence {
        /// Rows.
        rows: Rows,
        /// Column.
        column: Encoded,
        /// Padding side.
        pad: Pad,
    },
    /// Output of a layer.
    Layer(Box<Call>),
}

/// An encoded column.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// Field of the batch in the batches of all inputs. None in a function that receives a single batch.
    pub batch: Option<String>,
    /// Place in the batch.
    pub place: Place,
}

/// Gathered table rows of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Place of the table in the gathered rows of all tables.
    pub table: Place,
    /// Index of the column among those that are looked up in the table.
    pub index: usize,
}

/// Call of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Operation.
    pub operation: Operation,
    /// Input shapes; those of a range are listed individually.
    pub shapes: Vec<Shape>,
    /// Input variables; a range is one.
    pub inputs: Vec<Argument>,
    /// Bag that it pools.
    pub bag: Option<Bag>,
    /// Application to positions.
    pub lift: Lift,
    /// Place of its weights.
    pub weights: Option<WeightsPlace>,
    /// Unique label in the model.
    pub label: String,
}

/// Input of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Variable.
    pub used: Use,
    /// True for the values of a range of columns.
    pub is_range: bool,
    /// Rows that match the positions of the other inputs.
    pub rows: ArgumentRows,
}

/// Rows of an input of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentRows {
    /// Rows of the variable.
    Own,
    /// One row per position, with a mask.
    Positions,
    /// One row per field.
    Fields,
    /// Each row repeated this number of times.
    Repeated(usize),
}

/// Application of a layer to the positions of its inputs.
#[derive(Clone, Debug, PartialEq)]
pub enum Lift {
    /// To the inputs as they are.
    Whole,
    /// To each position of one input.
    Each,
    /// To each pair of positions of two inputs.
    EachPair,
    /// To each field of three or more inputs.
    Fields,
    /// To each position of three or more inputs. The variables listed have masks.
    Positions(Vec<String>),
}

/// A bag of table rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Bag {
    /// Rows.
    pub rows: Rows,
    /// Column.
    pub column: Encoded,
}

/// Place of a layer's weights.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightsPlace {
    /// Field of the module in the weights. None in a function of the module.
    pub module: Option<String>,
    /// Field in the module.
    pub field: String,
}

impl Use {
    /// A use that is not the last, unless [`mark_last`] marks it.
    pub(super) fn of(variable: &str) -> Self {
        Use { variable: variable.to_string(), last: false }
    }
}

impl Let {
    /// Returns the variables that it reads, in order.
    pub(super) fn uses(&mut self) -> impl Iterator<Item = &mut Use> {
        let call = match &mut self.value {
            Value::Layer(call) => Some(call),
            Value::Numbers(_) | Value::Rows(_) | Value::Sequence { .. } => None,
        };
        call.into_iter().flat_map(|call| call.inputs.iter_mut().map(|input| &mut input.used))
    }
}

/// Marks the last use of each variable; `uses` are in the order of the function.
pub(super) fn mark_last<'u>(uses: impl Iterator<Item = &'u mut Use>) {
    let mut used_later = BTreeSet::new();
    for used in uses.collect::<Vec<_>>().into_iter().rev() {
        used.last = used_later.insert(used.variable.clone());
    }
}
