model Ctr {
    input { user: id, item: id, age: float, click: label }
    embedding users { dim = 8 }
    tower wide { linear(item, age) }
    tower deep { concat(users[user], age) |> mlp([16, 1], relu, output = linear) }
    objective bce(wide + deep, click)
    train { optimizers = by_tower(wide = ftrl(lr = 0.05), dep = adam(lr = 0.001), wide = sgd(lr = 0.1), adam(lr = 0.01)) }
}
