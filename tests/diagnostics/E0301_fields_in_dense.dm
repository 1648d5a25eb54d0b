model Ctr {
    input {
        user:  id
        item:  id
        age:   float
        click: label
    }
    tower score {
        let fields = embed(user, item, dim = 8)
        concat(fields, age) |> dense(1)
    }
    objective bce(score, click)
}
