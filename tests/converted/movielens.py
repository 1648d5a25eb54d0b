# Features with several values in a cell, and one that only Python knows.
data = pd.read_csv("./movielens_sample.txt", sep=",")
sparse_features = ["movie_id", "user_id", "gender", "age", "occupation", "zip", ]
target = ['rating']

def split(x):
    key_ans = x.split('|')
    return key_ans

genres_list = list(map(split, data['genres'].values))
max_len = max(genres_length)

fixlen_feature_columns = [SparseFeat(feat, 1000 * 10, embedding_dim=4, use_hash=True, dtype='string')
                          for feat in sparse_features]
varlen_feature_columns = [
    VarLenSparseFeat(SparseFeat('genres', vocabulary_size=100, embedding_dim=8, use_hash=True), maxlen=max_len,
                     combiner='sum', length_name='genres_length', weight_name='genres_weight', weight_norm=False),
]
linear_feature_columns = fixlen_feature_columns + varlen_feature_columns
dnn_feature_columns = fixlen_feature_columns + varlen_feature_columns
dnn_feature_columns.append(SparseFeat(names[0], 10))

for name in extra: dnn_feature_columns += [SparseFeat(name, 10)]

model = AutoInt(linear_feature_columns, dnn_feature_columns, att_layer_num=3, task='regression')
model.compile(tf.keras.optimizers.Adam(learning_rate=1e-4), "mse", metrics=['mse'], )
