model Ctr {
    input { user: id, age: float(transform = log1p, missing = -1), size: float(transform = log1p, clip = [-2, -1]), click: label }
    embedding user { dim = 8 }
    tower score { concat(user[user], age, size) |> dense(1) }
    objective bce(score, click)
    train { epochs = 2 }
}
