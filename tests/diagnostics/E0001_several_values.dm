model Feed {
    input { age: float,[height, weight]: float, click: label }
    tower score { age,[height, weight] |> dense(1) }
    objective bce(score, click)
}
