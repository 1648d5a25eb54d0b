//! Elementwise activations, alone and as the last step of a dense layer.

use std::ops::Range;

use dfdx::shapes::HasShape;
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{Device as Tensors, TryAdd, TryMul, TrySub};
pub use turret_schema::Activation;

use crate::ops::call::Call;
use crate::ops::logistic::{sigmoid, softplus, tanh};
use crate::ops::op::{Forward, Op, Saved, Scratch};
use crate::ops::parallel::{add_scaled, vectorized};
use crate::ops::{Device, Rows, Tape};

const LEAKY_SLOPE: f32 = 0.01;
const GELU_SCALE: f32 = 0.797_884_6;
const GELU_CUBE: f32 = 0.044_715;

/// Applies an activation in place.
pub(crate) fn apply(activation: Activation, values: &mut [f32]) {
    vectorized(
        #[inline(always)]
        || {
            let values = values.iter_mut();
            match activation {
                Activation::Linear => {}
                Activation::Relu => values.for_each(|x| *x = if *x > 0.0 { *x } else { 0.0 }),
                Activation::LeakyRelu => {
                    values.for_each(|x| *x = if *x > 0.0 { *x } else { LEAKY_SLOPE * *x })
                }
                Activation::Elu => values.for_each(|x| *x = if *x > 0.0 { *x } else { x.exp_m1() }),
                Activation::Softplus => values.for_each(|x| *x = softplus(*x)),
                Activation::Tanh => values.for_each(|x| *x = tanh(*x)),
                Activation::Sigmoid => values.for_each(|x| *x = sigmoid(*x)),
                Activation::Silu => values.for_each(|x| *x *= sigmoid(*x)),
                Activation::Gelu => values.for_each(|x| *x *= 0.5 * (1.0 + tanh(gelu_argument(*x)))),
            }
        },
    );
}

/// Converts the gradient of the output to that of the input. `saved` has the inputs if
/// [`Activation::needs_input`], else the outputs.
pub(crate) fn differentiate(activation: Activation, gradient: &mut [f32], saved: &[f32]) {
    vectorized(
        #[inline(always)]
        || {
            let pairs = gradient.iter_mut().zip(saved);
            match activation {
                Activation::Linear => {}
                Activation::Relu => pairs.for_each(|(g, y)| *g = if *y > 0.0 { *g } else { 0.0 }),
                Activation::LeakyRelu => {
                    pairs.for_each(|(g, y)| *g *= if *y > 0.0 { 1.0 } else { LEAKY_SLOPE })
                }
                Activation::Elu => pairs.for_each(|(g, y)| *g *= if *y > 0.0 { 1.0 } else { *y + 1.0 }),
                Activation::Softplus => pairs.for_each(|(g, x)| *g *= sigmoid(*x)),
                Activation::Tanh => pairs.for_each(|(g, y)| *g *= 1.0 - y * y),
                Activation::Sigmoid => pairs.for_each(|(g, y)| *g *= y * (1.0 - y)),
                Activation::Silu => pairs.for_each(|(g, x)| {
                    let s = sigmoid(*x);
                    *g *= s + x * s * (1.0 - s);
                }),
                Activation::Gelu => pairs.for_each(|(g, x)| *g *= gelu_slope(*x)),
            }
        },
    );
}

/// Argument of the hyperbolic tangent in GELU.
#[inline(always)]
fn gelu_argument(x: f32) -> f32 {
    GELU_SCALE * (x + GELU_CUBE * x * x * x)
}

#[inline(always)]
fn gelu_slope(x: f32) -> f32 {
    let t = tanh(gelu_argument(x));
    // For larger inputs `t` is ±1; the factor that is multiplied by 0 must stay finite.
    let x = x.clamp(-16.0, 16.0);
    0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * GELU_SCALE * (1.0 + 3.0 * GELU_CUBE * x * x)
}

/// An activation of its only input.
#[derive(Clone, Copy)]
struct Activate {
    activation: Activation,
    width: usize,
}

impl Op for Activate {
    fn cost(&self) -> usize {
        16 * self.width
    }

    fn saved(&self) -> Saved {
        if self.activation.needs_input() { Saved::INPUTS } else { Saved::NOTHING.output() }
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        output.copy_from_slice(inputs[0]);
        apply(self.activation, output);
    }

    fn backward(
        &self,
        _: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        let saved = if self.activation.needs_input() { forward.inputs[0] } else { forward.output };
        differentiate(self.activation, g, saved);
        vectorized(|| add_scaled(into[0], 1.0, g));
    }
}

/// Plain formulation of the activation.
pub(crate) fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    activation: Activation,
) -> Result<Rows<W, D, T>, D::Err> {
    match activation {
        Activation::Linear => Ok(x),
        Activation::Relu => x.try_relu(),
        Activation::LeakyRelu => {
            let (above, below) = halves(x)?;
            above.try_sub(below.try_mul(LEAKY_SLOPE)?)
        }
        Activation::Elu => {
            let (above, below) = halves(x)?;
            above.try_add(below.try_negate()?.try_exp()?.try_sub(1.0)?)
        }
        // max(x, 0) + ln(1 + e^-|x|)
        Activation::Softplus => {
            let (x, tape) = x.split_tape();
            let rest = x.retaped::<T>().try_abs()?.try_negate()?.try_exp()?.try_add(1.0)?.try_ln()?;
            x.put_tape(tape).try_relu()?.try_add(rest)
        }
        Activation::Silu => {
            let (x, tape) = x.split_tape();
            x.retaped::<T>().try_sigmoid()?.try_mul(x.put_tape(tape))
        }
        Activation::Tanh => x.try_tanh(),
        Activation::Sigmoid => x.try_sigmoid(),
        Activation::Gelu => x.try_fast_gelu(),
    }
}

/// `max(x, 0)` and `max(-x, 0)`.
#[allow(clippy::type_complexity, reason = "a pair of rows")]
pub(super) fn halves<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
) -> Result<(Rows<W, D, T>, Rows<W, D, T>), D::Err> {
    let (x, tape) = x.split_tape();
    let below = x.retaped::<T>().try_negate()?.try_relu()?;
    Ok((x.put_tape(tape).try_relu()?, below))
}

/// Applies an activation to each element.
pub fn activate<const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    activation: Activation,
) -> Result<Rows<W, D, T>, D::Err> {
    if activation == Activation::Linear {
        return Ok(x);
    }
    let (x, tape) = x.split_tape();
    let shape = *x.shape();
    let call = Call::new(x.device(), Activate { activation, width: W }, shape.0).of(&x);
    D::call(call, tape, shape, |tape| plain(x.put_tape(tape), activation))
}
