user_feature_columns = {"user_id": 6041, "gender": 3}
item_feature_columns = {"movie_id": 3884}
model = NCF(user_feature_columns, item_feature_columns, user_gmf_embedding_dim=16, item_gmf_embedding_dim=24,
            dnn_hidden_units=(128, 64), dnn_use_bn=True)
model.compile("adagrad", "binary_crossentropy", metrics=['binary_crossentropy'])
model.fit(x, y, batch_size=256, epochs=2)
