model Season {
    input { season: bucket(["2018-07-01", "31/12/2018"], time), click: label }
    embedding season { dim = 2 }
    tower score { season[season] |> dense(1) }
    objective bce(score, click)
}
