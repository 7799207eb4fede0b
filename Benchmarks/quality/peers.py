"""A peer at work, as its user would write it: reads TRAIN, fits with balanced weights, writes predictions for FEATURES.

    peers.py xgboost train.csv features.csv predictions.csv [--stopped] [--threads 2]

Text columns are categories, each peer's own way; numbers stay numbers. --stopped: up to 1,000 trees, of which as many
are kept as are best on a tenth that is held out by class (patience 50), instead of the peer's defaults.
"""

import argparse

import numpy as np
import pandas

TREES, PATIENCE, RATE = 1000, 50, 0.05


class Table:
    """The training part and the rows to predict; categories have the levels of the training part."""

    def __init__(self, train, features):
        frame = pandas.read_csv(train, na_values="?", dtype={"target": str}, low_memory=False)
        self.classes, self.labels = np.unique(frame.pop("target").to_numpy(str), return_inverse=True)
        self.rows = frame
        self.asked = pandas.read_csv(features, na_values="?", low_memory=False)
        # Names of columns may have characters that LightGBM refuses.
        self.rows.columns = self.asked.columns = [f"x{i}" for i in range(frame.shape[1])]
        self.texts = [name for name in self.rows if not pandas.api.types.is_numeric_dtype(self.rows[name])]
        self.numbers = [name for name in self.rows if name not in self.texts]

    def with_categories(self):
        """Text columns as categories; a level that the training part lacks is missing."""
        for name in self.texts:
            levels = pandas.CategoricalDtype(sorted(self.rows[name].dropna().astype(str).unique()))
            for frame in (self.rows, self.asked):
                frame[name] = frame[name].astype(str).where(frame[name].notna()).astype(levels)
        return self.rows, self.asked

    def with_texts(self):
        """Text columns as texts, a missing value being one, too."""
        for frame in (self.rows, self.asked):
            for name in self.texts:
                frame[name] = frame[name].astype(object).where(frame[name].notna(), "?").astype(str)
        return self.rows, self.asked

    def held_out(self):
        """Which rows are held out for early stopping: a tenth of each class, to the nearest row."""
        generator = np.random.default_rng(0)
        result = np.zeros(len(self.labels), bool)
        for label in range(len(self.classes)):
            rows = np.flatnonzero(self.labels == label)
            result[generator.permutation(rows)[: (len(rows) + 5) // 10]] = True
        return result


def weights(labels, counted):
    """Balanced weights of labels: N / (C n), by the counts of the labels that are fitted."""
    counts = np.bincount(counted)
    return (len(counted) / (np.count_nonzero(counts) * np.maximum(counts, 1)))[labels]


class Parts:
    """What is fitted, and what is held out, with their weights."""

    def __init__(self, rows, labels, out):
        self.rows, self.labels = rows[~out], labels[~out]
        self.weights = weights(self.labels, self.labels)
        self.out = rows[out], labels[out]
        self.out_weights = weights(labels[out], self.labels)


def logistic(table, stopped, threads):
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    rows, asked = table.with_texts()
    # A column without any value is dropped by neither.
    numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    columns = [("numbers", numbers, table.numbers), ("texts", OneHotEncoder(handle_unknown="ignore"), table.texts)]
    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    pipeline = make_pipeline(ColumnTransformer(columns, sparse_threshold=0), model)
    return pipeline.fit(rows, table.labels).predict_proba(asked)


def histgradientboosting(table, stopped, threads):
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows, asked = table.with_categories()
    if stopped:
        model = HistGradientBoostingClassifier(
            max_iter=TREES, learning_rate=RATE, early_stopping=True, n_iter_no_change=PATIENCE, random_state=0
        )
        parts = Parts(rows, table.labels, table.held_out())
        held_rows, held_labels = parts.out
        model.fit(
            parts.rows,
            parts.labels,
            sample_weight=parts.weights,
            X_val=held_rows,
            y_val=held_labels,
            sample_weight_val=parts.out_weights,
        )
    else:
        # By default it holds out a part of tables of more than 10,000 rows, which it refuses where a class has one row.
        early = "auto" if np.bincount(table.labels).min() > 1 else False
        model = HistGradientBoostingClassifier(class_weight="balanced", early_stopping=early, random_state=0)
        model.fit(rows, table.labels)
    return model.predict_proba(asked)


def lightgbm(table, stopped, threads):
    from lightgbm import LGBMClassifier, early_stopping

    rows, asked = table.with_categories()
    settings = {"n_jobs": threads, "random_state": 0, "verbose": -1}
    if stopped:
        parts = Parts(rows, table.labels, table.held_out())
        model = LGBMClassifier(n_estimators=TREES, learning_rate=RATE, **settings)
        model.fit(
            parts.rows,
            parts.labels,
            sample_weight=parts.weights,
            eval_set=[parts.out],
            eval_sample_weight=[parts.out_weights],
            callbacks=[early_stopping(PATIENCE, verbose=False)],
        )
    else:
        model = LGBMClassifier(class_weight="balanced", **settings).fit(rows, table.labels)
    return model.predict_proba(asked)


def xgboost(table, stopped, threads):
    from xgboost import XGBClassifier

    rows, asked = table.with_categories()
    settings = {"n_jobs": threads, "random_state": 0, "enable_categorical": True}
    if stopped:
        parts = Parts(rows, table.labels, table.held_out())
        model = XGBClassifier(n_estimators=TREES, learning_rate=RATE, early_stopping_rounds=PATIENCE, **settings)
        model.fit(
            parts.rows,
            parts.labels,
            sample_weight=parts.weights,
            eval_set=[parts.out],
            sample_weight_eval_set=[parts.out_weights],
            verbose=False,
        )
    else:
        model = XGBClassifier(**settings)
        model.fit(rows, table.labels, sample_weight=weights(table.labels, table.labels))
    return model.predict_proba(asked)


def catboost(table, stopped, threads):
    from catboost import CatBoostClassifier, Pool

    rows, asked = table.with_texts()
    settings = {"thread_count": threads, "random_seed": 0, "verbose": False, "allow_writing_files": False}
    settings |= {"loss_function": "MultiClass" if len(table.classes) > 2 else "Logloss"}
    if stopped:
        # CatBoost's rule for the learning rate goes by the number of trees, which is 1,000 by default, too.
        parts = Parts(rows, table.labels, table.held_out())
        model = CatBoostClassifier(iterations=TREES, early_stopping_rounds=PATIENCE, **settings)
        model.fit(
            Pool(parts.rows, parts.labels, cat_features=table.texts, weight=parts.weights),
            eval_set=Pool(*parts.out, cat_features=table.texts, weight=parts.out_weights),
        )
    else:
        model = CatBoostClassifier(auto_class_weights="Balanced", **settings)
        model.fit(Pool(rows, table.labels, cat_features=table.texts))
    return model.predict_proba(asked)


PEERS = {peer.__name__: peer for peer in (logistic, histgradientboosting, lightgbm, xgboost, catboost)}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("train")
    parser.add_argument("features")
    parser.add_argument("predictions")
    parser.add_argument("--stopped", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    table = Table(options.train, options.features)
    probabilities = PEERS[options.peer](table, options.stopped, options.threads)
    frame = pandas.DataFrame(probabilities, columns=table.classes)
    frame.insert(0, "class", table.classes[np.argmax(probabilities, axis=1)])
    frame.to_csv(options.predictions, index=False)
