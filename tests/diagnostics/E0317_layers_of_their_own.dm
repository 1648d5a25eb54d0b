model Feed {
    input { user: id, liked: id, seen: id, click: label }
    embedding user  { dim = 8 }
    embedding liked { dim = 8 }
    embedding seen  { dim = 8 }
    tower user  { user[user] }
    tower liked { liked[liked] }
    tower seen  { seen[seen] }
    export { user, liked, seen }
    objective bpr(dot(user, liked) |> dense(1), dot(liked, user) |> dense(1)) + bpr(dot(user, liked), dot(user, seen)) + bce(dot(user, seen), click)
}
