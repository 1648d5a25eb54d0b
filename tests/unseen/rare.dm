/// Listed keys, only some of which are in training rows, and rare keys that train the row of unknown keys.
model Rare {
    data {
        log   = csv("log.csv")
        split = random(test = 0.1, seed = 1)
    }
    input {
        y:    label
        user: id(vocab = learned(min_count = 2))
        item: id(vocab = ["a", "b", "never"])
    }
    embedding user { dim = 4, initializer = normal(1) }
    embedding item { dim = 4, initializer = normal(1) }
    tower t { concat(user[user], item[item]) |> dense(1) }
    objective bce(t, y)
    metrics { auc }
    train { optimizer = adam(lr = 0.05), batch = 20, epochs = 10 }
}
