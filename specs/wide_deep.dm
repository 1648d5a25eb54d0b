/// Wide & Deep: a linear model and a multi-layer perceptron, in equal parts.
///
/// Cheng et al., "Wide & deep learning for recommender systems", DLRS 2016.
model WideDeep {
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
        let wide = linear(I1..I13, C1..C26, l2 = l2)
        let deep = embed(I1..I13, C1..C26, dim = dim, l2 = l2)
            |> flatten
            |> mlp(hidden, relu)
            |> dense(1)
        (wide + deep) / 2
    }

    objective bce(ctr, label)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.001), batch = 128, epochs = 3 }
}
