//! Products of all pairs `i < j` of a record's vectors, in the order (1,2), (1,3), .., (N-1,N): elementwise
//! (AFM, Xiao et al., IJCAI 2017), inner and outer (PNN, Qu et al., ICDM 2016).

use dfdx::shapes::{Axis, Const, Dim, HasShape};
use dfdx::tensor::{PutTape, SplitTape, Tensor};
use dfdx::tensor_ops::{BroadcastTo, Device as Tensors, GatherTo, SumTo, TryMul};

use crate::ops::call::of_records;
use crate::ops::op::RecordFunction;
use crate::ops::parallel::{add_scaled, inner};
use crate::ops::reshape::Reshape as _;
use crate::ops::{Device, Rows, Tape, Vectors};

/// Pairs of `count` vectors in order.
#[inline(always)]
fn order(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |i| (i + 1..count).map(move |j| (i, j)))
}

/// One vector for each of `P` pairs.
type OfPairs<const W: usize, P, D, T> = Tensor<(usize, P, Const<W>), f32, D, T>;

/// First and second vectors of all pairs.
fn sides<const N: usize, const W: usize, P: Dim, D: Tensors<f32>, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
    pairs: P,
) -> Result<[OfPairs<W, P, D, T>; 2], D::Err> {
    let (device, batch) = (x.device().clone(), x.shape().0);
    let index = |side: fn((usize, usize)) -> usize| {
        let once: Vec<usize> = order(N).map(side).collect();
        device.try_tensor_from_vec::<(usize, P)>(once.repeat(batch), (batch, pairs))
    };
    let (first, second): (Tensor<_, usize, D>, Tensor<_, usize, D>) =
        (index(|(i, _)| i)?, index(|(_, j)| j)?);
    let (x, tape) = x.split_tape();
    Ok([x.retaped::<T>().try_gather(first)?, x.put_tape(tape).try_gather(second)?])
}

/// Plain formulation of elementwise products.
pub(crate) fn plain_pairs<
    const N: usize,
    const W: usize,
    const P: usize,
    D: Tensors<f32>,
    T: Tape<f32, D>,
>(
    x: Vectors<N, W, D, T>,
) -> Result<Vectors<P, W, D, T>, D::Err> {
    let [first, second] = sides(x, Const)?;
    first.try_mul(second)
}

/// Plain formulation of inner products.
pub(crate) fn plain_inner<
    const N: usize,
    const W: usize,
    const P: usize,
    D: Tensors<f32>,
    T: Tape<f32, D>,
>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<P, D, T>, D::Err> {
    plain_pairs::<N, W, P, D, T>(x)?.try_sum::<_, Axis<2>>()
}

/// Plain formulation of outer products.
pub(crate) fn plain_outer<
    const N: usize,
    const W: usize,
    const C: usize,
    D: Tensors<f32>,
    T: Tape<f32, D>,
>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<C, D, T>, D::Err> {
    let batch = x.shape().0;
    let [first, second] = sides(x, N * (N - 1) / 2)?;
    let shape = (batch, first.shape().1, Const::<W>, Const::<W>);
    let first = first.try_broadcast_like::<_, Axis<3>>(&shape)?;
    let second = second.try_broadcast_like::<_, Axis<2>>(&shape)?;
    first.try_mul(second)?.reshaped((batch, Const))
}

/// `v_i * v_j`.
#[derive(Clone, Copy)]
struct Pairs {
    count: usize,
    width: usize,
}

impl RecordFunction for Pairs {
    fn cost(&self) -> usize {
        self.count * self.count / 2 * self.width
    }

    #[inline(always)]
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        let w = self.width;
        for ((i, j), y) in order(self.count).zip(y.chunks_exact_mut(w)) {
            let pair = x[i * w..][..w].iter().zip(&x[j * w..][..w]);
            y.iter_mut().zip(pair).for_each(|(y, (a, b))| *y = a * b);
        }
    }

    #[inline(always)]
    fn backward(&self, x: &[f32], g: &[f32], into: &mut [f32]) {
        let w = self.width;
        for ((i, j), g) in order(self.count).zip(g.chunks_exact(w)) {
            for a in 0..w {
                into[i * w + a] += g[a] * x[j * w + a];
                into[j * w + a] += g[a] * x[i * w + a];
            }
        }
    }
}

/// `<v_i, v_j>`.
#[derive(Clone, Copy)]
struct InnerProducts(Pairs);

impl RecordFunction for InnerProducts {
    fn cost(&self) -> usize {
        self.0.cost()
    }

    #[inline(always)]
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        let w = self.0.width;
        for ((i, j), y) in order(self.0.count).zip(y) {
            *y = inner(&x[i * w..][..w], &x[j * w..][..w]);
        }
    }

    #[inline(always)]
    fn backward(&self, x: &[f32], g: &[f32], into: &mut [f32]) {
        let w = self.0.width;
        for ((i, j), g) in order(self.0.count).zip(g) {
            add_scaled(&mut into[i * w..][..w], *g, &x[j * w..][..w]);
            add_scaled(&mut into[j * w..][..w], *g, &x[i * w..][..w]);
        }
    }
}

/// `v_i[a] v_j[c]`.
#[derive(Clone, Copy)]
struct OuterProducts(Pairs);

impl RecordFunction for OuterProducts {
    fn cost(&self) -> usize {
        self.0.cost() * self.0.width
    }

    #[inline(always)]
    fn forward(&self, x: &[f32], y: &mut [f32]) {
        let w = self.0.width;
        for ((i, j), y) in order(self.0.count).zip(y.chunks_exact_mut(w * w)) {
            for (a, y) in y.chunks_exact_mut(w).enumerate() {
                let factor = x[i * w + a];
                y.iter_mut().zip(&x[j * w..][..w]).for_each(|(y, x)| *y = factor * x);
            }
        }
    }

    #[inline(always)]
    fn backward(&self, x: &[f32], g: &[f32], into: &mut [f32]) {
        let w = self.0.width;
        for ((i, j), g) in order(self.0.count).zip(g.chunks_exact(w * w)) {
            for (a, g) in g.chunks_exact(w).enumerate() {
                into[i * w + a] += inner(g, &x[j * w..][..w]);
                add_scaled(&mut into[j * w..][..w], x[i * w + a], g);
            }
        }
    }
}

/// Elementwise products `v_i * v_j` of all `P = N (N - 1) / 2` pairs of a record's vectors.
pub fn pairs<const N: usize, const W: usize, const P: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Vectors<P, W, D, T>, D::Err> {
    let shape = (x.shape().0, Const, Const);
    of_records(x, shape, Pairs { count: N, width: W }, plain_pairs)
}

/// Inner products `<v_i, v_j>` of all `P = N (N - 1) / 2` pairs of a record's vectors.
pub fn inner_product<const N: usize, const W: usize, const P: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<P, D, T>, D::Err> {
    let shape = (x.shape().0, Const);
    of_records(x, shape, InnerProducts(Pairs { count: N, width: W }), plain_inner)
}

/// Outer products `v_i[a] v_j[c]` of all pairs of a record's vectors, at index `(pair * W + a) * W + c`; `C`
/// is `N (N - 1) / 2 * W * W`.
pub fn outer_product<const N: usize, const W: usize, const C: usize, D: Device, T: Tape<f32, D>>(
    x: Vectors<N, W, D, T>,
) -> Result<Rows<C, D, T>, D::Err> {
    let shape = (x.shape().0, Const);
    of_records(x, shape, OuterProducts(Pairs { count: N, width: W }), plain_outer)
}
