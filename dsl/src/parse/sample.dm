import "blocks.dm"

/// Shared.
const depth = 2

/// Two layers.
block pair(x, width = 2 * 32, // the default
    act = relu,) {
    x |> dense(width, act) |> dense(width, act)
}

/// Everything the grammar has.
///
///   Indented.
model Sample {
    /// Widths.
    const layers = [64, 32,] // trailing
    const rate = -1e-3
    const words = ["a\"b", "tab\t", "c:\\d"]

    input {
        /// The user.
        user: id
        C1..C26: id(hash = 100_000)
        // plain
        a: float, b: float(missing = 0)
        c: label,
    }
    data { source = csv("a.csv", columns = [user, C1..C26, a, b, c]) }
    embedding post {
        dim = 768
        frozen
        oov = zero
    }
    embedding wide { dim = 1, vocab = learned(max = 10_000), }
    tower score {
        let deep = concat(mean(post[user]), embed(C1..C26).flat)
            |> pair |> pair(width = 8)


        // the wide part
        let wide = (a + b) * (1 - a / (b - c)) - -a // last
        deep + wide |> dense(1)
    }
    catalogue {}
    objective bce(score, c, pos_weight = 1.2, label_smoothing = 0.1, reduction = mean, weights = [0.1, 0.2, 0.3, 0.4])
      + 0.3 * other(score) // two terms
    metrics { auc, logloss

      recall(1, 5) }
    train { optimizer = adagrad(lr = rate), batch = 2048
        // nothing else
    }
    export { score }
    block inner(x) { x }
}
