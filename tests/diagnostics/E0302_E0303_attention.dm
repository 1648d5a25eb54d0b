model M {
    input {
        click:  label
        shown:  id
        visits: sequence(max = 5)
        seen:   sequence(max = 4)
    }
    embedding item { dim = 6 }
    tower a { item[visits] |> self_attention(heads = 4) |> mean |> dense(1) }
    tower b { attention(item[visits], item[seen], item[seen], causal = true) |> mean |> dense(1) }
    tower c { attention(item[visits], item[seen], item[visits]) |> mean |> dense(1) }
    tower d { item[shown] |> encoder(8) |> dense(1) }
    tower e { attention_pool(item[visits], scores = item[visits]) |> dense(1) }
    objective bce(a, click) + bce(b, click) + bce(c, click) + bce(d, click) + bce(e, click)
}
