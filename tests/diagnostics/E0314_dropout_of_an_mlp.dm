model Ctr {
    input { user: id, age: float, click: label }
    embedding users { dim = 8 }
    tower score { concat(users[user], age) |> mlp([16, 1], relu, dropout = 0.2) }
    objective bce(score, click)
}
