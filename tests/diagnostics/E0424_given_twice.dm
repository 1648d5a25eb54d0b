model Ctr {
    data {
        clicks = csv("clicks.csv")
        split  = given(train = "-", test = "-")
    }
    input { item: id, click: label }
    embedding items { dim = 8 }
    tower score { items[item] |> dense(1) }
    objective bce(score, click)
}
