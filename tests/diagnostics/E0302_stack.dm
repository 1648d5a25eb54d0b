model Ctr {
    input {
        user:  id
        item:  id
        tags:  ids(max = 5)
        age:   float
        click: label
    }
    embedding item { dim = 16 }
    embedding user { dim = 8 }
    tower score { fm(stack(item[item], mean(item[tags]), age, user[user])) }
    objective bce(score, click)
}
