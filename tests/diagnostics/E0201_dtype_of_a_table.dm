model M {
    input {
        click: label
        user:  id
    }
    embedding user { dim = 8, dtype = bf16 }
    tower score { user[user] |> dense(1) }
    objective bce(score, click)
}
