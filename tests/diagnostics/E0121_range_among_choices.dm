model Ctr {
    const width = 8
    data {
        clicks = csv("clicks.csv")
        split  = random(validate = 0.1, test = 0.1)
    }
    input { item: id, click: label }
    embedding items { dim = width }
    tower score { items[item] |> dense(1) }
    objective bce(score, click)
    metrics { auc }
    train { optimizer = adam(lr = search(0.1, log(1e-4, 1e-2))) }
}
