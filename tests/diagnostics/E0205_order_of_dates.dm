model Ctr {
    data {
        log = csv("log.csv", dates = "dd/mm/yyyy")
    }
    input { click: label, item: id, time: float(time, transform = standardize) }
    embedding item { dim = 2 }
    tower score { concat(item[item], time) |> dense(1) }
    objective bce(score, click)
}
