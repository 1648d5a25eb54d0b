tower several {
    let found = multi_interest_attention(item[visits], 2, 3)
    label_aware_attention(found, item[shown], power = 2)
}
// With one iteration the weights, which the gradient takes for constants, are constant.
tower routed {
    let found = capsule_routing(item[visits], 2, units = 4, iterations = 1, dynamic = true)
    concat(label_aware_attention(found, item[bought], power = 100), flatten(found))
}
