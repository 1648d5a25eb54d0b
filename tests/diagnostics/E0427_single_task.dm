model Feed {
    input { x: float, clicked: label }
    tower ctr { x |> dense(1) }
    objective {
        click: bce(ctr, clicked)
        weights = uncertainty
    }
}
