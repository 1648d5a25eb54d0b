model Batch {
    input {
        None:    id
        Some:    id
        Ok:      ids(max = 3)
        self:    float
        Err:     float
        record:  float
        records: float
        batch:   float
        click:   label
        weight:  weight
        target:  float
        objective: float
        Features: float
        gen:     float
        Definition:   float
        TargetRecord: float
        w1..w40:      float
        k1..k33:      id
    }
    embedding None   { dim = 2 }
    embedding Some   { dim = 2 }
    embedding Ok     { dim = 2, l2 = 0.1 }
    embedding leaves { dim = 2 }
    embedding gather { dim = 2 }
    tower objective { concat(None[None], Some[Some]) }
    tower None      { concat(mean(Ok[Ok]), leaves[Some]) }
    tower Ok        { concat(gather[None], self, Err) |> dense(4) }
    tower target    { concat(record, records, batch, target, objective, Features, gen) |> dense(4) }
    /// rustc refuses comments that are shown in another order: ‮, so it gets none.
    tower gen       { record |> dense(4) }
    tower Leaves    { record |> dense(4) }
    tower model     { record |> dense(4) }
    tower tables    { record |> dense(4) }
    tower device    { record |> dense(4) }
    tower pass      { record |> dense(4) }
    tower loss      { record |> dense(4) }
    tower score     { record |> dense(4) }
    tower Definition { concat(Definition, TargetRecord, w1..w40) |> dense(1) }
    tower Network    { linear(k1..k33, w1..w40) }
    objective bce(dot(objective, None), click) + 0.5 * bce(dot(Ok, target), click) + bce(dot(Leaves, model) + dot(tables, device), click) + bpr(dot(pass, loss), dot(score, gen)) + 0.1 * bce(Definition, click) + bce(Network, click)
    metrics { auc }
    export { None, Ok }
}
