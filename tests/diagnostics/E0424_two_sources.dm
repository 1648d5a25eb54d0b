model Ctr {
    data {
        clicks = csv("-")
        items  = csv(["items.csv", "-"])
        join(items, on = item)
    }
    input { item: id, price: float(from = items.price), click: label }
    embedding items { dim = 8 }
    tower score { concat(items[item], price) |> dense(1) }
    objective bce(score, click)
}
