/// DeepFM of the use of apps in context: `deepfm.dm` on the columns of Frappe (Baltrunas et al. 2015).
///
/// Guo et al., "DeepFM: a factorization-machine based neural network for CTR prediction", IJCAI 2017.
model AppsDeepFm {
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
        let fields = embed(user, app, daytime, weekday, weekend, location, cost, weather, country,
                           city, dim = dim, l2 = l2)
        let deep = fields |> flatten |> mlp(hidden, relu, dropout = rate) |> dense(1)
        linear(user, app, daytime, weekday, weekend, location, cost, weather, country, city,
               l2 = l2)
            + fm(fields)
            + deep
    }

    objective bce(score, used)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.00248), schedule = cosine, batch = 1024, epochs = 6 }
}
