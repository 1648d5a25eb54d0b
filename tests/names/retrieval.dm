/// "quoted" */ } fn main() { } // #![no_std] {{}} \u{1F600} é 😀 `tick`
model String {
    data {
        self   = tsv("a\"b\\c\nd.data", columns = [type, fn, match, Model, Tables, x1, e])
        crate_ = csv("*/ } evil \" .csv", columns = [fn, main, loop, "weird name", "1st", "a\"b", "*/"])
        join(crate_, on = fn)
        split = random(test = 0.2)
    }
    input {
        /// */ "]
        type:     id(vocab = ["\"", "\\", "*/", "\n", "}", "{", "é", ""], missing = "\"")
        fn:       id(from = e)
        match:    id
        Model:    id
        Tables:   float
        batch:    id(from = e)
        record:   float(from = x1)
        device:   float(from = x1)
        Some:     float(from = x1)
        Vec:      float(from = x1)
        Ok:       float(from = x1)
        Err:      float(from = x1)
        f32:      float(from = x1)
        usize:    float(from = x1)
        vec:      float(from = x1)
        std:      float(from = x1)
        D:        float(from = x1)
        NoneTape: float(from = x1)
        x1:       float
        E:        float(from = x1)
        T:        float(from = x1)
        weights:  float(from = x1)
        tables:   float(from = x1)
        features: float(from = x1)
        rows:     float(from = x1)
        data:     float(from = x1)
        loss:     float(from = x1)
        target:   float(from = x1)
        row:      float(from = x1)
        _:        float(from = x1)
        __:       float(from = x1)
        Self_:    float(from = x1)
        main:     id
        loop:     id
        weird:    id(from = "weird name")
        first:    id(from = "1st")
        quoted:   ids(max = 3, separator = "\"", from = "a\"b")
        empty:    ids(max = 3, separator = "\n", from = "*/")
    }
    embedding self   { dim = 4 }
    embedding dyn    { dim = 4 }
    embedding Option { dim = 4 }
    embedding impl   { dim = 4 }
    embedding batch  { dim = 4 }
    embedding device { dim = 4 }
    embedding tables { dim = 4 }
    embedding _      { dim = 4 }
    tower Model {
        let let_ = self[type]
        let leaves = dyn[fn]
        let pass = Option[match]
        let dense = impl[Model]
        let concat = batch[batch]
        let Result = std
        let i32 = Some
        let self = T
        let T = D + E
        let rows = concat(let_, leaves, pass, dense, concat, Ok, f32, Result, i32, self, T, Tables, record, device, Vec, Err, usize, vec,
                          weights, tables, features, rows, data, loss, target, row, NoneTape, _, __, Self_)
        rows |> dense(4, relu) |> batch_norm |> dropout(0.1) |> dense(4)
    }
    tower _1 { x1 |> dense(4) }
    tower Tables {
        concat(device[main], tables[loop], _[weird], device[first], mean(device[quoted]), mean(tables[empty])) |> dense(4)
    }
    catalogue { source = crate_, key = main }
    objective in_batch_softmax(Model, Tables)
    metrics   { top_k_accuracy(1) }
    export    { Model, Tables, _1 }
}
