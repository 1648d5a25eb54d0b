/// A factorization machine over numeric features: each is multiplied by its vector.
///
/// Rendle, "Factorization machines", ICDM 2010.
model FmReal {
    /// Width of the vectors.
    const dim = 8

    data {
        log   = tsv("train.csv", columns = [label, I1..I13, C1..C26])
        split = given(train = "train.csv", test = "test.csv")
    }

    input {
        label:   label
        I1..I13: float(missing = 0, clip = [0, inf], transform = log1p)
    }

    tower ctr {
        let x = concat(I1..I13) / 10
        linear(x) + fm(embed(x, dim = dim)) |> bias
    }

    objective bce(ctr, label)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.002), batch = 128, epochs = 3 }
}
