/// A factorization machine of the use of apps in context: `fm.dm` on the columns of Frappe (Baltrunas et al. 2015).
///
/// Rendle, "Factorization machines", ICDM 2010.
model AppsFm {
    /// Width of the vectors.
    const dim = 4
    /// L2 penalty of all tables.
    const l2  = 1e-5

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
        linear(user, app, daytime, weekday, weekend, location, cost, weather, country, city,
               l2 = l2)
            + fm(embed(user, app, daytime, weekday, weekend, location, cost, weather, country, city,
                       dim = dim, l2 = l2))
            |> bias
    }

    objective bce(score, used)
    metrics   { auc, logloss }
    train     { optimizer = adam(lr = 0.00302), schedule = cosine, batch = 1024, epochs = 6 }
}
