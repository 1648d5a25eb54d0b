/// A field-aware factorization machine: each key has a vector for each other field.
///
/// Juan et al., "Field-aware factorization machines for CTR prediction", RecSys 2016.
model Ffm {
    /// Width of the vectors, of which each key has 39.
    const dim = 2
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
        linear(I1..I13, C1..C26, l2 = l2) + ffm(I1..I13, C1..C26, dim = dim, l2 = l2) |> bias
    }

    objective bce(ctr, label)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.002), batch = 128, epochs = 3 }
}
