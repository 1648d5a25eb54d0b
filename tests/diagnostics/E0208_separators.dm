model Ctr {
    input {
        user:  id
        tags:  weighted_ids(max = 5, separator = ":")
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
