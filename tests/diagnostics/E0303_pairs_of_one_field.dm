model Ctr {
    input {
        user:  id
        item:  id
        age:   float
        click: label
    }
    tower score { linear(user, item, age) + (embed(user, dim = 8) |> pairs |> max |> dense(1)) }
    objective bce(score, click)
}
