import pandas as pd
from deepctr.feature_column import SparseFeat, DenseFeat
from deepctr.models import MMOE

data = pd.read_csv('./census-income.sample')
sparse_features = ['class_worker', 'education', 'hs_college', 'major_ind_code', 'race']
dense_features = ['age', 'wage_per_hour']
fixlen_feature_columns = [SparseFeat(feat, data[feat].max() + 1, embedding_dim=4) for feat in sparse_features] \
                         + [DenseFeat(feat, 1, ) for feat in dense_features]
target = ['label_income', 'hours']
train, test = train_test_split(data, test_size=0.2, random_state=2020)
model = MMOE(fixlen_feature_columns, num_experts=4, expert_dnn_hidden_units=(64, 32), tower_dnn_hidden_units=[],
             gate_dnn_hidden_units=(16,), task_types=['binary', 'regression'], task_names=['income', 'hours'],
             dnn_use_bn=True, l2_reg_embedding=1e-6, l2_reg_dnn=1e-6)
model.compile("adam", loss=["binary_crossentropy", "mse"], metrics=['binary_crossentropy'], )
history = model.fit(train_model_input, [train['label_income'].values, train['hours'].values],
                    batch_size=512, epochs=10, verbose=2, validation_split=0.2,
                    callbacks=[EarlyStopping(monitor='val_loss', patience=2)])
