model Feed {
    input { user: id, liked: id, seen: id, click: label }
    embedding user  { dim = 8 }
    embedding liked { dim = 8 }
    embedding seen  { dim = 8 }
    tower user  { user[user] }
    tower liked { liked[liked] }
    tower seen  { seen[seen] }
    export { user, liked, seen }
    objective triplet(user, user, liked) + bce(dot(user, seen) - dot(seen, user), click)
}
