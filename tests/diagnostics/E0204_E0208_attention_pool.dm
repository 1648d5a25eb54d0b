model M {
    input {
        click:  label
        visits: sequence(max = 5)
    }
    embedding item { dim = 6 }
    tower a { attention_pool(item[visits]) |> dense(1) }
    tower b { attention_pool(item[visits], 4, scores = dense(item[visits], 1)) |> dense(1) }
    objective bce(a, click) + bce(b, click)
}
