model M {
    input {
        click: label
        user:  id
        item:  id
        shop:  id
    }
    embedding user { dim = 8, precision = bfloat16 }
    embedding item { dim = 8, precision = int8 }
    embedding shop { dim = 8, precision = f8 }
    tower score { concat(user[user], item[item], shop[shop]) |> dense(1) }
    objective bce(score, click)
}
