tower products {
    let fields = embed(shown, bought, age, dim = 3)
    concat(linear(shown, history, age, position), fm(fields), bi_interaction(fields), ffm(shown, bought, dim = 2),
           inner_product(fields), outer_product(fields), max(pairs(fields)), mean(fields), sum(fields))
}
tower networks {
    let fields = embed(shown, bought, dim = 3)
    let flat   = flatten(stack(fields, item[shown] |> slice(from = 0, width = 3)))
    concat(attention_pool(fields, 2, tanh), cross(flat, layers = 2), cross_v2(flat, layers = 2),
           cross_v2(flat, layers = 1, rank = 2), cin(fields, [3, 2]))
}
