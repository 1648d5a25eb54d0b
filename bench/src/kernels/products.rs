//! Matrix products of the layers and softmaxes of recommenders, by Turret and by other crates.

use std::hint::black_box;

use turret_runtime::ops::{Products, View};

use super::others::{self, Matrix};
use super::{Rates, TURRET, Work};

/// A layer: its rows, inputs and outputs.
struct Size(usize, usize, usize);

const SIZES: [Size; 5] = [
    Size(256, 96, 64),
    Size(256, 544, 256),
    Size(4096, 96, 64),
    Size(4096, 544, 256),
    // Scores of in-batch softmax: queries, width, candidates.
    Size(2048, 32, 2048),
];

pub(super) fn measure(rates: &mut Rates) {
    for Size(rows, inputs, outputs) in SIZES {
        let numbers = |count: usize| -> Vec<f32> { (0..count).map(|at| (at % 7) as f32 - 3.0).collect() };
        let (x, weight, y) = (numbers(rows * inputs), numbers(outputs * inputs), numbers(rows * outputs));
        let size = format!("{rows} × {inputs} × {outputs}");
        let x = Matrix::new(&x, rows, inputs);
        let weight = Matrix::new(&weight, outputs, inputs);
        let y = Matrix::new(&y, rows, outputs);
        for (what, left, right) in [
            ("forward", x, weight.transposed()),
            ("gradient of inputs", y, weight),
            ("gradient of weights", y.transposed(), x),
        ] {
            product(rates, &format!("{size}, {what}"), left, right);
        }
    }
}

/// Times a product by Turret and by the other crates.
fn product(rates: &mut Rates, name: &str, left: Matrix<'_>, right: Matrix<'_>) {
    let work = Work::Operations(2 * left.rows * left.columns * right.columns);
    let mut into = vec![0.0; left.rows * right.columns];
    let mut products = Products::default();
    let (a, b) = (view(left), view(right));
    rates.time(TURRET, name, work, || products.set(1.0, a, b, black_box(&mut into)));
    for (crate_name, multiply) in [
        (others::GEMM, others::gemm as fn(Matrix<'_>, Matrix<'_>, &mut [f32])),
        (others::MATRIXMULTIPLY, others::matrixmultiply),
    ] {
        rates.time(crate_name, name, work, || multiply(left, right, black_box(&mut into)));
    }
}

fn view(matrix: Matrix<'_>) -> View<'_> {
    let Matrix { values, rows, columns, is_transposed } = matrix;
    if is_transposed {
        View::new(values, columns, rows).transposed()
    } else {
        View::new(values, rows, columns)
    }
}
