/// Product-based neural network: a multi-layer perceptron over fields and the products of their pairs.
///
/// Qu et al., "Product-based neural networks for user response prediction", ICDM 2016.
model Pnn {
    /// Width of the vectors.
    const dim     = 8
    /// L2 penalty of all tables.
    const l2      = 1e-5
    /// Widths of the hidden layers.
    const hidden  = [64, 32]
    /// Or `outer_product`.
    const product = inner_product

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
        concat(flatten(fields), product(fields)) |> mlp(hidden, relu) |> dense(1)
    }

    objective bce(ctr, label)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.001), batch = 128, epochs = 3 }
}
