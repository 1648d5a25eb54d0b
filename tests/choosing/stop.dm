/// Learns its training rows by heart, unless it is stopped.
model Stop {
    data {
        log   = csv("log.csv")
        split = random(validate = 0.2, test = 0.2, seed = 1)
    }
    input { viewer: id, film: id, age: float, click: label }
    embedding viewer { dim = 8 }
    embedding film   { dim = 8, optimizer = adagrad(lr = 0.2) }
    tower score { concat(viewer[viewer], film[film], age) |> mlp([16], relu) |> dropout(0.1) |> dense(1) }
    objective bce(score, click)
    metrics   { auc, logloss }
    train {
        optimizer = adam(lr = 0.02)
        batch     = 64
        epochs    = 60
        schedule  = linear(warm_up = 10, until = 2000, floor = 0.1)
        clip      = norm(0.5)
        stop      = patience(logloss, 3)
    }
    export { score }
}
