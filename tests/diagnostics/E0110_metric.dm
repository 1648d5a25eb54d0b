model Ctr {
    input {
        user:  id
        tags:  ids(max = 5)
        age:   float
        click: label
    }
    embedding users { dim = 8 }
    embedding tags  { dim = 8 }
    tower score {
        let interests = mean(tags[tags])
        concat(users[user], interests, age) |> dense(1)
    }
    metrics { acu, r2 }
    objective bce(score, click)
}
