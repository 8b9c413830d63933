"""Computes with numpy, in 64-bit floats, what the checks of the exercises on the network expect,
and what usual mistakes give.

Prints JSON; stored by
    python tests/reference/exercises_network.py > src/exercises/reference/network.json
"""

import numpy as np

from exercises_support import case, leaky, print_cases, quarters

random = np.random.default_rng(2)
rounded = quarters(random, 2)


def neuron(inputs, weights, bias):
    inputs, weights = np.array(inputs), np.array(weights)
    return case(inputs=inputs, weights=weights, bias=bias, output=inputs @ weights + bias)


def hidden_layer(images, weight, bias):
    images, weight, bias = np.array(images), np.array(weight), np.array(bias)
    products = images @ weight.T
    sums = products + bias
    wrong = {}
    if weight.shape[0] == weight.shape[1]:
        wrong["not_turned"] = leaky(images @ weight + bias)
    return case(images=images, weight=weight, bias=bias, hidden=leaky(sums),
                broken=leaky(products) + bias, no_bias=leaky(products), no_bend=sums,
                zero=np.maximum(sums, 0), reversed=np.minimum(sums, 0.01 * sums),
                twice=leaky(sums) + bias, **wrong)


def softmax(logits):
    logits = np.array(logits, dtype=float)
    powers = np.exp(logits - logits.max())
    with np.errstate(all="ignore"):
        plain, logarithms = np.exp(logits), logits - logits.max() - np.log(powers.sum())
        broken = plain / plain.sum()
        wrong = {"powers": plain, "shares": logits / logits.sum(), "logarithms": logarithms,
                 "not_divided": powers, "negative": np.exp(-logits) / np.exp(-logits).sum(),
                 "by_largest": powers / powers.max(), "base_2": 2**logits / (2**logits).sum(),
                 "limited": np.exp(np.clip(logits, -700, 700)) /
                            np.exp(np.clip(logits, -700, 700)).sum()}
        wrong = {name: value for name, value in wrong.items() if np.isfinite(value).all()}
    if not np.allclose(broken, powers / powers.sum(), equal_nan=False):
        wrong["broken"] = broken
    return case(logits=logits, probabilities=powers / powers.sum(), **wrong)


def loss(log_probabilities, labels):
    logs, labels = np.array(log_probabilities, dtype=float), np.array(labels)
    losses = -logs[np.arange(len(labels)), labels]
    wrong = {"sign": -losses.mean(), "sum": losses.sum(), "first": losses[0],
             "guess": -logs.max(1).mean(), "mean_probability": np.exp(-losses).mean(),
             "all": -logs.mean(), "everything": -logs.sum() / len(labels),
             "column": -logs[:, labels[0]].mean(), "of_mean": -np.log(np.exp(-losses).mean())}
    return case(log_probabilities=logs, labels=labels, loss=losses.mean(), **wrong)


def parameters(*sizes):
    pairs = list(zip(sizes, sizes[1:]))
    weights, biases = sum(a * b for a, b in pairs), sum(sizes[1:])
    wrong = {"weights": weights, "inputs_too": weights + sum(sizes), "product": np.prod(sizes),
             "neurons": sum(sizes), "left": weights + sum(sizes[:-1]),
             "one_each": weights + len(pairs)}
    if len(pairs) > 1:
        wrong["first_layer"] = sizes[0] * sizes[1] + sizes[1]
    return case(sizes=sizes, parameters=weights + biases, **wrong)


def sureness(inputs, hidden, outputs, images):
    first, second = rounded(hidden, inputs), rounded(outputs, hidden)
    biases, more_biases = rounded(hidden), rounded(outputs)
    images = random.integers(0, 9, (images, inputs)) / 8
    logits = leaky(images @ first.T + biases) @ second.T + more_biases
    logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    p = np.exp(logs)
    return case(images=images, hidden_weight=first, hidden_bias=biases, output_weight=second,
                output_bias=more_biases, sureness=p.max(1), logarithms=logs.max(1),
                digits=p.argmax(1), least=p.min(1), digit_0=p[:, 0], overall=p.max(),
                kept=p.max(1, keepdims=True), totals=p.sum(1), per_digit=p.max(0), all=p,
                logits=logits.max(1))


def first_sureness():
    """Two images that show different digits, neither of them 0."""
    while True:
        found = sureness(3, 2, 3, 2)
        apart = found["digit_0"] != found["least"] and max(found["sureness"]) < 0.9
        if apart and sorted(found["digits"]) == [1, 2]:
            return found


print_cases({
    "neuron": [neuron([2.0, 1.0], [3.0, 4.0], 0.5), neuron([0.5, -1.0, 2.0], [2.0, 1.0, -0.5], 3.0)]
    + [neuron(rounded(size), rounded(size), float(rounded(1)[0])) for size in (1, 8, 784)],
    "hidden_layer": [hidden_layer([[1, 2]], [[1, -2], [3, 0.5]], [4, -8]),
                     hidden_layer([[1, 0, 2]], [[1, 2, -3], [0.5, 0, 1]], [1, -4]),
                     hidden_layer([[0, 0]], [[1, 1], [1, 1]], [-1, 2]),
                     hidden_layer([[2]], [[-3]], [1]),
                     hidden_layer(rounded(5, 7), rounded(4, 7), rounded(4)),
                     hidden_layer(rounded(3, 6), rounded(6, 6), rounded(6))],
    "softmax": [softmax([2, 1, -1]), softmax([1000, 999, 998]), softmax([1000, 0]),
                softmax([-1000, -1001]), softmax([3]), softmax([0, 0, 0, 0]), softmax([5000, 5000]),
                softmax([-2000]), softmax(rounded(10) * 3), softmax(rounded(10) + 800)],
    "loss": [loss([[-0.5, -1.5, -1.75], [-2, -0.25, -2.5]], [0, 2]), loss([[0, -40, -50]], [0]),
             loss([[-40, 0, -50]], [0]), loss([[-1, -0.5], [-2, -0.25], [-0.25, -1.5]], [1, 0, 1]),
             loss(np.log(random.dirichlet(np.ones(10), 6)).round(3), random.integers(0, 10, 6))],
    "parameters": [parameters(3, 2), parameters(4, 3, 2), parameters(784, 490, 10), parameters(5),
                   parameters(784, 10), parameters(6, 5, 4, 3, 2), parameters(1, 1, 1)],
    "sureness": [first_sureness(), sureness(4, 3, 10, 1), sureness(6, 5, 10, 12),
                 sureness(2, 2, 1, 3)],
})
