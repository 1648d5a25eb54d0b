//! Comparison of every kernel with its plain formulation at random shapes: from no records to some hundreds,
//! sequences of all lengths, and sizes that include 1 and odd numbers.

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::sequence::taped;
use super::*;

/// Random sizes that are not constants.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    rows: usize,
    seed: u64,
    /// True if sequences are padded in front.
    front: bool,
    activation: Activation,
}

impl Drawn {
    fn numbers(self, count: usize, name: &str) -> Vec<f32> {
        let stream = Stream::new(self.seed, name);
        (0..count as u64).map(|counter| stream.normal(counter)).collect()
    }

    fn rows<const W: usize>(self, name: &str) -> Rows<W, Cpu> {
        Cpu::default().tensor_from_vec(self.numbers(self.rows * W, name), (self.rows, Const))
    }

    fn vectors<const N: usize, const W: usize>(self, name: &str) -> Vectors<N, W, Cpu> {
        Cpu::default().tensor_from_vec(self.numbers(self.rows * N * W, name), (self.rows, Const, Const))
    }

    fn sequence<const N: usize, const W: usize>(self, name: &str) -> Sequence<N, W, Cpu> {
        let stream = Stream::new(self.seed, "lengths");
        let mask = (0..self.rows * N).map(|at| {
            let (length, position) = (stream.below((at / N) as u64, N as u64 + 1) as usize, at % N);
            let holds = if self.front { position + length >= N } else { position < length };
            f32::from(u8::from(holds))
        });
        let mask = Cpu::default().tensor_from_vec(mask.collect(), (self.rows, Const));
        Sequence { values: self.vectors(name), mask }
    }

    /// Compares the values of two formulations, and the gradients that `read` returns. Skipped without
    /// records, which dfdx does not support.
    #[track_caller]
    fn agree<S: Shape + ReduceShapeTo<Rank0, S::AllAxes>>(
        self,
        fused: Tensor<S, f32, Cpu, Taped>,
        plain: impl FnOnce() -> Tensor<S, f32, Cpu, Taped>,
        read: impl Fn(&Gradients<f32, Cpu>) -> Vec<Vec<f32>>,
    ) {
        match self.rows {
            0 => assert_eq!(fused.shape().num_elements(), 0),
            _ => close(&outcome(fused, &read), &outcome(plain(), &read)),
        }
    }

    /// A layer with random weights and biases.
    fn layer<M>(self, fill: impl Fn(&mut M, &dyn Fn(usize, &str) -> Vec<f32>)) -> M
    where
        M: crate::ops::Module<Cpu>,
    {
        let mut layer = build_weights(&Cpu::default(), self.seed).unwrap();
        fill(&mut layer, &|count, name| self.numbers(count, name));
        layer
    }
}

/// Layers of rows of width `W`.
fn rows<const W: usize, const O: usize>(drawn: Drawn) {
    let (a, b) = (drawn.rows::<W>("a"), drawn.rows::<W>("b"));
    let (left, right) = (|| a.retaped::<Taped>(), || b.retaped::<Taped>());
    let of_a = |g: &Gradients<f32, Cpu>| vec![g.get(&a).as_vec()];
    let of_both = |g: &Gradients<f32, Cpu>| vec![g.get(&a).as_vec(), g.get(&b).as_vec()];

    let linear: Linear<W, O, Cpu> =
        drawn.layer(|layer: &mut Linear<W, O, Cpu>, numbers| layer.bias.copy_from(&numbers(O, "bias")));
    let activation = drawn.activation;
    drawn.agree(
        dense(&linear, left(), activation).unwrap(),
        || crate::ops::dense::plain_dense(&linear, left(), activation).unwrap(),
        |g| vec![g.get(&a).as_vec(), g.get(&linear.weight).as_vec(), g.get(&linear.bias).as_vec()],
    );
    let plain = || crate::ops::dense::activation::plain(left(), activation).unwrap();
    drawn.agree(activate(left(), activation).unwrap(), plain, of_a);
    drawn.agree(
        dot(left(), right()).unwrap(),
        || crate::ops::interaction::similarity::plain(left(), right()).unwrap(),
        of_both,
    );
    // A vector of width 1 has no direction; its plain gradient is only rounding error.
    if W > 1 {
        let unit = |x| crate::ops::norm::l2::plain(x, 1e-12).unwrap();
        drawn.agree(l2_normalize(left()).unwrap(), || unit(left()), of_a);
        let cosines = || crate::ops::interaction::similarity::plain(unit(left()), unit(right())).unwrap();
        drawn.agree(cosine(left(), right()).unwrap(), cosines, of_both);
    }
    let squares = || {
        let difference = dfdx::tensor_ops::TrySub::try_sub(left(), right()).unwrap();
        difference.square().try_sum::<(usize,), Axis<1>>().unwrap()
    };
    drawn.agree(distance(left(), right()).unwrap(), squares, of_both);
    drawn.agree(add(left(), right()).unwrap(), || left() + right(), of_both);
    drawn.agree(mul(left(), right()).unwrap(), || left() * right(), of_both);
    drawn.agree(
        scores(row_sum(left()).unwrap()).unwrap(),
        || left().try_sum::<(usize,), Axis<1>>().unwrap(),
        of_a,
    );

    let weights: Coefficients<W, Cpu> = drawn.layer(|layer: &mut Coefficients<W, Cpu>, numbers| {
        layer.weight.copy_from(&numbers(W, "weights"));
    });
    drawn.agree(
        scores(weighted_sum(&weights, left()).unwrap()).unwrap(),
        || crate::ops::interaction::row_sum::plain(&weights.weight, left()).unwrap(),
        |g| vec![g.get(&a).as_vec(), g.get(&weights.weight).as_vec()],
    );
    let norm: LayerNorm<W, Cpu> = drawn.layer(|layer: &mut LayerNorm<W, Cpu>, numbers| {
        layer.weight.copy_from(&numbers(W, "scale"));
        layer.bias.copy_from(&numbers(W, "shift"));
    });
    drawn.agree(
        layer_norm(&norm, left(), 1e-3).unwrap(),
        || crate::ops::norm::layer::plain(&norm, left(), 1e-3).unwrap(),
        |g| vec![g.get(&a).as_vec(), g.get(&norm.weight).as_vec(), g.get(&norm.bias).as_vec()],
    );
    let rectifier: Prelu<W, Cpu> =
        drawn.layer(|layer: &mut Prelu<W, Cpu>, numbers| layer.alpha.copy_from(&numbers(W, "alpha")));
    drawn.agree(
        prelu(&rectifier, left()).unwrap(),
        || crate::ops::dense::prelu::plain(&rectifier, left()).unwrap(),
        |g| vec![g.get(&a).as_vec(), g.get(&rectifier.alpha).as_vec()],
    );
    let crossed: Cross<W, Cpu> =
        drawn.layer(|layer: &mut Cross<W, Cpu>, numbers| layer.bias.copy_from(&numbers(W, "cross bias")));
    drawn.agree(
        cross(&crossed, left(), right()).unwrap(),
        || crate::ops::interaction::cross::plain(&crossed, left(), right()).unwrap(),
        |g| vec![g.get(&a).as_vec(), g.get(&b).as_vec(), g.get(&crossed.weight).as_vec()],
    );
    let numbers: NumberEmbedding<W, O, Cpu> = drawn.layer(|_, _| ());
    drawn.agree(
        embed_numbers(&numbers, left()).unwrap(),
        || crate::ops::dense::number_embedding::plain(&numbers, left()).unwrap(),
        |g| vec![g.get(&a).as_vec(), g.get(&numbers.weight).as_vec()],
    );
}

/// Layers of `N` fields of width `W`: `P` pairs, `Q` numbers of outer products, `S` pairs plus the fields,
/// `V` numbers of a field-aware vector.
fn fields<
    const N: usize,
    const W: usize,
    const P: usize,
    const Q: usize,
    const S: usize,
    const V: usize,
    const O: usize,
>(
    drawn: Drawn,
) {
    let (x, other) = (drawn.vectors::<N, W>("x"), drawn.vectors::<N, W>("other"));
    let (fields, others) = (|| x.retaped::<Taped>(), || other.retaped::<Taped>());
    let of_x = |g: &Gradients<f32, Cpu>| vec![g.get(&x).as_vec()];
    drawn.agree(
        bi_interaction(fields()).unwrap(),
        || crate::ops::interaction::fm::plain(fields()).unwrap(),
        of_x,
    );
    let sums = || fields().try_sum::<(usize, Const<W>), Axis<1>>().unwrap();
    drawn.agree(sum_fields(fields()).unwrap(), sums, of_x);
    drawn.agree(
        max_fields(fields()).unwrap(),
        || crate::ops::pool::fields::plain_max(fields()).unwrap(),
        of_x,
    );
    if P > 0 {
        let plain = || crate::ops::interaction::pairs::plain_pairs::<N, W, P, _, _>(fields()).unwrap();
        drawn.agree(pairs(fields()).unwrap(), plain, of_x);
        let plain = || crate::ops::interaction::pairs::plain_inner::<N, W, P, _, _>(fields()).unwrap();
        drawn.agree(inner_product(fields()).unwrap(), plain, of_x);
        let plain = || crate::ops::interaction::pairs::plain_outer::<N, W, Q, _, _>(fields()).unwrap();
        drawn.agree(outer_product(fields()).unwrap(), plain, of_x);
        let aware = drawn.vectors::<N, V>("aware");
        drawn.agree(
            scores(field_aware(aware.retaped::<Taped>()).unwrap()).unwrap(),
            || crate::ops::interaction::ffm::plain(aware.retaped::<Taped>()).unwrap(),
            |g| vec![g.get(&aware).as_vec()],
        );
    }
    let layer: UnbiasedLinear<S, O, Cpu> = drawn.layer(|_, _| ());
    drawn.agree(
        cin(&layer, fields(), others()).unwrap(),
        || crate::ops::interaction::cin::plain(&layer, fields(), others()).unwrap(),
        |g| vec![g.get(&x).as_vec(), g.get(&other).as_vec(), g.get(&layer.weight).as_vec()],
    );
}

/// Layers of sequences of up to `N` vectors of width `W`. `G` and `L` are the gate sizes of a GRU and an LSTM
/// with `W` units.
fn sequences<const N: usize, const W: usize, const G: usize, const L: usize>(drawn: Drawn) {
    let x = drawn.sequence::<N, W>("x");
    let of_x = |g: &Gradients<f32, Cpu>| vec![g.get(&x.values).as_vec()];
    for combiner in [Combiner::Sum, Combiner::Mean, Combiner::Sqrtn, Combiner::Max] {
        let plain = || crate::ops::pool::sequence::plain(taped(&x), combiner).unwrap();
        drawn.agree(pool(taped(&x), combiner).unwrap(), plain, of_x);
    }
    drawn.agree(last(taped(&x)).unwrap(), || crate::ops::pool::last::plain(taped(&x)).unwrap(), of_x);
    let plain = || crate::ops::sequence::plain_masked(taped(&x)).unwrap();
    drawn.agree(masked(taped(&x)).unwrap(), plain, of_x);

    let weights = drawn.vectors::<N, 3>("weights");
    let dropout = Pass::training(&Cpu::default(), drawn.seed, 1).dropout(0.3, "weights");
    for (weighting, dropout) in
        [(Weighting::Softmax, None), (Weighting::Softmax, dropout), (Weighting::Scores, None)]
    {
        use crate::ops::attention::weighted_sum::{attend, plain};
        let parts = || (x.values.retaped::<Taped>(), weights.retaped());
        drawn.agree(
            attend(parts().0, parts().1, &x.mask, weighting, dropout).unwrap(),
            || plain(parts().0, parts().1, &x.mask, weighting, dropout).unwrap(),
            |g| vec![g.get(&x.values).as_vec(), g.get(&weights).as_vec()],
        );
    }
    let (query, value) = (drawn.sequence::<N, W>("query"), drawn.sequence::<N, W>("value"));
    let heads = if W.is_multiple_of(3) { 3 } else { 1 };
    for (causal, diagonal, dropout) in [(false, true, None), (true, true, dropout), (true, false, dropout)] {
        let rule = Attention { heads, causal, diagonal, dropout };
        let parts = || (query.values.retaped::<Taped>(), x.values.retaped::<Taped>(), value.values.retaped());
        drawn.agree(
            crate::ops::attention::multi_head(parts().0, parts().1, parts().2, &x.mask, rule).unwrap(),
            || {
                crate::ops::attention::plain_attention(parts().0, parts().1, parts().2, &x.mask, rule)
                    .unwrap()
            },
            |g| [&query, &x, &value].map(|x| g.get(&x.values).as_vec()).into(),
        );
    }
    let layer: Gru<W, W, G, Cpu> = drawn.layer(|layer: &mut Gru<W, W, G, Cpu>, numbers| {
        layer.bias_ih.copy_from(&numbers(G, "bias of inputs"));
        layer.bias_hh.copy_from(&numbers(G, "bias of outputs"));
    });
    drawn.agree(
        gru(&layer, taped(&x)).unwrap().values,
        || crate::ops::recurrent::gru::plain(&layer, x.values.retaped::<Taped>(), &x.mask).unwrap(),
        |g| vec![g.get(&x.values).as_vec(), g.get(&layer.weight_hh).as_vec(), g.get(&layer.bias_hh).as_vec()],
    );
    let layer: Lstm<W, W, L, Cpu> =
        drawn.layer(|layer: &mut Lstm<W, W, L, Cpu>, numbers| layer.bias.copy_from(&numbers(L, "bias")));
    drawn.agree(
        lstm(&layer, taped(&x), 1.0).unwrap().values,
        || crate::ops::recurrent::lstm::plain(&layer, x.values.retaped::<Taped>(), &x.mask, 1.0).unwrap(),
        |g| vec![g.get(&x.values).as_vec(), g.get(&layer.weight_ih).as_vec(), g.get(&layer.bias).as_vec()],
    );
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let rows = prop_oneof![Just(0), Just(1), 2..40usize, 40..300usize];
    let activation = (0..activations().len()).prop_map(|at| activations()[at]);
    (rows, any::<u64>(), any::<bool>(), activation).prop_map(|(rows, seed, front, activation)| Drawn {
        rows,
        seed,
        front,
        activation,
    })
}

proptest! {
    #![proptest_config(Config { cases: 256, failure_persistence: None, ..Config::default() })]

    #[test]
    fn layers_of_rows(drawn in drawn(), size in 0..5) {
        match size {
            0 => rows::<1, 1>(drawn),
            1 => rows::<3, 17>(drawn),
            2 => rows::<7, 1>(drawn),
            3 => rows::<32, 5>(drawn),
            _ => rows::<65, 33>(drawn),
        }
    }

    #[test]
    fn layers_of_fields(drawn in drawn(), size in 0..5) {
        match size {
            0 => fields::<1, 1, 0, 0, 1, 1, 1>(drawn),
            1 => fields::<1, 8, 0, 0, 1, 8, 2>(drawn),
            2 => fields::<2, 1, 1, 1, 4, 2, 3>(drawn),
            3 => fields::<5, 3, 10, 90, 25, 15, 1>(drawn),
            _ => fields::<8, 16, 28, 7168, 64, 128, 9>(drawn),
        }
    }

    #[test]
    fn layers_of_sequences(drawn in drawn(), size in 0..5) {
        match size {
            0 => sequences::<1, 1, 3, 4>(drawn),
            1 => sequences::<1, 6, 18, 24>(drawn),
            2 => sequences::<2, 3, 9, 12>(drawn),
            3 => sequences::<7, 5, 15, 20>(drawn),
            _ => sequences::<33, 18, 54, 72>(drawn),
        }
    }
}
