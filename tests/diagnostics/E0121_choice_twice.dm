model Ctr {
    const width = search(8, 16, 8)
    data {
        clicks = csv("clicks.csv")
        split  = random(validate = 0.1, test = 0.1)
    }
    input { item: id, click: label }
    embedding items { dim = width }
    tower score { items[item] |> dense(1) }
    objective bce(score, click)
    metrics { auc }
    train { optimizer = adam(lr = 0.01) }
}
