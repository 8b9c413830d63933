"""What the programs share that compute the values that exercises are checked against."""

import json

import numpy as np


def quarters(random, most):
    """A function that draws arrays of numbers which JSON, readers and 32-bit floats hold exactly:
    quarters between `-most` and `most`."""
    return lambda *shape: np.round(random.uniform(-most, most, shape) * 4) / 4


def leaky(sums):
    """LeakyReLU."""
    return np.where(sums > 0, sums, 0.01 * sums)


def plain(value):
    """Numbers, arrays, bytes and what holds them, as JSON has them: `null` for NaN."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, bytes)):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return None if value != value else round(value, 7)
    return int(value) if isinstance(value, bool) else value


def case(**named):
    """One input, what is expected for it, and what usual mistakes give."""
    return plain(named)


def print_cases(exercises):
    """The cases of each exercise, as JSON."""
    print(json.dumps(plain(exercises), separators=(",", ":"), allow_nan=False))
