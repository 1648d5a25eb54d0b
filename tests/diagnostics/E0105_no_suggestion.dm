model Ctr {
    input {
        user:  id
        tags:  ids(max = 5)
        age:   float
        click: label
    }
    embedding tags  { dim = 8 }
    tower score {
        let interests = mean(tags[tags])
        concat(accounts[user], interests, age) |> dense(1)
    }
    objective bce(score, click)
}
