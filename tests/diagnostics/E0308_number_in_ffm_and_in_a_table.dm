model Ctr {
    input {
        user:  id
        item:  id
        age:   float
        click: label
    }
    embedding key { dim = 8 }
    tower pairs  { ffm(user, item, age, dim = 4) }
    tower shared { fm(embed(user, item, age, table = key)) }
    objective bce(pairs + shared, click)
}
