import "sizes.dm"

/// Widths that both towers share.
const hidden = [2 * width, width]

/// A residual layer.
block residual(x, units, rate = 0) {
    let inner = x |> dense(units, relu) |> dropout(rate)
    x + inner |> layer_norm
}

/// Calls another block, with parameters of its own.
block deep(x, units = hidden, rate = 0) {
    let first = x |> mlp(units, relu) |> batch_norm(momentum = 0.9)
    first |> residual(units = width, rate = rate)
}
