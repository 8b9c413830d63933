"""Computes with numpy, in 64-bit floats, what the checks of the exercises on testing expect.

Beside each expected value stands what usual mistakes give. `null` stands for NaN.

Prints JSON; stored by
    python tests/reference/exercises_testing.py > src/exercises/reference/testing.json
"""

import numpy as np

from exercises_support import print_cases

random = np.random.default_rng(4)


def probabilities(images, digits):
    """Rows that add up to 1, no two of whose numbers are the same."""
    rows = np.exp(2 * random.standard_normal((images, digits)))
    return np.round(rows / rows.sum(axis=1, keepdims=True), 6)


def guessed(rows, right):
    """Labels of which so large a fraction is the most probable digit of its row."""
    labels = random.integers(0, rows.shape[1], len(rows))
    return np.where(random.uniform(size=len(rows)) < right, rows.argmax(axis=1), labels)


def test_accuracy(rows, labels):
    rows, labels = np.array(rows), np.array(labels)
    logs = np.round(np.log(rows), 4)
    hits = logs.argmax(axis=1) == labels
    case = {"log_probabilities": logs, "labels": labels, "accuracy": hits.mean(),
            "wrong": 1 - hits.mean(), "percent": 100 * hits.mean(), "count": hits.sum(),
            "least": (logs.argmin(axis=1) == labels).mean(),
            "mean_probability": rows[np.arange(len(labels)), labels].mean(),
            "by_numbers": hits.sum() / rows.size, "whole": hits.sum() // len(hits)}
    compared = (logs.argmax(axis=1)[:, None] == labels).sum() / len(labels)
    if compared != hits.mean():
        case["broadcast"] = compared
    if len(rows) == rows.shape[1]:
        case["down"] = (logs.argmax(axis=0) == labels).mean()
    return case


def confusion_matrix(labels, predictions):
    labels, predictions = np.array(labels), np.array(predictions)
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (labels, predictions), 1)
    diagonal = np.diag(np.diag(matrix))
    sums = matrix.sum(axis=1, keepdims=True)
    return {"labels": labels, "predictions": predictions, "matrix": matrix,
            "transposed": matrix.T, "only_right": diagonal, "only_wrong": matrix - diagonal,
            "once": np.minimum(matrix, 1), "fractions": matrix / np.maximum(sums, 1),
            "fractions_nan": matrix / np.where(sums == 0, np.nan, sums)}


def accuracy_per_digit(matrix):
    matrix = np.array(matrix)
    right, images, answers = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    nan = right / np.where(images == 0, np.nan, images)
    accuracies = right / np.maximum(images, 1)
    return {"matrix": matrix, "accuracies": accuracies, "nan": nan,
            "by_columns": right / np.maximum(answers, 1),
            "by_columns_nan": right / np.where(answers == 0, np.nan, answers),
            "of_all": right / matrix.sum(), "percent": 100 * accuracies,
            "wrong": (images - right) / np.maximum(images, 1), "counts": right,
            "left_out": accuracies[images > 0], "whole": right // np.maximum(images, 1)}


def accuracy_of_batches(hits, sizes):
    hits, sizes = np.array(hits), np.array(sizes)
    broken = np.mean(hits / np.where(sizes == 0, np.nan, sizes))
    return {"hits": hits, "sizes": sizes, "accuracy": hits.sum() / sizes.sum(), "broken": broken,
            "without_empty": np.mean((hits / np.maximum(sizes, 1))[sizes > 0]),
            "empty_as_zero": np.mean(hits / np.maximum(sizes, 1)),
            "whole": hits.sum() // sizes.sum(), "percent": 100 * hits.sum() / sizes.sum(),
            "equal_sizes": hits.sum() / (len(sizes) * sizes[0]),
            "by_batches": hits.sum() / len(sizes), "count": hits.sum()}


def place(matrix):
    return np.unravel_index(matrix.argmax(), matrix.shape)


def most_confused(matrix):
    matrix = np.array(matrix)
    off = matrix - np.diag(np.diag(matrix))
    last = np.argwhere(off == off.max())[-1]
    both = np.triu(off + off.T)
    fractions = off / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    return {"matrix": matrix, "pair": place(off), "diagonal": place(matrix), "last": last,
            "swapped": place(off)[::-1], "both": place(both), "count": off.max(),
            "fraction": place(fractions)}


def worst_mistakes(rows, labels, count):
    rows, labels = np.array(rows), np.array(labels)
    sure, wrong = rows.max(axis=1), rows.argmax(axis=1) != labels
    truth = rows[np.arange(len(rows)), labels]
    places = np.flatnonzero(wrong)
    worst = places[np.argsort(-sure[places])]
    return {"probabilities": rows, "labels": labels, "count": count, "places": worst[:count],
            "all": np.argsort(-sure)[:count], "least_sure": worst[::-1][:count],
            "unlimited": worst, "unsorted": places[:count],
            "by_truth": places[np.argsort(truth[places])][:count],
            "sorted_late": places[:count][np.argsort(-sure[places[:count]])],
            "right": np.flatnonzero(~wrong)[np.argsort(-sure[~wrong])][:count]}


five = [[0.1, 0.2, 0.7], [0.5, 0.3, 0.2], [0.25, 0.4, 0.35], [0.6, 0.3, 0.1],
        [0.2, 0.3, 0.5]]
ten, many = probabilities(10, 10), probabilities(200, 10)
labels = random.integers(0, 10, 300)
labels[labels == 5] = 6
predictions = np.where(random.uniform(size=300) < 0.7, labels, random.integers(0, 10, 300))
predictions[predictions == 7] = 9
large = random.integers(0, 12, (10, 10)) + np.diag(random.integers(100, 200, 10))
large[4, 9], large[9, 4], large[2, 7], large[7, 2] = 18, 3, 15, 14
empty = large.copy()
empty[3, :] = 0
empty[:, 6] = 0
tied = large.copy()
tied[1, 8] = tied[8, 6] = 25
few = [[0.7, 0.2, 0.1], [0.3, 0.1, 0.6], [0.1, 0.8, 0.1], [0.4, 0.35, 0.25]]
sixty = probabilities(60, 10)
print_cases({
    "test_accuracy": [test_accuracy(five, [2, 2, 1, 1, 2]), test_accuracy([[0.2, 0.5, 0.3]], [1]),
                      test_accuracy([[0.2, 0.5, 0.3]], [0]),
                      test_accuracy(ten, guessed(ten, 0.7)),
                      test_accuracy(many, guessed(many, 0.8))],
    "confusion_matrix": [confusion_matrix([3, 3, 4, 3, 9], [3, 8, 4, 3, 4]),
                         confusion_matrix([7], [7]), confusion_matrix([0], [9]),
                         confusion_matrix(labels, predictions)],
    "accuracy_per_digit": [accuracy_per_digit([[6, 1, 1], [0, 9, 1], [3, 2, 0]]),
                           accuracy_per_digit([[5, 2, 1], [0, 0, 0], [4, 0, 12]]),
                           accuracy_per_digit(large), accuracy_per_digit(empty)],
    "accuracy_of_batches": [accuracy_of_batches([24, 27, 2], [30, 30, 10]),
                            accuracy_of_batches([7], [8]),
                            accuracy_of_batches([5, 0, 3], [8, 0, 4]),
                            accuracy_of_batches(np.append(random.integers(50, 64, 156), 3),
                                                [64] * 156 + [16])],
    "most_confused": [most_confused([[6, 1, 0], [2, 9, 0], [1, 3, 5]]),
                      most_confused([[4, 1, 2], [3, 50, 0], [2, 3, 90]]),
                      most_confused(large), most_confused(tied),
                      most_confused([[0, 4, 0], [0, 8, 0], [0, 5, 90]])],
    "worst_mistakes": [worst_mistakes(few, [1, 0, 1, 2], 2),
                       worst_mistakes(few, [0, 2, 1, 0], 3), worst_mistakes(few, [1, 0, 1, 2], 9),
                       worst_mistakes(sixty, guessed(sixty, 0.4), 20)],
})
