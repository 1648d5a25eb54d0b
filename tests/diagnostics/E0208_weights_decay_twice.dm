model Ctr {
    input { user: id, age: float, click: label }
    embedding users { dim = 8 }
    tower score {
        concat(users[user], age) |> mlp([16, 8], relu, weight_decay = 0) |> dense(4, relu) |> dense(1, weight_decay = 0.1)
    }
    objective bce(score, click)
    train { optimizer = adamw(lr = 0.001), weight_decay = 0.05 }
}
