/// Attentional factorization machine: the products of pairs are weighted by a small network.
///
/// Xiao et al., "Attentional factorization machines: learning the weight of feature interactions via attention
/// networks", IJCAI 2017.
model Afm {
    /// Width of the vectors.
    const dim  = 8
    /// L2 penalty of all tables.
    const l2   = 1e-5
    /// Or `mean`, or `max`.
    const pool = attention_pool(units = 8)

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
        let products = embed(I1..I13, C1..C26, dim = dim, l2 = l2) |> pairs
        linear(I1..I13, C1..C26, l2 = l2) + (products |> pool |> dense(1))
    }

    objective bce(ctr, label)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.002), batch = 128, epochs = 3 }
}
