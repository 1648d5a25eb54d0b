block deep(x) { x |> dense(8, relu) }
