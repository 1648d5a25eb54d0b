model Ctr {
    input {
        user:  id
        tags:  ids(max = 5)
        age:   float
        click: label
    }
    embedding users { dim = 8 }
    embedding tags  { dim = 8 }
    block b0(x) { x |> b1 }
    block b1(x) { x |> b2 }
    block b2(x) { x |> b3 }
    block b3(x) { x |> b4 }
    block b4(x) { x |> b5 }
    block b5(x) { x |> b6 }
    block b6(x) { x |> b7 }
    block b7(x) { x |> b8 }
    block b8(x) { x |> b9 }
    block b9(x) { x |> b10 }
    block b10(x) { x |> b11 }
    block b11(x) { x |> b12 }
    block b12(x) { x |> b13 }
    block b13(x) { x |> b14 }
    block b14(x) { x |> b15 }
    block b15(x) { x |> b16 }
    block b16(x) { x |> b17 }
    block b17(x) { x |> b18 }
    block b18(x) { x |> b19 }
    block b19(x) { x |> b20 }
    block b20(x) { x |> b21 }
    block b21(x) { x |> b22 }
    block b22(x) { x |> b23 }
    block b23(x) { x |> b24 }
    block b24(x) { x |> b25 }
    block b25(x) { x |> b26 }
    block b26(x) { x |> b27 }
    block b27(x) { x |> b28 }
    block b28(x) { x |> b29 }
    block b29(x) { x |> b30 }
    block b30(x) { x |> b31 }
    block b31(x) { x |> b32 }
    block b32(x) { x |> b33 }
    block b33(x) { x |> b34 }
    block b34(x) { x |> b35 }
    block b35(x) { x |> b36 }
    block b36(x) { x |> b37 }
    block b37(x) { x |> b38 }
    block b38(x) { x |> b39 }
    block b39(x) { x |> b40 }
    block b40(x) { x |> relu }
    tower score {
        let interests = mean(tags[tags])
        concat(users[user], interests, age) |> b0 |> dense(1)
    }
    objective bce(score, click)
}
