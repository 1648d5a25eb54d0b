model Ctr {
    input { item: id, visits: sequence(max = 20), click: label }
    embedding items { dim = 8 }
    tower score { target_attention(items[visits], items[item], [16], dropout = 0.1) |> dense(1) }
    objective bce(score, click)
}
