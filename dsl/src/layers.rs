//! The layers of the language. A layer is one file here (its signature, shape rule, weights and code), a line in [`LAYERS`],
//! and a function of the runtime.

use std::fmt;

use proc_macro2::TokenStream;
use syn::Ident;

use crate::arguments::{Bound, Param, Rest};
use crate::ast::Expr;
use crate::diag::{Diagnostic, Errors};
use crate::model::{ColumnId, Initializer, NodeId, Op};
use crate::span::Span;

mod activation;
mod arithmetic;
mod attention;
mod attention_pool;
mod bias;
mod cin;
mod concat;
mod convolution;
mod cross;
mod dense;
mod dropout;
mod embed;
mod encoder;
mod ffm;
mod fm;
mod interests;
mod last;
mod linear;
mod mlp;
mod norm;
mod pairs;
mod pool;
mod position_embedding;
pub mod positions;
mod recurrent;
mod residual_unit;
mod similarity;
mod slice;
mod stack;
mod target_attention;

pub use arithmetic::{add_nodes, mul_nodes, same_width, scale_node, shift_node};
pub use norm::normalize_node;
pub use similarity::{Measure, distance_nodes};

/// Every layer of the language.
pub const LAYERS: &[&dyn Layer] = &[
    &dense::DenseLayer,
    &mlp::MlpLayer,
    &activation::Activation::RELU,
    &activation::Activation::LEAKY_RELU,
    &activation::Activation::ELU,
    &activation::Activation::SOFTPLUS,
    &activation::Activation::TANH,
    &activation::Activation::SIGMOID,
    &activation::Activation::SILU,
    &activation::Activation::GELU,
    &dropout::DropoutLayer,
    &norm::BatchNormLayer,
    &norm::LayerNormLayer,
    &norm::L2NormalizeLayer,
    &norm::ClipNormLayer,
    &concat::ConcatLayer,
    &arithmetic::AddLayer,
    &arithmetic::MulLayer,
    &similarity::SimilarityLayer::DOT,
    &similarity::SimilarityLayer::COSINE,
    &similarity::SimilarityLayer::DISTANCE,
    &bias::BiasLayer,
    &linear::LinearLayer,
    &embed::EmbedLayer,
    &stack::StackLayer,
    &stack::FlattenLayer,
    &fm::FmLayer,
    &fm::BiInteractionLayer,
    &ffm::FfmLayer,
    &pairs::PairsLayer::PAIRS,
    &pairs::PairsLayer::INNER_PRODUCT,
    &pairs::PairsLayer::OUTER_PRODUCT,
    &attention_pool::AttentionPoolLayer,
    &cross::CrossLayer,
    &cross::CrossV2Layer,
    &cin::CinLayer,
    &residual_unit::ResidualUnitLayer,
    &slice::SliceLayer,
    &pool::PoolLayer::MEAN,
    &pool::PoolLayer::SUM,
    &pool::PoolLayer::MAX,
    &pool::PoolLayer::SQRTN,
    &recurrent::LstmLayer,
    &recurrent::GruLayer,
    &convolution::HorizontalConvolutionLayer,
    &convolution::VerticalConvolutionLayer,
    &target_attention::TargetAttentionLayer,
    &interests::MultiInterestAttentionLayer,
    &interests::CapsuleRoutingLayer,
    &interests::LabelAwareAttentionLayer,
    &last::LastLayer,
    &position_embedding::PositionsLayer::EMBEDDING,
    &position_embedding::PositionsLayer::SINUSOIDS,
    &attention::AttentionLayer,
    &attention::SelfAttentionLayer,
    &encoder::FeedForwardLayer,
    &encoder::EncoderLayer,
];

/// A function of the language.
pub trait Layer: Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// What it is called with.
    fn params(&self) -> &'static [Param];
    /// Whether it takes any number of values.
    fn rest(&self) -> Rest {
        Rest::Refused
    }
    /// Checks a call and adds its nodes; the last is its value.
    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Option<NodeId>;
}

/// What a layer builds its nodes with.
pub trait Graph {
    /// The node of an expression.
    fn value(&mut self, expr: &Expr) -> Option<NodeId>;
    /// The nodes of the arguments of a call, a range of columns for each of them. Reports all that is wrong in them.
    fn values(&mut self, exprs: &[&Expr]) -> Option<Vec<NodeId>>;
    /// What the arguments of a call stand for, a range of columns for each of them. Reports all that is wrong in them.
    fn features(&mut self, exprs: &[&Expr]) -> Option<Vec<Feature>>;
    /// The rows of a column of keys in the table of this name, which is added unless the spec declares it.
    fn embedding(&mut self, table: &NewTable, column: ColumnId, span: Span) -> Option<NodeId>;
    /// The rows of a column of keys in a table that the spec declares.
    fn lookup(&mut self, table: &Expr, column: ColumnId, span: Span) -> Option<NodeId>;
    /// Whether a column holds several keys.
    fn holds_many(&self, column: ColumnId) -> bool;
    /// Adds a node.
    fn add(&mut self, op: Op, inputs: Vec<NodeId>, span: Span) -> NodeId;
    /// Where to report.
    fn errors(&mut self) -> &mut Errors;
}

/// An argument of a layer that takes columns of keys as well as values.
#[derive(Clone, Debug)]
pub enum Feature {
    /// A column of keys, its name, and where it was written.
    Keys(ColumnId, String, Span),
    /// A value.
    Value(NodeId),
}

/// A table that a layer adds for a column.
#[derive(Clone, Debug)]
pub struct NewTable {
    /// Its name.
    pub name: String,
    /// Width of a row.
    pub dim: usize,
    /// First values.
    pub initializer: Initializer,
    /// What the sum of the squares of its touched rows is multiplied by in what is minimised; none is 0.
    pub l2: Option<f64>,
}

/// What a node gives for each record of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// So many numbers; a score is one.
    Vector(usize),
    /// So many vectors of this width.
    Fields(usize, usize),
    /// Any number of vectors of this width, to be pooled.
    Bag(usize),
    /// Up to so many vectors of this width, in order.
    Sequence(usize, usize),
    /// Up to so many vectors of this width, each an interest of one user.
    Interests(usize, usize),
}

impl Shape {
    /// Numbers of a vector, of one vector of a bag, or of all vectors of the others.
    pub fn width(self) -> usize {
        match self {
            Shape::Vector(width) | Shape::Bag(width) => width,
            Shape::Fields(count, width) | Shape::Sequence(count, width) | Shape::Interests(count, width) => {
                count * width
            }
        }
    }

    /// How many fields, positions or interests there are, and how wide each is.
    pub fn several(self) -> Option<(usize, usize)> {
        match self {
            Shape::Fields(count, width) | Shape::Sequence(count, width) | Shape::Interests(count, width) => {
                Some((count, width))
            }
            Shape::Vector(_) | Shape::Bag(_) => None,
        }
    }

    /// What it is, in words.
    fn describe(self) -> String {
        match self {
            Shape::Vector(width) => format!("a vector of width {width}"),
            Shape::Fields(count, width) => format!("{count} fields of width {width}"),
            Shape::Bag(width) => format!("a bag of vectors of width {width}"),
            Shape::Sequence(length, width) => {
                format!("a sequence of up to {length} vectors of width {width}")
            }
            Shape::Interests(count, width) => format!("up to {count} interests of width {width}"),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Vector(width) => write!(f, "{width}"),
            Shape::Fields(count, width) => write!(f, "{count} of {width}"),
            Shape::Bag(width) => write!(f, "bag of {width}"),
            Shape::Sequence(length, width) => write!(f, "sequence of {length} of {width}"),
            Shape::Interests(count, width) => write!(f, "{count} interests of {width}"),
        }
    }
}

/// An input of an operation: its shape, and where it was written.
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    /// Its shape.
    pub shape: Shape,
    /// Where it was written.
    pub span: Span,
    /// Where its shape comes from: another place for a `let` and for a tower.
    pub from: Span,
}

impl Operand {
    /// The width of a vector; anything else is an error that names the remedy.
    pub fn vector(self, layer: &str) -> Result<usize, Diagnostic> {
        match self.shape {
            Shape::Vector(width) => Ok(width),
            shape => Err(self.not_a_vector(format!("`{layer}` needs a vector, but {}", subject(shape)))),
        }
    }

    /// The number and the width of fields; anything else is an error that names the remedy.
    pub fn fields(self, layer: &str) -> Result<(usize, usize), Diagnostic> {
        match self.shape {
            Shape::Fields(count, width) => Ok((count, width)),
            shape => Err(self.note_origin(
                Diagnostic::new(
                    "E0303",
                    self.span,
                    format!("`{layer}` needs fields, but {}", subject(shape)),
                )
                .label(shape.describe())
                .help("embed columns side by side, `embed(a, b, dim = 16)`, or stack vectors of one width, `stack(a, b)`"),
                "it comes from here",
            )),
        }
    }

    /// The number of fields, their width, and the number of their pairs, of which there must be one.
    pub fn pairs(self, layer: &str) -> Result<(usize, usize, usize), Diagnostic> {
        let (count, width) = self.fields(layer)?;
        if count < 2 {
            return Err(Diagnostic::new("E0303", self.span, format!("`{layer}` needs two fields or more"))
                .label("this is one field")
                .help("a pair is made of two fields: `embed(a, b, dim = 16)`"));
        }
        Ok((count, width, count * (count - 1) / 2))
    }

    /// The number and the width of fields, of the positions of a sequence, or of interests; anything else is an error that names
    /// the remedy.
    pub fn several(self, layer: &str) -> Result<(usize, usize), Diagnostic> {
        self.shape.several().ok_or_else(|| {
            self.note_origin(
                Diagnostic::new(
                    "E0303",
                    self.span,
                    format!("`{layer}` needs a sequence, interests or fields, but {}", subject(self.shape)),
                )
                .label(self.shape.describe())
                .help("look a `sequence` column up, `item[history]`, or embed columns side by side, `embed(a, b, dim = 16)`"),
                "it comes from here",
            )
        })
    }

    /// The length and the width of a sequence; anything else is an error that names the remedy.
    pub fn sequence(self, layer: &str) -> Result<(usize, usize), Diagnostic> {
        match self.shape {
            Shape::Sequence(length, width) => Ok((length, width)),
            shape => Err(self.note_origin(
                Diagnostic::new("E0303", self.span, format!("`{layer}` needs a sequence, but {}", subject(shape)))
                    .label(shape.describe())
                    .help("declare a column `history: sequence(max = 50)`, and look it up in a table: `item[history]`"),
                "it comes from here",
            )),
        }
    }

    /// The number and the width of interests; anything else is an error that names the remedy.
    pub fn interests(self, layer: &str) -> Result<(usize, usize), Diagnostic> {
        match self.shape {
            Shape::Interests(count, width) => Ok((count, width)),
            shape => Err(self.note_origin(
                Diagnostic::new("E0303", self.span, format!("`{layer}` needs interests, but {}", subject(shape)))
                    .label(shape.describe())
                    .help("make them of a sequence: `capsule_routing(history, 4)` or `multi_interest_attention(history, 4, 32)`"),
                "it comes from here",
            )),
        }
    }

    /// Reports what is no vector where one is needed, with what makes one of it.
    pub fn not_a_vector(self, message: String) -> Diagnostic {
        let (help, note) = match self.shape {
            Shape::Fields(..) => (
                "put them side by side, `flatten(...)`, or let them interact, `fm(...)` or `bi_interaction(...)`",
                "the fields come from here",
            ),
            Shape::Sequence(..) => (
                "pool it, `mean(...)`, `sum(...)`, `max(...)` or `last(...)`, or attend over it, `attention_pool(...)`",
                "the sequence comes from here",
            ),
            Shape::Interests(..) => (
                "make one vector of them: `label_aware_attention(interests, target)`, `mean(...)` or `max(...)`",
                "the interests come from here",
            ),
            Shape::Bag(_) | Shape::Vector(_) => (
                "pool it first: `mean(...)`, `sum(...)`, `max(...)` or `sqrtn(...)`",
                "the bag is looked up here",
            ),
        };
        let diagnostic = Diagnostic::new("E0301", self.span, message).label(self.shape.describe()).help(help);
        self.note_origin(diagnostic, note)
    }

    /// Points at where the shape comes from, if that is another place.
    pub fn note_origin(self, diagnostic: Diagnostic, note: &str) -> Diagnostic {
        if self.from.0 == self.span.0 { diagnostic } else { diagnostic.note(self.from, note) }
    }
}

/// Widest vector that layers make of others.
const MAX_WIDTH: usize = 1 << 20;

/// A vector of a width that was computed, unless that is too large to be meant; `None` is larger than any.
fn wide_vector(width: Option<usize>, span: Span) -> Result<Shape, Diagnostic> {
    match width {
        Some(width) if width <= MAX_WIDTH => Ok(Shape::Vector(width)),
        _ => Err(Diagnostic::new("E0207", span, format!("a vector has at most {MAX_WIDTH} numbers"))
            .label("this would be wider")),
    }
}

/// What has a shape, as the beginning of a sentence.
pub fn subject(shape: Shape) -> &'static str {
    match shape {
        Shape::Vector(_) => "this is one vector",
        Shape::Fields(..) => "these are fields",
        Shape::Bag(_) => "this is a bag of vectors",
        Shape::Sequence(..) => "this is a sequence of vectors",
        Shape::Interests(..) => "these are several interests",
    }
}

/// The weights of a node: a field of its tower.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Type of the field, without device parameters: `Linear` with its numbers.
    pub ty: &'static str,
    /// Its const parameters.
    pub sizes: Vec<usize>,
    /// Trained numbers.
    pub count: usize,
    /// How it is made, as a comment of the field.
    pub docs: String,
}

/// A step of a tower.
pub trait Operation: fmt::Debug {
    /// Name of its `let` and of its weights.
    fn name(&self) -> &'static str;
    /// Whether it works on one vector at a time: then it also takes sequences, interests and fields, at each position alone, and
    /// sees vectors itself.
    fn is_position_wise(&self) -> bool {
        false
    }
    /// Its shape from those of its inputs.
    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic>;
    /// Its weights, for inputs of these shapes.
    fn weights(&self, _inputs: &[Shape]) -> Option<Weights> {
        None
    }
    /// How its width came about, where that is not plain to see.
    fn comment(&self, _inputs: &[Shape]) -> Option<String> {
        None
    }
    /// Multiply-adds a record.
    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        inputs.iter().map(|shape| shape.width()).sum()
    }
    /// How it compares two vectors, where it is nothing else.
    fn measure(&self) -> Option<Measure> {
        None
    }
    /// The number that it multiplies by, where it is nothing else.
    fn factor(&self) -> Option<f64> {
        None
    }
    /// Code that runs after a training step, such as running statistics that move.
    fn after_step(&self, _weights: &TokenStream, _label: &str) -> Option<TokenStream> {
        None
    }
    /// The expression that computes it.
    fn call(&self, step: &CallSite<'_>) -> TokenStream;
}

/// What the code of an operation refers to.
pub struct CallSite<'a> {
    /// Its inputs.
    pub inputs: &'a [TokenStream],
    /// Their shapes.
    pub shapes: &'a [Shape],
    /// The bag that it pools.
    pub bag: Option<BagSite>,
    /// Field of `self` with its weights.
    pub weights: Option<&'a Ident>,
    /// Name of the operation in the whole model: keeps the random numbers of two dropouts apart.
    pub label: &'a str,
}

/// A bag of rows of a table, where it is pooled.
pub struct BagSite {
    /// The gathered rows.
    pub leaf: TokenStream,
    /// Which of the columns gathered from the table it is.
    pub index: usize,
    /// The encoded column.
    pub column: TokenStream,
}
