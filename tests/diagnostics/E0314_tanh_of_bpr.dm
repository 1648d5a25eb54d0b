model Ctr {
    input {
        user:  id
        age:   float
        click: label
    }
    embedding users { dim = 8 }
    tower good { concat(users[user], age) |> dense(1, tanh) }
    tower bad  { users[user] |> dense(1) |> tanh }
    objective bpr(good, bad) + 0.1 * bce(good * 5, click)
}
