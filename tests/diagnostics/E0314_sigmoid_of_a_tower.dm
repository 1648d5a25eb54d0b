model Ctr {
    input {
        user:  id
        age:   float
        click: label
    }
    embedding users { dim = 8 }
    tower score { concat(users[user], age) |> mlp([32, 1], relu, output = sigmoid) }
    objective bce(score, click)
}
