feature_columns = [SparseFeat('user', 3, embedding_dim=10), SparseFeat('gender', 2, embedding_dim=4),
                   SparseFeat('item_id', 3 + 1, embedding_dim=8), SparseFeat('cate_id', 2 + 1, embedding_dim=4),
                   DenseFeat('pay_score', 1)]
feature_columns += [
    VarLenSparseFeat(SparseFeat('hist_item_id', vocabulary_size=3 + 1, embedding_dim=8, embedding_name='item_id'),
                     maxlen=4, length_name="seq_length"),
    VarLenSparseFeat(SparseFeat('hist_cate_id', 2 + 1, embedding_dim=4, embedding_name='cate_id'), maxlen=4,
                     length_name="seq_length")]
behavior_feature_list = ["item_id", "cate_id"]
model = DIN(feature_columns, behavior_feature_list)
model.compile('adagrad', 'binary_crossentropy', metrics=['binary_crossentropy'])
model.fit(x, y, verbose=1, epochs=10, validation_split=0.5)
