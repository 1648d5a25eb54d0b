model Ctr {
    input { user: id, item: id, click: label }
    embedding users { dim = 8 }
    embedding items { dim = 8 }
    tower query     { users[user] }
    tower candidate { items[item] }
    tower score     { dot(query, candidate) }
    objective bce(score, click)
    train { optimizers = by_tower(query = adagrad(lr = 0.1), score = adam(lr = 0.01)) }
}
