//! Spans of nodes, independent of the kind of input: text and macro tokens share the compiler.

/// A place in the input: an index into a [`Spans`] table. All spans compare equal, so trees are equal if
/// their content is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span(pub u32);

impl PartialEq for Span {
    fn eq(&self, _: &Span) -> bool {
        true
    }
}

impl Eq for Span {}

impl Span {
    /// Span of a generated node.
    pub const NONE: Span = Span(0);
}

/// Places of spans: byte ranges of a text, or spans of macro tokens.
#[derive(Clone, Debug)]
pub struct Spans<L>(Vec<L>);

impl<L> Spans<L> {
    /// A table whose entry 0 is the place of generated nodes.
    pub fn new(none: L) -> Self {
        Spans(vec![none])
    }

    /// Adds a place.
    pub fn add(&mut self, place: L) -> Span {
        self.0.push(place);
        Span(u32::try_from(self.0.len() - 1).unwrap_or(0))
    }

    /// Returns the place of a span.
    pub fn get(&self, span: Span) -> &L {
        self.0.get(span.0 as usize).unwrap_or(&self.0[0])
    }
}

/// A byte range in one of the texts of a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Index of the text: 0 is the spec; imported files and `--set` values follow.
    pub text: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}
