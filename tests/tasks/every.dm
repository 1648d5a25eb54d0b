/// A task of every kind over one shared vector.
model Every {
    data {
        log = csv("log.csv", header = true,
                  columns = [place, mood, clicked, bought, seconds, visits, genre, stars,
                             importance])
        split = random(validate = 0.2, test = 0.2)
    }
    input {
        place:      id
        mood:       float
        clicked:    label
        bought:     label
        seconds:    target(transform = log1p, missing = 0)
        price:      target(from = seconds, transform = standardize, missing = 0)
        visits:     target
        genre:      label(classes = ["drama", "film, noir", 7])
        stars:      label(classes = 4)
        importance: weight
    }
    embedding place { dim = 4 }

    tower shared { concat(place[place], mood) |> mlp([16, 10], relu, output = linear) }

    objective {
        click: bce(shared |> slice(from = 0, width = 1), clicked, label_smoothing = 0.02)
        buy:   focal(shared |> slice(from = 1, width = 1), bought, where = clicked, gamma = 0.5)
        stay:  0.5 * huber(shared |> slice(from = 2, width = 1), seconds, where = clicked,
                           weight = importance)
        price: mse(shared |> slice(from = 3, width = 1), price, where = clicked)
            + 0.1 * mae(shared |> slice(from = 3, width = 1), price, where = clicked)
        visits: poisson(shared |> slice(from = 4, width = 1), visits)
        genre:  softmax(shared |> slice(from = 5, width = 3), genre, class_weights = [1, 2, 1])
        stars:  ordinal((shared |> slice(from = 8, width = 1)) * 2, stars)
    }
    metrics {
        auc
        pr_auc[click]
        logloss
        accuracy[genre]
        accuracy[stars]
        rmse
        mae
        calibration
        calibration_error
        f1[click]
    }
    train {
        optimizer = adam(lr = 0.02)
        batch     = 64
        epochs    = 12
        stop      = patience(logloss[click], 20)
    }
}
