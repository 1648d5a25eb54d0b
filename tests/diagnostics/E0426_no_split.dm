model Ctr {
    data {
        clicks = csv("clicks.csv")
        split  = none
    }
    input { item: id, time: float, click: label }
    embedding items { dim = 8 }
    tower score { concat(items[item], time) |> dense(1) }
    objective bce(score, click)
    metrics { auc }
    train { stop = patience(auc, 3) }
}
