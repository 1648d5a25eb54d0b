/// Clicks by hashed keys, with one table of 4 million rows.
model Hashed {
    data {
        log   = tsv("train.csv", columns = [label, I1..I13, C1..C26])
        split = given(train = "train.csv", test = "test.csv")
    }
    input {
        label: label
        C1:    id(hash = 4_000_000)
        C2:    id(hash = 4_000_000)
        C3:    id(hash = 4_000_000)
        C4:    id(hash = 4_000_000)
    }
    embedding keys { dim = 32, hash = 4_000_000 }
    tower score { concat(keys[C1], keys[C2], keys[C3], keys[C4]) |> dense(1) }
    objective bce(score, label)
    metrics   { auc }
    train     { optimizer = row_wise_adagrad(lr = 0.05), batch = 4096, epochs = 2 }
}
