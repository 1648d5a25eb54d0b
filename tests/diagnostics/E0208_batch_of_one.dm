model Ctr {
    input { user: id, click: label }
    embedding user { dim = 8 }
    tower score { user[user] |> dense(8) |> batch_norm |> dense(4, dice) |> dense(1) }
    objective bce(score, click)
    train { batch = 1 }
}
