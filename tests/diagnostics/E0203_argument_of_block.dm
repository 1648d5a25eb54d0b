model Ctr {
    input {
        user:  id
        tags:  ids(max = 5)
        age:   float
        click: label
    }
    embedding users { dim = 8 }
    embedding tags  { dim = 8 }
    block deep(x) { x |> dense(1) }
    tower score {
        let interests = mean(tags[tags])
        concat(users[user], interests, age) |> deep(2)
    }
    objective bce(score, click)
}
