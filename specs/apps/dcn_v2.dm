/// DCN-v2 of the use of apps in context: `dcn_v2.dm` on the columns of Frappe (Baltrunas et al. 2015).
///
/// Wang et al., "DCN V2: improved deep & cross network and practical lessons for web-scale learning to rank", WWW 2021.
model AppsDcnV2 {
    /// Width of the vectors.
    const dim    = 4
    /// L2 penalty of all tables.
    const l2     = 1e-5
    /// Widths of the hidden layers.
    const hidden = [64, 32]
    /// Dropout of the hidden layers.
    const rate   = 0.2

    data {
        log = csv("apps_train.csv", header = true,
                  columns = [user, app, daytime, weekday, weekend, location, cost, weather, country,
                             city, used])
        split = given(train = "apps_train.csv", validate = "apps_validate.csv",
                      test = "apps_test.csv")
    }

    input {
        user:     id
        app:      id
        daytime:  id
        weekday:  id
        weekend:  id
        location: id
        cost:     id
        weather:  id
        country:  id
        city:     id
        used:     label
    }

    tower score {
        let x = embed(user, app, daytime, weekday, weekend, location, cost, weather, country, city,
                      dim = dim, l2 = l2)
            |> flatten
        concat(x |> cross_v2(layers = 2), x |> mlp(hidden, relu, dropout = rate)) |> dense(1)
    }

    objective bce(score, used)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.00302), schedule = cosine, batch = 1024, epochs = 6 }
}
