model Ctr {
    input { click: label, user: id, item: id, age: float }
    embedding users { dim = 8 }
    embedding items { dim = 8 }
    tower left  { concat(users[user], age) |> mlp([16, 8], relu) }
    tower right { items[item] |> dense(8, relu) }
    objective bce(dot(left, right) |> bias, click) - 0.1 * bpr(dot(left, right), cosine(left, right))
}
