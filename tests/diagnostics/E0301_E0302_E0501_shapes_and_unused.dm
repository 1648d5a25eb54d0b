model Ctr {
    input {
        user:  id
        tags:  ids(max = 5)
        age:   float
        height: float
        click: label
    }
    embedding users { dim = 8 }
    embedding tags  { dim = 8 }
    tower score {
        let interests = tags[tags]
        concat(users[user], interests, age) |> dense(1)
    }
    tower other { users[user] + age }
    export { other }
    objective bce(score, click)
}
