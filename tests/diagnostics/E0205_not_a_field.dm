model Ctr {
    input {
        user:  id(from = a.b.c)
        item:  id(from = 1.item)
        city:  id(from = concat(log).city)
        click: label
    }
    embedding user { dim = 4 }
    embedding item { dim = 4 }
    embedding city { dim = 4 }
    tower score { concat(user[user], item[item], city[city]) |> dense(1) }
    objective bce(score, click)
}
