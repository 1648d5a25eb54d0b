model Ctr {
    input { user: id, age: float, click: label }
    embedding users { dim = 8 }
    tower score { concat(users[user], age) |> mlp([16, 8], relu, norm = batchnorm) |> dense(1) }
    objective bce(score, click)
}
