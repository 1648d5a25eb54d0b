model Ctr {
    input { user: id(hash = 1000), age: float, click: label }
    embedding users { dim = 8 }
    tower score { concat(users[user], age) |> dense(1) }
    objective bce(score, click)
    metrics { auc, slices = [user] }
}
