model Ctr {
    input { user: id, click: label }
    embedding users(dim = 8, l2 = 1e-5)
    tower score { users[user] |> dense(1) }
    objective bce(score, click)
    metrics [auc, logloss]
    train(epochs = 3)
}
