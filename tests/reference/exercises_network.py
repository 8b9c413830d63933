"""Computes with numpy, in 64-bit floats, what the checks of the exercises on the network expect.

Prints JSON; stored by
    python tests/reference/exercises_network.py > src/exercises/reference/network.json
"""

import json

import numpy as np

random = np.random.default_rng(2)


def rounded(*shape):
    """Random numbers that JSON, readers and 32-bit floats hold exactly."""
    return np.round(random.uniform(-2, 2, shape) * 4) / 4


def neuron(inputs, weights, bias):
    inputs, weights = np.array(inputs), np.array(weights)
    return {"inputs": inputs.tolist(), "weights": weights.tolist(), "bias": bias,
            "output": float(inputs @ weights + bias)}


print(json.dumps({
    "neuron": [neuron([2.0, 1.0], [3.0, 4.0], 0.5), neuron([0.5, -1.0, 2.0], [2.0, 1.0, -0.5], 3.0)]
    + [neuron(rounded(size), rounded(size), float(rounded(1)[0])) for size in (1, 8, 784)],
}))
