//! Shapes of the values of nodes, and the errors where another shape is needed.

use std::fmt;

use crate::diag::Diagnostic;
use crate::span::Span;

/// Shape of a value for each record of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A vector of this width. A score has width 1.
    Vector(usize),
    /// This number of vectors of this width.
    Fields(usize, usize),
    /// Unordered vectors of this width, to be pooled.
    Bag(usize),
    /// Ordered vectors: maximum length, and width.
    Sequence(usize, usize),
    /// Interest vectors of one user: maximum number, and width.
    Interests(usize, usize),
}

impl Shape {
    /// Width of a vector, of one vector of a bag, or total width of the others.
    pub fn width(self) -> usize {
        match self {
            Shape::Vector(width) | Shape::Bag(width) => width,
            Shape::Fields(count, width) | Shape::Sequence(count, width) | Shape::Interests(count, width) => {
                count * width
            }
        }
    }

    /// Returns the number of fields, positions or interests, and their width.
    pub fn several(self) -> Option<(usize, usize)> {
        match self {
            Shape::Fields(count, width) | Shape::Sequence(count, width) | Shape::Interests(count, width) => {
                Some((count, width))
            }
            Shape::Vector(_) | Shape::Bag(_) => None,
        }
    }

    /// Describes the shape for messages.
    pub(super) fn describe(self) -> String {
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

/// An input of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    /// Shape.
    pub shape: Shape,
    /// Place of the expression.
    pub span: Span,
    /// Place that determines its shape. It differs from `span` for a `let` and for a tower.
    pub from: Span,
}

impl Operand {
    /// Returns the width of a vector. Otherwise an error with a remedy.
    pub fn vector(self, layer: &str) -> Result<usize, Diagnostic> {
        match self.shape {
            Shape::Vector(width) => Ok(width),
            shape => Err(self.not_a_vector(format!("`{layer}` needs a vector, but {}", subject(shape)))),
        }
    }

    /// Returns the number and width of fields. Otherwise an error with a remedy.
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

    /// Returns the number of fields, their width, and their number of pairs. Requires at least one pair.
    pub fn pairs(self, layer: &str) -> Result<(usize, usize, usize), Diagnostic> {
        let (count, width) = self.fields(layer)?;
        if count < 2 {
            return Err(Diagnostic::new("E0303", self.span, format!("`{layer}` needs two fields or more"))
                .label("this is one field")
                .help("a pair is made of two fields: `embed(a, b, dim = 16)`"));
        }
        Ok((count, width, count * (count - 1) / 2))
    }

    /// Returns the number and width of fields, sequence positions or interests. Otherwise an error with a
    /// remedy.
    pub fn several(self, layer: &str) -> Result<(usize, usize), Diagnostic> {
        self.shape.several().ok_or_else(|| {
            self.note_origin(
                Diagnostic::new(
                    "E0303",
                    self.span,
                    format!("`{layer}` needs a sequence, interests or fields, but {}", subject(self.shape)),
                )
                .label(self.shape.describe())
                .help(match self.shape {
                    Shape::Bag(_) => KEEP_ORDER,
                    _ => "look a `sequence` column up, `item[history]`, or embed columns side by side, `embed(a, b, dim = 16)`",
                }),
                "it comes from here",
            )
        })
    }

    /// Returns the maximum length and width of a sequence. Otherwise an error with a remedy.
    pub fn sequence(self, layer: &str) -> Result<(usize, usize), Diagnostic> {
        match self.shape {
            Shape::Sequence(length, width) => Ok((length, width)),
            shape => Err(self.note_origin(
                Diagnostic::new("E0303", self.span, format!("`{layer}` needs a sequence, but {}", subject(shape)))
                    .label(shape.describe())
                    .help(match shape {
                        Shape::Bag(_) => KEEP_ORDER,
                        _ => "declare a column `history: sequence(max = 50)`, and look it up in a table: `item[history]`",
                    }),
                "it comes from here",
            )),
        }
    }

    /// Returns the number and width of interests. Otherwise an error with a remedy.
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

    /// Error for a shape that is not a vector, with the layer that converts it.
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
                "pool it first, `mean(...)`, `sum(...)`, `max(...)` or `sqrtn(...)`; or, for its vectors one by one, declare the column as `sequence(max = 50)` instead of `ids(max = 50)`",
                "the bag is looked up here",
            ),
        };
        let diagnostic = Diagnostic::new("E0301", self.span, message).label(self.shape.describe()).help(help);
        self.note_origin(diagnostic, note)
    }

    /// Adds a note at the place that determines the shape, if it is a different place.
    pub fn note_origin(self, diagnostic: Diagnostic, note: &str) -> Diagnostic {
        if self.from.0 == self.span.0 { diagnostic } else { diagnostic.note(self.from, note) }
    }
}

/// Advice to use a sequence instead of a bag.
const KEEP_ORDER: &str =
    "a bag has no order: declare the column as `sequence(max = 50)` instead of `ids(max = 50)`";

/// Maximum width of a vector that layers compute.
pub const MAX_WIDTH: usize = 1 << 20;

/// A vector of a computed width. An error if the width is implausibly large; `None` is an overflow.
pub fn wide_vector(width: Option<usize>, span: Span) -> Result<Shape, Diagnostic> {
    match width {
        Some(width) if width <= MAX_WIDTH => Ok(Shape::Vector(width)),
        _ => Err(Diagnostic::new("E0207", span, format!("a vector has at most {MAX_WIDTH} numbers"))
            .label("this would be wider")),
    }
}

/// Describes a shape, as the subject of a sentence.
pub fn subject(shape: Shape) -> &'static str {
    match shape {
        Shape::Vector(_) => "this is one vector",
        Shape::Fields(..) => "these are fields",
        Shape::Bag(_) => "this is a bag of vectors",
        Shape::Sequence(..) => "this is a sequence of vectors",
        Shape::Interests(..) => "these are several interests",
    }
}
