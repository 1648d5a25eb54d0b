//! Element-wise activations.

written! {
    /// A function applied to each element.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Activation {
        /// Identity.
        Linear,
        /// `max(0, x)`, with gradient 0 at 0.
        Relu,
        /// `x` above 0, `0.01 x` below. Maas, Hannun & Ng 2013.
        LeakyRelu,
        /// `x` above 0, `e^x - 1` below. Clevert, Unterthiner & Hochreiter 2016.
        Elu,
        /// `ln(1 + e^x)`.
        Softplus,
        /// Hyperbolic tangent.
        Tanh,
        /// Logistic function.
        Sigmoid,
        /// `x * sigmoid(x)`, also called swish. Ramachandran, Zoph & Le 2017.
        Silu,
        /// `x * Phi(x)` in its tanh approximation. Hendrycks & Gimpel 2016.
        Gelu,
    }
}

impl Activation {
    /// Returns whether the derivative is written in terms of the input; otherwise the output suffices.
    pub const fn needs_input(self) -> bool {
        match self {
            Self::Softplus | Self::Silu | Self::Gelu => true,
            Self::Linear | Self::Relu | Self::LeakyRelu | Self::Elu | Self::Tanh | Self::Sigmoid => false,
        }
    }
}
