/// Neural factorization machine: a multi-layer perceptron over the pooled products of pairs.
///
/// He & Chua, "Neural factorization machines for sparse predictive analytics", SIGIR 2017.
model Nfm {
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
        let pooled = embed(I1..I13, C1..C26, dim = dim, l2 = l2) |> bi_interaction |> batch_norm(momentum = 0.9)
        linear(I1..I13, C1..C26, l2 = l2) + (pooled |> mlp(hidden, relu) |> dense(1))
    }

    objective bce(ctr, label)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.001), batch = 128, epochs = 3 }
}
