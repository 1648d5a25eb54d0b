model Ctr {
    input {
        clicked:  label
        sku:      id
        seen:     ids(max = 20, separator = "|")
    }
    embedding product { dim = 16 }
    tower ctr {
        let seen = product[seen]
        concat(target_attention(seen, product[sku], units = [40, 20]), product[sku]) |> mlp([64, 32], dice) |> dense(1)
    }
    objective bce(ctr, clicked)
}
