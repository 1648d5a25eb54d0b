model Ctr {
    input {
        user:  id
        item:  id
        click: label
    }
    tower wide { outer_product(embed(user, item, dim = 2000)) |> dense(1) }
    objective bce(wide, click)
}
