model Ctr {
    input { click: label, user: id
    embedding user { dim = 16 }
    tower score { user[user] |> dense(1) }
    objective bce(score, click)
}
