model Ctr {
    input {
        user:  id
        tags:  ids(max = 5)
        age:   float
        click: label
    }
    embedding users { dim = 8 }
    embedding tags  { dim = 8 }
    block deep(x) { x |> wide }
    block wide(x) { x |> deep }
    tower score {
        let interests = mean(tags[tags])
        concat(users[user], interests, age) |> deep |> dense(1)
    }
    objective bce(score, click)
}
