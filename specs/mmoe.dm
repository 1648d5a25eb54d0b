/// Multi-gate mixture-of-experts: three tasks of a feed of videos share experts, and each weighs them by a gate of its own.
///
/// Ma et al., "Modeling task relationships in multi-task learning with multi-gate mixture-of-experts", KDD 2018.
model Mmoe {
    /// Width of the vectors.
    const dim     = 8
    /// Width of an expert.
    const width   = 32
    /// Number of experts.
    const experts = 3

    data {
        feed = csv("feed_train.csv", header = true,
                   columns = [user, age, video, genre, hour, clicked, bought, seconds])
        split = given(train = "feed_train.csv", test = "feed_test.csv")
    }

    input {
        user:    id
        age:     id
        video:   id
        genre:   id
        hour:    id
        clicked: label
        bought:  label
        seconds: target(transform = log1p, missing = 0)
    }

    block expert(x) { x |> dense(width, relu) }
    /// The experts as the gate of a task weighs them, and its score.
    block head(x, mixed) {
        attention_pool(mixed, scores = x |> dense(experts) |> unflatten(fields = experts))
            |> mlp([16, 1], relu, output = linear)
    }

    /// The scores of clicks, purchases and seconds.
    tower scores {
        let fields = embed(user, age, video, genre, hour, dim = dim, l2 = 1e-5)
        let x = concat(fields |> flatten, fields |> pairs |> flatten)
        let mixed = stack(x |> expert, x |> expert, x |> expert)
        concat(x |> head(mixed), x |> head(mixed), x |> head(mixed))
    }

    objective {
        click: bce(scores |> slice(from = 0, width = 1), clicked)
        buy:   bce(scores |> slice(from = 1, width = 1), bought, where = clicked)
        stay:  0.5 * huber(scores |> slice(from = 2, width = 1), seconds, where = clicked)
    }
    metrics { auc, logloss, mae[stay] }
    train   { optimizer = adam(lr = 0.003), schedule = cosine, batch = 1024, epochs = 6 }
}
