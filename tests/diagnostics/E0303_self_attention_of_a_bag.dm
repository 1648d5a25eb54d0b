model Ctr {
    input {
        clicked:  label
        sku:      id
        seen:     ids(max = 20, separator = "|")
    }
    embedding product { dim = 16 }
    tower ctr {
        concat(product[seen] |> self_attention |> mean, product[sku]) |> dense(1)
    }
    objective bce(ctr, clicked)
}
