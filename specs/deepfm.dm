/// DeepFM: a factorization machine and a multi-layer perceptron over the same vectors.
///
/// Guo et al., "DeepFM: a factorization-machine based neural network for CTR prediction", IJCAI 2017.
model DeepFm {
    /// Width of the vectors.
    const dim    = 8
    /// L2 penalty of all tables.
    const l2     = 1e-5
    /// Widths of the hidden layers.
    const hidden = [64, 32]

    data {
        log   = tsv("train.csv", columns = [label, I1..I13, C1..C26])
        split = given(train = "train.csv", test = "test.csv")
    }

    input {
        label:   label
        I1..I13: bucket(quantiles(10), missing = bucket)
        C1..C26: id(vocab = learned(min_count = 4))
    }

    tower ctr {
        let fields = embed(I1..I13, C1..C26, dim = dim, l2 = l2)
        let deep = fields |> flatten |> mlp(hidden, relu) |> dense(1)
        linear(I1..I13, C1..C26, l2 = l2) + fm(fields) + deep
    }

    objective bce(ctr, label)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.001), batch = 128, epochs = 3 }
}
