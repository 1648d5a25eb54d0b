/// A schedule that ends with the training. The optimizer keeps the gradients of the first step.
model Cosine {
    data {
        log   = csv("log.csv")
        split = by_time(time, validate = 0.2, test = 0.2)
    }
    input { viewer: id, film: id, age: float, click: label }
    embedding viewer { dim = 8 }
    embedding film   { dim = 8 }
    tower score { concat(viewer[viewer], film[film], age) |> mlp([16], relu) |> dense(1) }
    objective bce(score, click)
    metrics   { auc }
    train {
        optimizer = sgd(lr = 0.5, momentum = 0.5)
        batch     = 64
        epochs    = 3
        schedule  = cosine(warm_up = 6)
    }
}
