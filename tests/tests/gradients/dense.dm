tower stacked {
    concat(age, position, item[shown]) |> dense(5, tanh) |> batch_norm |> residual_unit(3, tanh)
        |> mlp([4, 3], sigmoid, output = linear) |> layer_norm |> dropout(0.2) |> bias
}
tower hidden {
    let x = concat(age, position, item[shown])
    concat(mlp(x, [4, 3], tanh, norm = batch, dropout = 0.2), mlp(x, [4, 3], prelu, output = linear, norm = layer))
}
tower activations {
    let x = dense(item[shown], 3, bias = false)
    concat(relu(x), leaky_relu(x), elu(x), softplus(x), tanh(x), sigmoid(x), silu(x), gelu(x),
           prelu(x), dice(x, momentum = 0.9), mlp(x, [3, 2], dice, output = prelu))
}
tower arithmetic {
    let a = item[shown]
    let b = item[bought]
    concat(add(a, b), mul(a, 1 - b), l2_normalize(a), clip_norm(a, max = 0.5), slice(b, from = 1, width = 2),
           dot(a, b), cosine(a, b), distance(a, b), both(dot(a, b), dense(b, 1)), mean(unflatten(a, fields = 2)))
}
tower pooled { concat(mean(item[history]), sum(item[history]), sqrtn(item[history]), max(item[history])) }
