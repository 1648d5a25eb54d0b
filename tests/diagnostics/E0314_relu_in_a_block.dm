model Ctr {
    input {
        user:  id
        age:   float
        click: label
    }
    embedding users { dim = 8 }
    block head(x) {
        let deep = dense(x, 16, relu)
        dense(deep, 1, relu)
    }
    tower score { concat(users[user], age) |> head }
    objective weighted_bce(score * 2, click, pos_weight = 3)
}
