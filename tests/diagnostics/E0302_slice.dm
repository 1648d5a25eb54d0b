model Ctr {
    input {
        user:  id
        item:  id
        age:   float
        click: label
    }
    tower score {
        let both = concat(age, dense(age, 7))
        linear(user, item) + (slice(both, from = 4, width = 5) |> dense(1))
    }
    objective bce(score, click)
}
