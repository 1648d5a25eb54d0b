/// Deep & Cross network: cross layers of bounded degree next to a multi-layer perceptron.
///
/// Wang et al., "Deep & cross network for ad click predictions", ADKDD 2017.
model Dcn {
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
        let x = embed(I1..I13, C1..C26, dim = dim, l2 = l2) |> flatten
        concat(x |> cross(layers = 2), x |> mlp(hidden, relu)) |> dense(1)
    }

    objective bce(ctr, label)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.001), batch = 128, epochs = 3 }
}
