model Ctr {
    const label = 4
    const zero  = 0
    input { user: id(missing = zero), click: label }
    embedding user { dim = label }
    tower score { user[user] |> dense(1) }
    objective bce(score, click)
}
