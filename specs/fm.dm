/// A factorization machine: first-order terms and the products of all pairs of fields.
///
/// Rendle, "Factorization machines", ICDM 2010.
model Fm {
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
        linear(I1..I13, C1..C26, l2 = l2) + fm(embed(I1..I13, C1..C26, dim = dim, l2 = l2)) |> bias
    }

    objective bce(ctr, label)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.002), batch = 128, epochs = 3 }
}
