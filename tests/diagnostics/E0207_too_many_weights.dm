model Ctr {
    input { user: id, tags: vector(width = 65536), click: label }
    embedding user { dim = 8 }
    tower score { concat(user[user], tags) |> dense(65536) |> dense(1) }
    objective bce(score, click)
    train { epochs = 2 }
}
