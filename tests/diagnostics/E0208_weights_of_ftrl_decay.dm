model Ctr {
    input { user: id, item: id, age: float, click: label }
    embedding users { dim = 8 }
    tower wide { linear(item, age) }
    tower deep { concat(users[user], age) |> mlp([16, 1], relu, output = linear) }
    objective bce(wide + deep, click)
    train { optimizer = adam(lr = 0.001), optimizers = by_tower(wide = ftrl(lr = 0.05)), weight_decay = 0.05 }
}
