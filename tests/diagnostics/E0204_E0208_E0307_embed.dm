model Ctr {
    input {
        user:  id
        item:  id
        click: label
    }
    embedding key { dim = 8 }
    tower one   { fm(embed(user, item)) }
    tower two   { fm(embed(user, item, dim = 8, table = key)) }
    tower three { fm(embed(user, item, table = "key")) }
    tower four  { fm(embed(dim = 8)) + linear() + flatten(stack()) }
    objective bce(one + two + three + four, click)
}
