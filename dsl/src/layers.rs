//! The layers of the language. A layer is one file here (its signature, shape rule, weights and code), a line in [`LAYERS`],
//! and a function of the runtime.

use std::fmt;
use std::ops::Deref;

use proc_macro2::TokenStream;
use quote::quote;

use crate::arguments::{Bound, Param, Rest};
use crate::diag::{Diagnostic, Reported};
use crate::ids::NodeId;
use crate::span::Span;

mod activation;
mod algebra;
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
mod graph;
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
mod shape;
mod similarity;
mod slice;
mod stack;
mod target_attention;
mod trained_activation;
mod two_layers;
mod values;

pub use activation::Activation;
pub use algebra::Algebra;
pub use arithmetic::{add_nodes, mul_nodes, same_width, scale_node, shift_node};
pub use graph::{Feature, Graph, NewTable, Op, Role};
pub use norm::normalize_node;
pub use shape::{MAX_WIDTH, Operand, Shape, subject, wide_vector};
pub use similarity::distance_nodes;
pub use values::{Sense, Values};

/// Names the layers and the operations of each file: the functions of the language, and the steps that their calls become.
macro_rules! layers {
    ($($file:ident: [$($($layer:ident)::+),*] => [$($operation:ident),*],)*) => {
        /// Every layer of the language.
        pub const LAYERS: &[&dyn Layer] = &[$($(&$file::$($layer)::+),*),*];

        /// A step of a tower.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Operation {
            $($(
                #[doc = concat!("One of `layers/", stringify!($file), ".rs`.")]
                $operation($file::$operation),
            )*)*
        }

        impl Operation {
            /// Rules.
            fn rules(&self) -> &(dyn Rules + 'static) {
                match self {
                    $($(Operation::$operation(operation) => operation,)*)*
                }
            }
        }

        $($(
            impl From<$file::$operation> for Operation {
                fn from(operation: $file::$operation) -> Self {
                    Operation::$operation(operation)
                }
            }
        )*)*
    };
}

layers! {
    dense: [DenseLayer] => [Dense],
    mlp: [MlpLayer] => [],
    activation: [Activation::RELU, Activation::LEAKY_RELU, Activation::ELU, Activation::SOFTPLUS, Activation::TANH, Activation::SIGMOID, Activation::SILU, Activation::GELU] => [Activate],
    trained_activation: [PreluLayer, DiceLayer] => [Trained],
    dropout: [DropoutLayer] => [Dropout],
    norm: [BatchNormLayer, LayerNormLayer, L2NormalizeLayer, ClipNormLayer] => [BatchNorm, LayerNorm, L2Normalize, ClipNorm],
    concat: [ConcatLayer] => [Concat],
    arithmetic: [AddLayer, MulLayer] => [Elementwise, Scale, Shift],
    similarity: [SimilarityLayer::DOT, SimilarityLayer::COSINE, SimilarityLayer::DISTANCE] => [Similarity],
    bias: [BiasLayer] => [Bias],
    linear: [LinearLayer] => [WeightedSum, Total],
    embed: [EmbedLayer] => [EmbedNumbers],
    stack: [StackLayer, FlattenLayer] => [Stack, Flatten],
    fm: [FmLayer, BiInteractionLayer] => [Fm, BiInteraction],
    ffm: [FfmLayer] => [FieldAware],
    pairs: [PairsLayer::PAIRS, PairsLayer::INNER_PRODUCT, PairsLayer::OUTER_PRODUCT] => [Product],
    attention_pool: [AttentionPoolLayer] => [AttentionPool, PoolByScores],
    cross: [CrossLayer, CrossV2Layer] => [Cross],
    cin: [CinLayer] => [Cin, VectorSums],
    two_layers: [TwoLayersLayer::RESIDUAL_UNIT] => [TwoLayers],
    slice: [SliceLayer] => [Slice],
    pool: [PoolLayer::MEAN, PoolLayer::SUM, PoolLayer::MAX, PoolLayer::SQRTN] => [Pool],
    recurrent: [LstmLayer, GruLayer] => [Recurrent],
    convolution: [HorizontalConvolutionLayer, VerticalConvolutionLayer] => [Horizontal, Vertical],
    target_attention: [TargetAttentionLayer] => [TargetAttention],
    interests: [MultiInterestAttentionLayer, CapsuleRoutingLayer, LabelAwareAttentionLayer] => [MultiInterestAttention, CapsuleRouting, LabelAwareAttention],
    last: [LastLayer] => [Last],
    position_embedding: [PositionsLayer::EMBEDDING, PositionsLayer::SINUSOIDS] => [Positions],
    attention: [AttentionLayer, SelfAttentionLayer] => [Attention],
    two_layers: [TwoLayersLayer::FEED_FORWARD] => [],
    encoder: [EncoderLayer] => [],
}

impl Deref for Operation {
    type Target = dyn Rules;

    fn deref(&self) -> &Self::Target {
        self.rules()
    }
}

/// A function of the language.
pub trait Layer: Sync {
    /// Name.
    fn name(&self) -> &'static str;
    /// Parameters of a call.
    fn params(&self) -> &'static [Param];
    /// Returns whether it takes any number of values.
    fn rest(&self) -> Rest {
        Rest::Refused
    }
    /// Checks a call and adds its nodes; the last is its value.
    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported>;
}

/// The weights of a node: a field of its tower.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Type of the field, without device parameters: `Dense` with its numbers.
    pub ty: &'static str,
    /// Const parameters.
    pub sizes: Vec<usize>,
    /// Trained numbers.
    pub count: usize,
}

/// Rules of a step of a tower.
pub trait Rules: fmt::Debug {
    /// Name of its `let` and of its weights.
    fn name(&self) -> &'static str;
    /// Returns whether it works on one vector at a time: then it also takes sequences, interests and fields, at each position alone, and
    /// sees vectors itself.
    fn is_position_wise(&self) -> bool {
        false
    }
    /// Shape from the shapes of its inputs.
    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic>;
    /// Weights, for inputs of these shapes.
    fn weights(&self, _inputs: &[Shape]) -> Option<Weights> {
        None
    }
    /// Explains its width, where that is not plain to see.
    fn comment(&self, _inputs: &[Shape]) -> Option<String> {
        None
    }
    /// Multiply-adds a record.
    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        inputs.iter().map(|shape| shape.width()).sum()
    }
    /// Returns whether its value is its input in another shape.
    fn is_view(&self, _inputs: &[Shape]) -> bool {
        false
    }
    /// Numbers per record that its ops on the CPU hold for the backward pass, besides its value. Default: a copy of the inputs.
    /// `tests/tests/saved` measures them.
    fn kept(&self, inputs: &[Shape]) -> usize {
        inputs.iter().map(|shape| shape.width()).sum()
    }
    /// Knowledge of its numbers, from knowledge of those of its inputs, which have these shapes.
    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values;
    /// Law of arithmetic that its numbers obey.
    fn algebra(&self) -> Algebra {
        Algebra::Function
    }
    /// Returns whether it sets a share of its numbers to 0 in training.
    fn drops(&self) -> bool {
        false
    }
    /// Returns whether it takes any number of values and puts them side by side, so that those of a range of columns need no variables
    /// of their own.
    fn takes_ranges(&self) -> bool {
        false
    }
    /// Returns whether it learns from the other records of a batch, so that one alone teaches nothing.
    fn needs_company(&self) -> bool {
        false
    }
    /// Share of its running statistics that a step of training keeps, if it has any.
    fn momentum(&self) -> Option<f64> {
        None
    }
    /// The expression that computes it.
    fn call(&self, step: &CallSite<'_>) -> TokenStream;
}

/// References of the code of an operation.
pub struct CallSite<'a> {
    /// Inputs; those of a range of columns are one.
    pub inputs: &'a [TokenStream],
    /// True for the inputs that are ranges.
    pub ranges: &'a [bool],
    /// The shapes of all values.
    pub shapes: &'a [Shape],
    /// The bag that it pools.
    pub bag: Option<BagSite>,
    /// Place of its weights in `self`.
    pub weights: Option<&'a TokenStream>,
    /// Name of the operation in the whole model: keeps the random numbers of two dropouts apart.
    pub label: &'a str,
}

impl CallSite<'_> {
    /// Inputs as the parts of a wider value.
    pub fn parts(&self) -> TokenStream {
        let mut found = TokenStream::new();
        let mut inputs = self.inputs.iter().zip(self.ranges).peekable();
        while let Some((input, is_range)) = inputs.next() {
            let mut part = if *is_range { quote!(#input.parts()) } else { quote!(#input.part()) };
            if !is_range {
                let mut single = vec![part];
                while let Some((input, _)) = inputs.next_if(|(_, is_range)| !**is_range) {
                    single.push(quote!(#input.part()));
                }
                let is_first_of_more = found.is_empty() && inputs.peek().is_some();
                part = quote!([#(#single),*]);
                if is_first_of_more {
                    part = quote!(#part.into_iter());
                }
            }
            found = if found.is_empty() { part } else { quote!(#found.chain(#part)) };
        }
        found
    }
}

/// A bag of rows of a table, where it is pooled.
pub struct BagSite {
    /// The gathered rows.
    pub rows: TokenStream,
    /// Index among the columns gathered from the table.
    pub index: usize,
    /// The encoded column.
    pub column: TokenStream,
}
