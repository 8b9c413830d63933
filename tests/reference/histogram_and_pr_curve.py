"""Prints the histogram and the PR curve that TensorBoard makes of these numbers.

    histogram_and_pr_curve.py NUMBER... --- PROBABILITY:LABEL...

First line the histogram, row by row; second line the curve. Floats are in hexadecimal.
"""

import sys

import numpy as np
from tensorboard.plugins.histogram import summary_v2
from tensorboard.util import tensor_util


def pr_curve(labels, predictions, num_thresholds=201):
    """The lines of `pb` in tensorboard/plugins/pr_curve/summary.py, which imports TensorFlow."""
    bucket_indices = np.int32(np.floor(predictions * (num_thresholds - 1)))
    float_labels = labels.astype(float)
    limits = (0, num_thresholds - 1)
    tp_buckets, _ = np.histogram(
        bucket_indices, bins=num_thresholds, range=limits, weights=float_labels
    )
    fp_buckets, _ = np.histogram(
        bucket_indices, bins=num_thresholds, range=limits, weights=1.0 - float_labels
    )
    tp = np.cumsum(tp_buckets[::-1])[::-1]
    fp = np.cumsum(fp_buckets[::-1])[::-1]
    tn = fp[0] - fp
    fn = tp[0] - tp
    precision = tp / np.maximum(1e-7, tp + fp)
    recall = tp / np.maximum(1e-7, tp + fn)
    return np.float32(np.stack((tp, fp, tn, fn, precision, recall)))


def main():
    middle = sys.argv.index("---")
    data = np.array([float(number) for number in sys.argv[1:middle]])
    value = summary_v2.histogram_pb("histogram", data).value[0]
    pairs = [pair.split(":") for pair in sys.argv[middle + 1 :]]
    predictions = np.array([float(probability) for probability, _ in pairs], np.float32)
    labels = np.array([label == "1" for _, label in pairs])
    for array in tensor_util.make_ndarray(value.tensor), pr_curve(labels, predictions):
        print(*(float(number).hex() for number in array.ravel()))


main()
