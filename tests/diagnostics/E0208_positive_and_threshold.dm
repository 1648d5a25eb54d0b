model Ctr {
    input { item: id, click: label(threshold = 2, positive = "yes") }
    embedding items { dim = 8 }
    tower score { items[item] |> dense(1) }
    objective bce(score, click)
}
