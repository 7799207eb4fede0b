"""Predicts a CSV file by a model in ONNX and writes CSV, as a Python script would: pandas reads, onnxruntime computes (on
two threads), pandas writes; or judges it by scikit-learn. With --read-only it reads, and does no more."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("table")
parser.add_argument("output")
parser.add_argument("--label", default="label")
parser.add_argument("--evaluate", action="store_true")
parser.add_argument("--read-only", action="store_true")
options = parser.parse_args()

import pandas

table = pandas.read_csv(options.table, engine="c")
if options.read_only:
    raise SystemExit

import numpy as np
import onnxruntime

session_options = onnxruntime.SessionOptions()
session_options.intra_op_num_threads = 2
session = onnxruntime.InferenceSession(options.model, session_options)
features = table.drop(columns=options.label).to_numpy(np.float32)
label, probabilities = session.run(None, {"features": features})
if options.evaluate:
    from sklearn import metrics

    truth = table[options.label].to_numpy()
    print(metrics.classification_report(truth, label))
    print(metrics.confusion_matrix(truth, label))
    print(metrics.roc_auc_score(truth, probabilities.astype(np.float64), multi_class="ovr"))
    classes = np.eye(probabilities.shape[1])[truth]
    print(metrics.average_precision_score(classes, probabilities), metrics.log_loss(truth, probabilities))
else:
    rows = pandas.DataFrame(probabilities, columns=[f"probability:{c}" for c in range(probabilities.shape[1])])
    rows.insert(0, "prediction", label)
    rows.to_csv(options.output, index=False)
