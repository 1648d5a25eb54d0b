/// Entire-space multi-task model: the rate of purchases after a click, learned from all impressions by way of the
/// probability of a click and a purchase.
///
/// Ma et al., "Entire space multi-task model: an effective approach for estimating post-click conversion rate", SIGIR 2018.
model Esmm {
    /// Width of the vectors.
    const dim    = 8
    /// Widths of the hidden layers of both towers.
    const hidden = [32, 16]

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
    }

    block net(fields) {
        concat(fields |> flatten, fields |> pairs |> flatten) |> mlp(hidden, relu) |> dense(1)
    }

    /// Logit of a click.
    tower ctr { embed(user, age, video, genre, hour, dim = dim) |> net }
    /// Logit of a purchase after a click.
    tower cvr { embed(user, age, video, genre, hour, dim = dim) |> net }

    objective {
        click: bce(ctr, clicked)
        order: bce(both(ctr, cvr), bought)
    }
    metrics { auc, logloss }
    train   { optimizer = adam(lr = 0.002), batch = 1024, epochs = 5 }
    export  { ctr, cvr }
}
