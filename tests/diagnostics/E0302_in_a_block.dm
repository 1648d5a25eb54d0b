model Ctr {
    input {
        user:  id
        tags:  ids(max = 5)
        age:   float
        click: label
    }
    embedding users { dim = 8 }
    embedding tags  { dim = 8 }
    block meet(x, y) { x * y }
    tower score {
        let interests = mean(tags[tags])
        users[user] |> meet(concat(interests, age)) |> dense(1)
    }
    objective bce(score, click)
}
