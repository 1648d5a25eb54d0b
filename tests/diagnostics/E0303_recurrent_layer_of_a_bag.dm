model Clicks {
    input {
        shown: id
        seen:  ids(max = 20)
        click: label
    }
    embedding item { dim = 8 }
    tower score { mean(lstm(item[seen], 16)) + mean(gru(item[shown], 16)) |> dense(1) }
    objective bce(score, click)
}
