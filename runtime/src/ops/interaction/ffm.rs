//! Field-aware factorization machines (Juan et al., RecSys 2016): each key has one vector for each other field.

use dfdx::shapes::{Axes2, Axes3, Axes4, Const, HasShape};
use dfdx::tensor::{PutTape, SplitTape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, PermuteTo, SumTo, TryMul};

use crate::ops::call::of_records;
use crate::ops::op::RecordFunction;
use crate::ops::parallel::{add_scaled, inner};
use crate::ops::reshape::Reshape as _;
use crate::ops::rows::arithmetic::distinct;
use crate::ops::{Device, Rows, Scores, Tape, Vectors, column};

/// Plain formulation of the interaction.
pub(crate) fn plain<const N: usize, const V: usize, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Vectors<N, V, D, T>,
) -> Result<Scores<D, T>, D::Err> {
    let shape = (x.shape().0, Const::<N>, Const::<N>, V / N);
    let above: Vec<f32> = (0..N * N).map(|at| if at / N < at % N { 1.0 } else { 0.0 }).collect();
    let above: Tensor<(Const<N>, Const<N>), f32, D> =
        x.device().try_tensor_from_vec(above, (Const, Const))?;
    let (x, tape) = x.reshaped(shape)?.split_tape();
    let swapped: Tensor<(usize, Const<N>, Const<N>, usize), f32, D, T> =
        x.retaped::<T>().try_permute::<_, Axes4<0, 2, 1, 3>>()?;
    let products = distinct(x.put_tape(tape))?.try_mul(swapped)?;
    let above = above.retaped::<T>().try_broadcast_like::<_, Axes2<0, 3>>(&shape)?;
    products.try_mul(above)?.try_sum::<_, Axes3<1, 2, 3>>()
}

/// Interaction of a record's fields; each has one vector for each field.
#[derive(Clone, Copy)]
struct FieldAware {
    count: usize,
    width: usize,
}

impl FieldAware {
    /// Returns the offset of a field's vector for another field.
    #[inline(always)]
    fn at(&self, field: usize, other: usize) -> usize {
        (field * self.count + other) * self.width
    }
}

impl RecordFunction for FieldAware {
    fn cost(&self) -> usize {
        self.count * self.count / 2 * self.width
    }

    #[inline(always)]
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        y[0] = 0.0;
        for f in 0..self.count {
            for g in f + 1..self.count {
                y[0] += inner(&x[self.at(f, g)..][..self.width], &x[self.at(g, f)..][..self.width]);
            }
        }
    }

    #[inline(always)]
    fn backward(&self, x: &[f32], gradient: &[f32], into: &mut [f32]) {
        for f in 0..self.count {
            for g in (0..self.count).filter(|&g| g != f) {
                let (own, other) = (self.at(f, g), self.at(g, f));
                add_scaled(&mut into[own..][..self.width], gradient[0], &x[other..][..self.width]);
            }
        }
    }
}

/// `sum_{f<g} <x_f[g], x_g[f]>` over the `N` fields of each record. Each field has one vector for each field;
/// `V` is `N` times the vector width.
pub fn field_aware<const N: usize, const V: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<N, V, D, T>,
) -> Result<Rows<1, D, T>, D::Err> {
    let shape = (x.shape().0,);
    column(of_records(x, shape, FieldAware { count: N, width: V / N }, plain)?)
}
