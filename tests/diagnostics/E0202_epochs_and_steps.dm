model Ctr {
    data {
        clicks = csv("clicks.csv")
        split  = random(validate = 0.1, test = 0.1)
    }
    input { item: id, time: float, click: label }
    embedding items { dim = 8 }
    tower score { concat(items[item], time) |> dense(1) }
    objective bce(score, click)
    metrics { auc }
    train { epochs = 2, steps = 1000 }
}
