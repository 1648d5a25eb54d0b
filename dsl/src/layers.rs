//! Layers of the language. A layer is a file in this folder (signature, shape rule, weights and code), a line
//! in [`LAYERS`], and a function of the runtime.

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
mod both;
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
mod unflatten;
mod values;
mod weight_settings;

pub(crate) use activation::ACTIVATIONS;
pub use algebra::Algebra;
pub use arithmetic::{add_nodes, mul_nodes, same_width, scale_node, shift_node};
pub use bias::threshold_nodes;
pub(crate) use encoder::NORMS;
pub use graph::{Feature, Graph, NewTable, Op, Role};
pub use norm::normalize_node;
pub use shape::{MAX_WIDTH, Operand, Shape, subject, wide_vector};
pub use similarity::distance_nodes;
pub use values::{Sense, Values};
pub use weight_settings::WeightSettings;

/// Lists the layers and operations of each file: a layer is a function of the language; an operation is a
/// step that its calls become.
macro_rules! layers {
    ($($file:ident: [$($($layer:ident)::+),*] => [$($operation:ident),*],)*) => {
        /// Every layer of the language.
        pub const LAYERS: &[&dyn Layer] = &[$($(&$file::$($layer)::+),*),*];

        /// An operation of a tower.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Operation {
            $($(
                #[doc = concat!("One of `layers/", stringify!($file), ".rs`.")]
                $operation($file::$operation),
            )*)*
        }

        impl Operation {
            /// Rules of the operation.
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
    activation: [ActivationLayer::RELU, ActivationLayer::LEAKY_RELU, ActivationLayer::ELU, ActivationLayer::SOFTPLUS, ActivationLayer::TANH, ActivationLayer::SIGMOID, ActivationLayer::SILU, ActivationLayer::GELU] => [Activate],
    trained_activation: [PreluLayer, DiceLayer] => [Trained],
    dropout: [DropoutLayer] => [Dropout],
    norm: [BatchNormLayer, LayerNormLayer, L2NormalizeLayer, ClipNormLayer] => [BatchNorm, LayerNorm, L2Normalize, ClipNorm],
    concat: [ConcatLayer] => [Concat],
    arithmetic: [AddLayer, MulLayer] => [Elementwise, Scale, Shift],
    similarity: [SimilarityLayer::DOT, SimilarityLayer::COSINE, SimilarityLayer::DISTANCE] => [Similarity],
    bias: [BiasLayer] => [Bias],
    both: [BothLayer] => [Both],
    linear: [LinearLayer] => [WeightedSum, Total],
    embed: [EmbedLayer] => [EmbedNumbers],
    stack: [StackLayer, FlattenLayer] => [Stack, Flatten],
    unflatten: [UnflattenLayer] => [Unflatten],
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
    /// Checks a call and adds its nodes. The last node is its value.
    fn build(&self, call: &Bound<'_>, graph: &mut dyn Graph) -> Result<NodeId, Reported>;
}

/// Weights of a node; a field of its tower.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Type of the field, without device parameters: `Dense` without its sizes.
    pub ty: &'static str,
    /// Const parameters.
    pub sizes: Vec<usize>,
    /// Number of trained floats.
    pub count: usize,
}

/// Rules of an operation.
pub trait Rules: fmt::Debug {
    /// Name of its variable and its weights.
    fn name(&self) -> &'static str;
    /// Returns whether it works on one vector at a time. It then also accepts sequences, interests and
    /// fields, is applied at each position, and sees only vectors.
    fn is_position_wise(&self) -> bool {
        false
    }
    /// Output shape for these inputs.
    fn shape(&self, inputs: &[Operand], span: Span) -> Result<Shape, Diagnostic>;
    /// Weights for inputs of these shapes.
    fn weights(&self, _inputs: &[Shape]) -> Option<Weights> {
        None
    }
    /// Comment on its width, if the width is not obvious.
    fn comment(&self, _inputs: &[Shape]) -> Option<String> {
        None
    }
    /// Multiply-adds per record.
    fn multiply_adds(&self, inputs: &[Shape]) -> usize {
        inputs.iter().map(|shape| shape.width()).sum()
    }
    /// Returns whether the output is the input in another shape.
    fn is_view(&self, _inputs: &[Shape]) -> bool {
        false
    }
    /// Floats per record that its CPU ops save for the backward pass, besides the output. Default: a copy of
    /// the inputs. `tests/tests/saved` measures them.
    fn saved(&self, inputs: &[Shape]) -> usize {
        inputs.iter().map(|shape| shape.width()).sum()
    }
    /// Facts about the output values, from facts about the inputs.
    fn values(&self, inputs: &[Values], shapes: &[Shape]) -> Values;
    /// Algebraic property of the output.
    fn algebra(&self) -> Algebra {
        Algebra::Function
    }
    /// Returns whether it drops values in training.
    fn drops(&self) -> bool {
        false
    }
    /// Returns whether it concatenates any number of values. A range of columns then needs no variables of
    /// its own.
    fn takes_ranges(&self) -> bool {
        false
    }
    /// Returns whether it depends on the other records of the batch, so that a batch of one trains nothing.
    fn needs_company(&self) -> bool {
        false
    }
    /// Momentum of its running statistics, if it has any.
    fn momentum(&self) -> Option<f64> {
        None
    }
    /// Expression that computes the output.
    fn call(&self, step: &CallSite<'_>) -> TokenStream;
}

/// Names used in the code of an operation.
pub struct CallSite<'a> {
    /// Inputs. A range of columns is one input.
    pub inputs: &'a [TokenStream],
    /// True for the inputs that are ranges.
    pub ranges: &'a [bool],
    /// Shapes of all inputs.
    pub shapes: &'a [Shape],
    /// Bag that it pools.
    pub bag: Option<BagSite>,
    /// Path of its weights in `self`.
    pub weights: Option<&'a TokenStream>,
    /// Unique label in the model. It separates the random numbers of two dropouts.
    pub label: &'a str,
}

impl CallSite<'_> {
    /// Inputs as the parts of a concatenation.
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

/// A bag of table rows, at the place where it is pooled.
pub struct BagSite {
    /// Gathered rows.
    pub rows: TokenStream,
    /// Index among the columns gathered from the table.
    pub index: usize,
    /// Encoded column.
    pub column: TokenStream,
}
