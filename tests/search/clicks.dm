/// Clicks on items. A grid of four trials of two shapes.
model Searched {
    const width = search(2, 4)
    data {
        log   = csv("log.csv")
        split = by_time(time, validate = 0.2, test = 0.2)
    }
    input { item: id, click: label }
    embedding item { dim = width }
    tower score { item[item] |> dense(1) }
    objective bce(score, click)
    metrics { logloss, auc }
    train { optimizer = adagrad(lr = search(0.000001, 0.5)), batch = 32, epochs = 4 }
}
