model Ctr {
    input { click: label, user: id }
    embedding user { dim = 16 }
    tower score user[user] |> mlp([32, 16], relu) |> dense(1) }
    objective bce(score, click)
    train { epochs = 3 }
}
