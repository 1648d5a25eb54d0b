model Caser {
    input {
        history: sequence(max = 3)
        click:   label
    }
    embedding item { dim = 8 }
    tower score { horizontal_convolution(item[history], [2, 4], 16, relu) |> dense(1) }
    objective bce(score, click)
}
