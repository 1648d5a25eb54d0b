SEQ_LEN = 50
embedding_dim = 32
user_feature_columns = [SparseFeat('user_id', feature_max_idx['user_id'], 16),
                        SparseFeat("gender", feature_max_idx['gender'], 16),
                        VarLenSparseFeat(SparseFeat('hist_movie_id', feature_max_idx['movie_id'], embedding_dim,
                                                    embedding_name="movie_id"), SEQ_LEN, 'mean', 'hist_len'),
                        VarLenSparseFeat(SparseFeat('hist_genres', feature_max_idx['genres'], embedding_dim,
                                                    embedding_name="genres"), SEQ_LEN, 'mean', 'hist_len',
                                         weight_name='hist_weights'),
                        ]
item_feature_columns = [SparseFeat('movie_id', feature_max_idx['movie_id'], embedding_dim)]
model = MIND(user_feature_columns, item_feature_columns, k_max=4, p=2, dynamic_k=True,
             user_dnn_hidden_units=(64, embedding_dim), sampler_config=sampler_config)
model.compile(optimizer="adam", loss=sampledsoftmaxloss)
model.fit(train_model_input, train_label, batch_size=512, epochs=10, verbose=1)
