model Ctr {
    input {
        user:  id
        tags:  ids(max = 5)
        age:   float
        era:   bucket([18, 65], from = age)
        click: label
    }
    embedding users { dim = 8 }
    embedding tags  { dim = 8 }
    embedding eras { dim = 2, pretrained = "eras.npy", keys = "eras.txt" }
    tower score {
        let interests = mean(tags[tags])
        concat(users[user], eras[era], interests, age) |> dense(1)
    }
    objective bce(score, click)
}
