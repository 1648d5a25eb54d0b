model M {
    input {
        click: label
        user:  id
        item:  id
        age:   float
    }
    embedding user { dim = 8 }
    embedding item { dim = 8 }
    tower score { concat(user[user], item[item], age) |> dense(8, relu, dropout = 0.2) |> dense(1) }
    objective bce(score, click)
}
