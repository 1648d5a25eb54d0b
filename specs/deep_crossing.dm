/// Deep Crossing: residual units over embedded fields.
///
/// Shan et al., "Deep crossing: web-scale modeling without manually crafted combinatorial features", KDD 2016.
model DeepCrossing {
    /// Width of the vectors.
    const dim = 8
    /// L2 penalty of all tables.
    const l2  = 1e-5

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
        embed(I1..I13, C1..C26, dim = dim, l2 = l2) |> flatten
            |> residual_unit(64) |> residual_unit(32) |> dense(1)
    }

    objective bce(ctr, label)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.001), batch = 128, epochs = 3 }
}
