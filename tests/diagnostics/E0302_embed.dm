model Ctr {
    input {
        user:  id
        item:  id
        click: label
    }
    embedding item { dim = 16 }
    tower score { fm(embed(user, item, dim = 8)) + dense(item[item], 1) }
    objective bce(score, click)
}
