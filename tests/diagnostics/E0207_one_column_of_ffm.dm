model Ctr {
    input {
        user:  id
        item:  id
        click: label
    }
    tower few { ffm(user, dim = 4) + ffm(user, item, dim = 40_000) }
    objective bce(few, click)
}
