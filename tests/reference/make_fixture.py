#!/usr/bin/env python3
"""What the network must compute, worked out without libtorch: numpy, in float64.

    python make_fixture.py            writes ../fixtures/network.safetensors
    python make_fixture.py --check    says whether that file is what this script computes

Weights, images and labels come from whole numbers that `tests/model_against_numpy.rs`
makes by the same formula, so the file holds results only.
"""

import argparse
import json
import math
import pathlib
import sys

import numpy as np

FIXTURE = pathlib.Path(__file__).parent.parent / "fixtures" / "network.safetensors"
STEPS = 6
MOMENTUM = 0.9


def bits(salt, count, keep):
    """`count` whole numbers of `keep` bits: a hash of salt and place."""
    place = np.arange(count, dtype=np.uint64) + np.uint64(salt << 32)
    mixed = place * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(64 - keep)).astype(np.int64)


def numbers(salt, shape, power):
    """Numbers from -2048 / 2**power up to 2047 / 2**power, which a float32 holds exactly."""
    return (bits(salt, math.prod(shape), 12) - 2048).reshape(shape) / 2.0**power


def weights(inputs, hidden, outputs, power):
    return {
        "0.weight": numbers(1, (hidden, inputs), power),
        "0.bias": numbers(2, (hidden,), power),
        "2.weight": numbers(3, (outputs, hidden), power),
        "2.bias": numbers(4, (outputs,), power),
    }


def images_and_labels(salt, count, pixels):
    images = bits(salt, count * pixels, 8).reshape(count, pixels) / 255
    return images, bits(salt + 1, count, 16) % 10


def forward(weights, images):
    """LeakyReLU(0.01) between two linear layers, log-softmax behind."""
    before = images @ weights["0.weight"].T + weights["0.bias"]
    hidden = np.where(before > 0, before, 0.01 * before)
    logits = hidden @ weights["2.weight"].T + weights["2.bias"]
    logits = logits - logits.max(axis=1, keepdims=True)
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return before, hidden, log_probabilities


def loss_of(log_probabilities, labels):
    return -log_probabilities[np.arange(len(labels)), labels].mean()


def gradients(weights, images, labels):
    """Loss, log-probabilities, and the loss's derivative by every weight."""
    before, hidden, log_probabilities = forward(weights, images)
    by_logits = np.exp(log_probabilities)
    by_logits[np.arange(len(labels)), labels] -= 1
    by_logits /= len(labels)
    by_before = by_logits @ weights["2.weight"] * np.where(before > 0, 1, 0.01)
    return loss_of(log_probabilities, labels), log_probabilities, {
        "0.weight": by_before.T @ images,
        "0.bias": by_before.sum(axis=0),
        "2.weight": by_logits.T @ hidden,
        "2.bias": by_logits.sum(axis=0),
    }


def check_gradients(weights, images, labels):
    """Compares every derivative with what a small change of that weight does to the loss."""
    _, _, exact = gradients(weights, images, labels)
    for name, tensor in weights.items():
        for place in np.ndindex(tensor.shape):
            losses = []
            for change in (1e-5, -1e-5):
                moved = {key: value.copy() for key, value in weights.items()}
                moved[name][place] += change
                losses.append(loss_of(forward(moved, images)[2], labels))
            slope = (losses[0] - losses[1]) / 2e-5
            assert abs(slope - exact[name][place]) < 1e-8, (name, place, slope)


def descend(weights, batches, learning_rate):
    """Gradient descent with momentum, one step a batch; the loss before each step."""
    losses = []
    velocity = {name: np.zeros_like(tensor) for name, tensor in weights.items()}
    for images, labels in batches:
        loss, _, slopes = gradients(weights, images, labels)
        losses.append(loss)
        for name in weights:
            velocity[name] = MOMENTUM * velocity[name] + slopes[name]
            weights[name] = weights[name] - learning_rate * velocity[name]
    return np.array(losses)


def small():
    """12-7-10, every number stored; six batches of 5 images."""
    start = weights(12, 7, 10, power=12)
    batches = [images_and_labels(10 + 2 * step, 5, 12) for step in range(STEPS)]
    check_gradients(start, *batches[0])
    loss, log_probabilities, slopes = gradients(start, *batches[0])
    losses = descend(start, batches, learning_rate=0.1)
    return {
        "log_probabilities": log_probabilities,
        "loss": np.array([loss]),
        "losses": losses,
        **{f"gradient.{name}": value for name, value in slopes.items()},
        **{f"trained.{name}": value for name, value in start.items()},
    }


def large():
    """784-490-10, of each tensor its length and every 97th number; one batch of 40, six times."""
    start = weights(784, 490, 10, power=16)
    batch = images_and_labels(30, 40, 784)
    loss, log_probabilities, slopes = gradients(start, *batch)
    results = {"log_probabilities": log_probabilities, "loss": np.array([loss])}
    trained = dict(start)
    results["losses"] = descend(trained, [batch] * STEPS, learning_rate=0.05)
    moved = {name: trained[name] - start[name] for name in start}
    for kind, tensors in [("gradient", slopes), ("moved", moved)]:
        for name, tensor in tensors.items():
            results[f"{kind}.{name}.length"] = np.array([np.linalg.norm(tensor)])
            results[f"{kind}.{name}.sample"] = tensor.ravel()[::97]
    return results


def compute():
    cases = {"small": small(), "large": large()}
    return {f"{case}.{name}": value for case in cases for name, value in cases[case].items()}


def to_bytes(tensors):
    """The safetensors form: length of the header, header, numbers."""
    header, start = {}, 0
    for name, tensor in tensors.items():
        end = start + 8 * tensor.size
        header[name] = {"dtype": "F64", "shape": tensor.shape, "data_offsets": [start, end]}
        start = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(
        tensor.astype("<f8").tobytes() for tensor in tensors.values()
    )


def from_bytes(content):
    length = int.from_bytes(content[:8], "little")
    numbers = np.frombuffer(content[8 + length :], "<f8")
    tensors = {}
    for name, entry in json.loads(content[8 : 8 + length]).items():
        start, end = (offset // 8 for offset in entry["data_offsets"])
        tensors[name] = numbers[start:end].reshape(entry["shape"])
    return tensors


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true", help="compare, write nothing")
    check = arguments.parse_args().check
    computed = compute()
    if not check:
        FIXTURE.write_bytes(to_bytes(computed))
        print(f"{FIXTURE}: {len(computed)} tensors")
        return
    stored = from_bytes(FIXTURE.read_bytes())
    if list(stored) != list(computed):
        sys.exit(f"{FIXTURE}: holds {list(stored)}, expected {list(computed)}")
    for name, value in computed.items():
        # Another processor may add in another order, so not to the last bit.
        if stored[name].shape != value.shape or not np.allclose(stored[name], value, 0, 1e-11):
            sys.exit(f"{FIXTURE}: `{name}` is not what make_fixture.py computes")
    print(f"{FIXTURE}: {len(computed)} tensors, all as computed")


if __name__ == "__main__":
    main()
