model Feed {
    input { x: float, clicked: label, seconds: target }
    tower ctr  { x |> dense(1) }
    tower time { x |> dense(1) }
    objective {
        click: bce(ctr, clicked)
        stay:  mse(time, seconds)
    }
    metrics { auc[stay], rmse }
}
