model M {
    input {
        click: label
        user:  id
        item:  id
        age:   float
    }
    embedding user { dim = 8 }
    embedding item { dim = 8 }
    tower score {
        let x = concat(user[user], item[item], age)
        return x |> dense(1)
    }
    objective bce(score, click)
}
