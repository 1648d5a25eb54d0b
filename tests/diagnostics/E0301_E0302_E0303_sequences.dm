model M {
    input {
        click:  label
        visits: sequence(max = 5)
        seen:   sequence(max = 4, pad = front)
    }
    embedding item { dim = 4 }
    tower ctr {
        let near = concat(item[visits], item[seen])
        mean(near) |> dense(1)
    }
    tower other { item[visits] |> batch_norm |> mean |> dense(1) }
    tower third { fm(item[visits]) }
    objective bce(ctr, click) + bce(other, click) + bce(third, click)
}
