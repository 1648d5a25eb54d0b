model M {
    input {
        click: label
        user:  id
        item:  id
        age:   float
    }
    embedding user { dim = 8 }
    embedding item { dim = 8 }
    tower score { concat(user[user], item[item], age) |> dense(1) }
    objective bce(score, click)
    input { x: float(missing = None), y: float(transform = "standardize"), z: float(clip = True) }
    data { log = csv("log.csv", quote = False, columns = None) }
    tower extra { concat(x, y, z) |> dense(1) }
    export { extra }
}
