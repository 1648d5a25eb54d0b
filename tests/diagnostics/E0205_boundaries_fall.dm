model Ctr {
    input {
        user:  id
        tags:  ids(max = 5)
        age:   float
        old:   bucket([18, 65, 40], from = age)
        click: label
    }
    embedding users { dim = 8 }
    embedding tags  { dim = 8 }
    embedding old { dim = 2 }
    tower score {
        let interests = mean(tags[tags])
        concat(users[user], old[old], interests, age) |> dense(1)
    }
    objective bce(score, click)
}
