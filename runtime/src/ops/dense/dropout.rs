//! Dropout of the numbers of a layer, and masks of dropout for other layers.

use std::ops::Range;

use dfdx::shapes::HasShape;
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{Device as Tensors, TryMul};

use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Saved, Scratch};
use crate::ops::parallel::vectorized;
use crate::ops::{Device, Pass, PassState, Rows, Tape};
use crate::rng::Stream;

/// The mask of a step, by element of the batch. It depends on seed, layer, step and element.
#[derive(Clone, Copy, Debug)]
pub struct DropoutMask {
    stream: Stream,
    rate: f32,
}

impl DropoutMask {
    /// Factor of the numbers that are kept.
    #[inline(always)]
    pub(crate) fn scale(&self) -> f32 {
        if self.rate < 1.0 { 1.0 / (1.0 - self.rate) } else { 0.0 }
    }

    /// Fills `factors` with those of the elements from `first` on: zero, or the reciprocal of the share that is kept.
    #[inline(always)]
    pub(crate) fn fill(&self, first: usize, factors: &mut [f32]) {
        let kept = self.scale();
        let elements = (first as u64..).zip(factors);
        elements.for_each(|(element, factor)| {
            *factor = if self.stream.uniform(element) < self.rate { 0.0 } else { kept };
        });
    }
}

impl PassState {
    /// Returns the mask of a layer that drops numbers at this rate. None if nothing is dropped, as outside of training.
    pub fn dropout(&self, rate: f32, layer: &str) -> Option<DropoutMask> {
        let drops = self.is_training() && rate > 0.0;
        drops.then(|| DropoutMask { stream: self.stream(layer), rate })
    }
}

/// Rows of its only input times the mask. Saves the mask.
struct Dropout {
    mask: DropoutMask,
    width: usize,
}

impl Op for Dropout {
    fn cost(&self) -> usize {
        8 * self.width
    }

    fn saved(&self) -> Saved {
        Saved::NOTHING.numbers(self.width)
    }

    fn forward(
        &self,
        rows: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        saved: &mut [f32],
        _: &mut Scratch,
    ) {
        vectorized(
            #[inline(always)]
            || {
                self.mask.fill(rows.start * self.width, saved);
                let pairs = inputs[0].iter().zip(&*saved);
                output.iter_mut().zip(pairs).for_each(|(y, (x, factor))| *y = x * factor);
            },
        );
    }

    fn backward(
        &self,
        _: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        let pairs = g.iter().zip(forward.saved);
        vectorized(|| into[0].iter_mut().zip(pairs).for_each(|(into, (g, factor))| *into += g * factor));
    }
}

/// Plain formulation: the product with a mask.
fn plain<const W: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    mask: DropoutMask,
) -> Result<Rows<W, D, T>, D::Err> {
    let mut factors = vec![0.0; x.shape().0 * W];
    mask.fill(0, &mut factors);
    let factors = x.device().try_tensor_from_vec(factors, *x.shape())?;
    x.try_mul(factors.put_tape(T::default()))
}

/// In training, zeroes each element with probability `rate` and scales the others by `1 / (1 - rate)`.
pub fn dropout<const W: usize, D: Device, T: Tape<f32, D>>(
    x: Rows<W, D, T>,
    rate: f32,
    layer: &str,
    pass: &Pass<D>,
) -> Result<Rows<W, D, T>, D::Err> {
    let Some(mask) = pass.dropout(rate, layer) else { return Ok(x) };
    let (x, tape) = x.split_tape();
    let shape = *x.shape();
    let call = Call::new(x.device(), Dropout { mask, width: W }, shape.0).of(&x);
    D::call(call, tape, shape, |tape| plain(x.put_tape(tape), mask))
}

#[cfg(test)]
mod tests {
    use dfdx::shapes::Const;
    use dfdx::tensor::{Cpu, OwnedTape, TensorFromVec, Trace};
    use dfdx::tensor_ops::{Backward, SumTo};

    use super::*;
    use crate::ops::{Planned, StepMemory};

    /// Rows for several lanes and tiles, and for several threads.
    #[test]
    fn parts_of_a_batch_have_the_mask_of_the_whole() {
        let device = Cpu::default();
        let numbers = (0..3000 * 7).map(|at| 1.0 + at as f32).collect();
        let x: Rows<7, Cpu> = device.tensor_from_vec(numbers, (3000, Const));
        let pass = Pass::training(&device, 3, 5);
        let mask = pass.dropout(0.25, "layer").unwrap();
        let expected = plain(x.clone(), mask).unwrap().as_vec();
        assert_eq!(dropout(x.clone(), 0.25, "layer", &pass).unwrap().as_vec(), expected);
        let planned = dropout(x.retaped::<Planned>(), 0.25, "layer", &pass).unwrap();
        assert_eq!(Cpu::values(planned, &mut StepMemory::default()).unwrap(), expected);
        let gradient = |y: Rows<7, Cpu, OwnedTape<f32, Cpu>>| y.sum().backward().get(&x).as_vec();
        let of_op = gradient(dropout(x.leaky_trace(), 0.25, "layer", &pass).unwrap());
        assert_eq!(of_op, gradient(plain(x.leaky_trace(), mask).unwrap()));
        let dropped = of_op.iter().filter(|factor| **factor == 0.0).count();
        assert!((4500..6000).contains(&dropped), "{dropped}");
    }
}
