model Ctr {
    input {
        user:  id
        tags:  ids(max = 5)
        age:   float
        user:  float
        click: label
    }
    embedding users { dim = 0 }
    embedding tags  { dim = 8 }
    tower score {
        let interests = mean(tags[tags]) |> dropout
        concat(users[usr], interests, age, click) |> dnese(1)
    }
    objective bce(score, click)
}
