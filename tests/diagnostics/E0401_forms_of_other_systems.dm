model Forms {
    data {
        log  = read_json("log.json")
        rows = load_svmlight_file("rows.svm")
        page = read_excel("page.xlsx")
    }
    input { user: id, click: label }
    tower score { linear(user) |> bias }
    objective bce(score, click)
}
