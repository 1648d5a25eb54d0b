model M {
    input {
        click: label
        user:  id
        item:  id
        age:   float
    }
    embedding user { dim = 8 }
    embedding item { dim = 8 }
    tower score { Concatenate(user[user], item[item], age) |> Dense(8, swish) |> BatchNormalization |> Linear(1) }
    objective bce(score, click)
    metrics { AUC, HR(10), ndcg10 }
}
