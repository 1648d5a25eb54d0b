/// Deep & Cross network, version 2: cross layers with low-rank matrices next to a multi-layer perceptron.
///
/// Wang et al., "DCN V2: improved deep & cross network and practical lessons for web-scale learning to rank", WWW 2021.
model DcnV2 {
    /// Width of the vectors.
    const dim    = 8
    /// L2 penalty of all tables.
    const l2     = 1e-5
    /// Widths of the hidden layers.
    const hidden = [64, 32]
    /// Rank of the cross matrices; without it they are square.
    const rank   = 16

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
        concat(x |> cross_v2(layers = 2, rank = rank), x |> mlp(hidden, relu)) |> dense(1)
    }

    objective bce(ctr, label)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.001), batch = 128, epochs = 3 }
}
