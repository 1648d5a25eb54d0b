/// Tasks of different units, weighed by their uncertainty.
model Uncertain {
    data {
        log = csv("log.csv", header = true,
                  columns = [place, mood, clicked, bought, seconds, visits, genre, stars,
                             importance])
        split = random(validate = 0.2, test = 0.2)
    }
    input {
        place:   id
        mood:    float
        clicked: label
        seconds: target(missing = 0)
        visits:  target
    }
    embedding place { dim = 4 }

    tower shared { concat(place[place], mood) |> mlp([16, 3], relu, output = linear) }

    objective {
        click:  bce(shared |> slice(from = 0, width = 1), clicked)
        stay:   0.1 * mse(shared |> slice(from = 1, width = 1), seconds, where = clicked)
        visits: poisson(shared |> slice(from = 2, width = 1), visits)
        weights = uncertainty
    }
    metrics { auc, rmse }
    train {
        optimizer    = adam(lr = 0.02)
        weight_decay = 0.01
        batch        = 64
        epochs       = 6
    }
}
