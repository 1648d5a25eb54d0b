model Mind {
    input {
        shown:   id
        history: sequence(max = 3)
        logits:  vector(width = 5)
        click:   label
    }
    embedding item { dim = 8 }
    tower routed { label_aware_attention(capsule_routing(item[history], 2, initial = logits), item[shown]) |> dense(1) }
    tower mapped { label_aware_attention(capsule_routing(item[history], 2, units = 4), item[shown]) |> dense(1) }
    tower chosen { label_aware_attention(item[history], item[shown]) |> dense(1) }
    tower listed { concat(capsule_routing(item[history], 2) |> mean, target_attention(item[shown], item[shown])) |> dense(1) }
    objective bce(routed + mapped + chosen + listed, click)
}
