//! Logit of the product of two probabilities.

use std::ops::Range;

use dfdx::shapes::{Axis, Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape};
use dfdx::tensor_ops::{LogSumExpTo, TryAdd};

use super::concat::{IntoPart as _, plain as plain_concat};
use crate::ops::call::Call;
use crate::ops::op::{Forward, Op, Scratch};
use crate::ops::parallel::vectorized;
use crate::ops::{Device, Rows, Tape, column};

/// `-ln(e^-a + e^-b + e^(-a - b))` of two inputs.
struct Both;

/// Returns the logit and its slopes, stable at any logits.
#[inline(always)]
fn both_of(a: f32, b: f32) -> (f32, [f32; 2]) {
    let [of_a, of_b, of_both] = [-a, -b, -a - b];
    let largest = of_a.max(of_b).max(of_both);
    let [of_a, of_b, of_both] = [of_a, of_b, of_both].map(|term| (term - largest).exp());
    let sum = of_a + of_b + of_both;
    (-largest - sum.ln(), [(of_a + of_both) / sum, (of_b + of_both) / sum])
}

impl Op for Both {
    fn cost(&self) -> usize {
        8
    }

    fn forward(
        &self,
        _: Range<usize>,
        inputs: &[&[f32]],
        output: &mut [f32],
        _: &mut [f32],
        _: &mut Scratch,
    ) {
        let logits = inputs[0].iter().zip(inputs[1]);
        vectorized(|| output.iter_mut().zip(logits).for_each(|(y, (&a, &b))| *y = both_of(a, b).0));
    }

    fn backward(
        &self,
        _: usize,
        forward: &Forward<'_>,
        g: &mut [f32],
        into: &mut [&mut [f32]],
        _: &mut Scratch,
    ) {
        let logits = || forward.inputs[0].iter().zip(forward.inputs[1]).zip(&*g);
        vectorized(|| {
            for (which, into) in into.iter_mut().enumerate() {
                let each = into.iter_mut().zip(logits());
                each.for_each(|(into, ((&a, &b), g))| *into += g * both_of(a, b).1[which]);
            }
        });
    }
}

/// Plain formulation of the logit.
pub(crate) fn plain<D: Device, T: Tape<f32, D>>(
    a: Rows<1, D, T>,
    b: Rows<1, D, T>,
) -> Result<Rows<1, D, T>, D::Err> {
    let device = a.device().clone();
    let (a, b) = (a.try_negate()?, b.try_negate()?);
    let (a, tape) = a.split_tape();
    let (b, other) = b.split_tape();
    let sum = a.retaped::<T>().try_add(b.retaped::<T>())?;
    let rows = a.shape().0;
    let parts = vec![a.put_tape(tape).part(), b.put_tape(other).part(), sum.part()];
    let terms: Rows<3, D, T> = plain_concat(&device, parts, (rows, Const))?;
    column(terms.try_logsumexp::<_, Axis<1>>()?.try_negate()?)
}

/// The logit of the product of the probabilities of two logits: `-ln(e^-a + e^-b + e^(-a - b))`. Ma et al., "Entire space
/// multi-task model", SIGIR 2018.
pub fn logit_of_both<D: Device, T: Tape<f32, D>>(
    a: Rows<1, D, T>,
    b: Rows<1, D, T>,
) -> Result<Rows<1, D, T>, D::Err> {
    let (a, tape) = a.split_tape();
    let (b, other) = b.split_tape();
    let shape = *a.shape();
    let call = Call::new(a.device(), Both, shape.0).of(&a).of(&b);
    D::call(call, tape.merge(other), shape, |tape| plain(a.put_tape(tape), b.retaped()))
}

#[cfg(test)]
mod tests {
    use super::both_of;

    #[test]
    fn logits_are_exact_and_stable() {
        let exact = |a: f64, b: f64| {
            let terms = [-a, -b, -a - b];
            let largest = terms.iter().copied().fold(f64::MIN, f64::max);
            -largest - terms.iter().map(|term| (term - largest).exp()).sum::<f64>().ln()
        };
        for (a, b) in
            [(0.0, 0.0), (3.0, -2.0), (-50.0, 40.0), (90.0, 95.0), (-1e4, 1e4), (1e4, 1e4), (-1e30, -1e30)]
        {
            let (found, slopes) = both_of(a, b);
            let wanted = exact(f64::from(a), f64::from(b));
            assert!((f64::from(found) - wanted).abs() <= 1e-6 * wanted.abs().max(1.0), "{a} {b}: {found}");
            assert!(slopes.iter().all(|slope| (0.0..=1.0).contains(slope)), "{a} {b}: {slopes:?}");
        }
    }
}
