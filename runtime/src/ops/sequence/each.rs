//! Application of a vector layer at every position of a sequence, of interests or of fields.

use crate::ops::sequence::{Mask, Sequence, positions, repeat, sequence, vectors};
use crate::ops::{Device, Rows, Tape, Vectors};

/// A value with one vector of width `W` for each of `N` positions, or one vector that is used at all of them.
pub trait AtPositions<const N: usize, const W: usize, D: Device, T: Tape<f32, D>> {
    /// Returns the vectors of all positions as rows. Adds a mask if positions can be absent.
    fn rows(self, masks: &mut Vec<Mask<N, D>>) -> Result<Rows<W, D, T>, D::Err>;
}

impl<const N: usize, const W: usize, D: Device, T: Tape<f32, D>> AtPositions<N, W, D, T>
    for Sequence<N, W, D, T>
{
    fn rows(self, masks: &mut Vec<Mask<N, D>>) -> Result<Rows<W, D, T>, D::Err> {
        masks.push(self.mask);
        positions(self.values)
    }
}

impl<const N: usize, const W: usize, D: Device, T: Tape<f32, D>> AtPositions<N, W, D, T>
    for Vectors<N, W, D, T>
{
    fn rows(self, _: &mut Vec<Mask<N, D>>) -> Result<Rows<W, D, T>, D::Err> {
        positions(self)
    }
}

impl<const N: usize, const W: usize, D: Device, T: Tape<f32, D>> AtPositions<N, W, D, T> for Rows<W, D, T> {
    fn rows(self, _: &mut Vec<Mask<N, D>>) -> Result<Rows<W, D, T>, D::Err> {
        repeat::<N, W, D, T>(self)
    }
}

/// Result of a layer at each position: a sequence if its input is one, or fields.
pub trait OfPositions<const N: usize, const W: usize, D: Device, T: Tape<f32, D>>: Sized {
    /// Converts the rows of all positions to vectors of records. Positions that any mask excludes are absent.
    fn of(rows: Rows<W, D, T>, masks: Vec<Mask<N, D>>) -> Result<Self, D::Err>;
}

impl<const N: usize, const W: usize, D: Device, T: Tape<f32, D>> OfPositions<N, W, D, T>
    for Sequence<N, W, D, T>
{
    fn of(rows: Rows<W, D, T>, masks: Vec<Mask<N, D>>) -> Result<Self, D::Err> {
        sequence(rows, &masks.iter().collect::<Vec<_>>())
    }
}

impl<const N: usize, const W: usize, D: Device, T: Tape<f32, D>> OfPositions<N, W, D, T>
    for Vectors<N, W, D, T>
{
    fn of(rows: Rows<W, D, T>, _: Vec<Mask<N, D>>) -> Result<Self, D::Err> {
        vectors(rows)
    }
}

/// Applies a layer at each position of `x`.
pub fn each<const N: usize, const W: usize, const V: usize, D, T, X, Y>(
    x: X,
    layer: impl FnOnce(Rows<W, D, T>) -> Result<Rows<V, D, T>, D::Err>,
) -> Result<Y, D::Err>
where
    D: Device,
    T: Tape<f32, D>,
    X: AtPositions<N, W, D, T>,
    Y: OfPositions<N, V, D, T>,
{
    let mut masks = Vec::new();
    let rows = x.rows(&mut masks)?;
    Y::of(layer(rows)?, masks)
}

/// Applies a layer of two inputs at each position of both. A single vector is used at all positions.
pub fn each_pair<const N: usize, const W: usize, const U: usize, const V: usize, D, T, A, B, Y>(
    a: A,
    b: B,
    layer: impl FnOnce(Rows<W, D, T>, Rows<U, D, T>) -> Result<Rows<V, D, T>, D::Err>,
) -> Result<Y, D::Err>
where
    D: Device,
    T: Tape<f32, D>,
    A: AtPositions<N, W, D, T>,
    B: AtPositions<N, U, D, T>,
    Y: OfPositions<N, V, D, T>,
{
    let mut masks = Vec::new();
    let (a, b) = (a.rows(&mut masks)?, b.rows(&mut masks)?);
    Y::of(layer(a, b)?, masks)
}
