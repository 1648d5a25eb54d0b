model Beyond {
    input { user: id, age: float, click: label }
    embedding user { dim = 4 }
    tower score { concat(user[user], age * 1e39, age / 1e39, age + 1e39) |> dense(1) }
    objective 1e30 * 1e30 * bce(score - 1e300, click) + 1e39 * bce(score, click)
    train { optimizer = adam(epsilon = 0) }
}
