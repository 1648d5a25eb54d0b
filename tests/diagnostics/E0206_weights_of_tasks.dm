model Feed {
    input { x: float, clicked: label, bought: label }
    tower ctr { x |> dense(1) }
    tower cvr { x |> dense(1) }
    objective {
        click: bce(ctr, clicked)
        buy:   bce(cvr, bought)
        weights = gradnorm
    }
}
