model Ctr {
    input {
        user:  id
        click: label
    }
    embedding user { dim = 8 }
    tower score { user[user] |> dense(8) |> fm }
    objective bce(score, click)
}
