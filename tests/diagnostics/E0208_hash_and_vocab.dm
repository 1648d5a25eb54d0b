model Ctr {
    input {
        user:  id(hash = 1000, vocab = range(0, 10))
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
    objective bce(score, click)
}
