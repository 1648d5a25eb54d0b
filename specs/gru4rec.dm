/// GRU4Rec: the next movie from those that a user watched before, by a gated recurrent layer and a softmax over the catalog.
///
/// Hidasi, Karatzoglou, Baltrunas & Tikk, "Session-based recommendations with recurrent neural networks", ICLR 2016.
model Gru4Rec {
    const dim = 64

    data {
        ratings = tsv("u.data", columns = [user_id, movie_id, rating, timestamp])
        movies  = csv("u.item", separator = "|", encoding = latin1,
                      columns = [movie_id, title, release_date, video_release_date, imdb_url,
                                 genre_0..genre_18])
        join(movies, on = movie_id)
        history(by = user_id, order = timestamp)
        split = leave_last_out
    }

    input {
        watched:  sequence(from = history.movie_id, max = 50)
        movie_id: id(from = movies.movie_id)
    }

    embedding movie { dim = dim }

    tower user { movie[watched] |> dropout(0.2) |> gru(dim) |> last |> dense(dim) }
    tower item { movie[movie_id] }

    catalogue { source = movies, key = movie_id }
    objective full_softmax(user, item, temperature = 1)
    metrics   { hit_rate(10, 50), ndcg(10), mrr(10) }
    train     { optimizer = adam(lr = 0.002), batch = 512, epochs = 10 }
    export    { user, item }
}
