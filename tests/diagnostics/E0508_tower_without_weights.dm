model Ctr {
    input { user: id, item: id, click: label }
    embedding users { dim = 8 }
    embedding items { dim = 8, optimizer = adagrad(lr = 0.1) }
    tower query     { users[user] }
    tower candidate { items[item] }
    objective bce(dot(query, candidate), click)
    train { optimizers = by_tower(query = adagrad(lr = 0.1), candidate = adam(lr = 0.01)) }
}
