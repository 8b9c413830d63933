#!/usr/bin/env python3
"""The calibration that `tests/evaluate_looks_closer.rs` expects, worked out with numpy.

    python calibration.py

Source of the formula: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural
Networks", ICML 2017, equations 2 and 3.
"""

import numpy as np

from make_fixture import bits

COUNT = 2000


def main():
    logits = bits(1, COUNT * 10, 12).reshape(COUNT, 10) / 512
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    probabilities = probabilities.astype(np.float32).astype(np.float64)
    labels = bits(2, COUNT, 16) % 10
    predictions = probabilities.argmax(axis=1)
    # Every other image is right, so that accuracy and confidence come near each other.
    labels[::2] = predictions[::2]
    confidence = probabilities.max(axis=1)
    right = predictions == labels
    for bins in (1, 10, 15):
        edges = np.linspace(0, 1, bins + 1)
        error = 0.0
        for low, high in zip(edges[:-1], edges[1:]):
            inside = (confidence > low) & (confidence <= high)
            if inside.any():
                gap = right[inside].mean() - confidence[inside].mean()
                error += inside.mean() * abs(gap)
        print(f"{bins} bins: expected error {error:.12f}")
    counts, _ = np.histogram(confidence, np.linspace(0, 1, 11))
    print(f"images in each of 10 bins: {counts.tolist()}")


if __name__ == "__main__":
    main()
