tower recurrent {
    let x = item[visits]
    concat(last(lstm(x, 3, layers = 2)), mean(gru(x, 3, layers = 2)), horizontal_convolution(x, [1, 2], 2, tanh),
           vertical_convolution(x, 2), target_attention(x, item[shown], [3], tanh),
           target_attention(x, item[bought], [3], sigmoid, softmax = true),
           target_attention(x, item[bought], [3], tanh, softmax = true, dropout = 0.3))
}
tower attentive {
    let x     = item[visits]
    let timed = x + position_embedding(x) + sinusoids(x)
    let far   = attention(timed, dense(x, 4), x, heads = 2, diagonal = false)
    concat(last(self_attention(timed, heads = 2, dropout = 0.3)), flatten(attention(timed, x, x, causal = true)), mean(far),
           mean(feed_forward(x, 3, tanh)), attention_pool(x, scores = dot(x, item[shown])),
           attention_pool(x, 3, tanh))
}
tower encoded {
    let x = item[visits]
    concat(mean(encoder(x, 3, tanh, heads = 2)), last(encoder(x, 3, tanh, causal = true, norm = before, attention_dropout = 0.2)))
}
