"""Computes with numpy, in 64-bit floats, what the checks of the exercises on saving expect.

Beside each expected value stands what usual mistakes give. `null` stands for NaN.

Prints JSON; stored by
    python tests/reference/exercises_saving.py > src/exercises/reference/saving.json
"""

import json
import struct

import numpy as np

from exercises_support import print_cases, quarters

random = np.random.default_rng(5)
rounded = quarters(random, 2)


def file(note, numbers):
    """A file in safetensors format with one tensor, of so many numbers, and a note."""
    tensors = {"a": {"dtype": "F32", "shape": [numbers], "data_offsets": [0, 4 * numbers]}}
    if note:
        tensors["__metadata__"] = {"note": note}
    header = json.dumps(tensors).encode()
    header += b" " * (-len(header) % 8)
    data = np.arange(1, numbers + 1, dtype="<f4").tobytes()
    return struct.pack("<Q", len(header)) + header + data


def numbers_begin(content):
    length = struct.unpack("<Q", content[:8])[0]
    return {"file": content, "length": length, "begin": 8 + length, "length_alone": length,
            "first_byte": 8 + content[0], "big_endian": 8 + struct.unpack(">Q", content[:8])[0],
            "end": len(content), "eight": 8, "twice": 16 + length}


def refused(content, kind):
    return {"file": content, "kind": kind}


def tensor_values(numbers, begin, end):
    content = np.array(numbers, "<f4").tobytes()
    part = content[begin:end]
    case = {"bytes": content, "offsets": [begin, end], "values": np.frombuffer(part, "<f4"),
            "big_endian": np.frombuffer(part, ">f4"), "single": np.frombuffer(part, "u1"),
            "from_start": np.frombuffer(content[:end - begin], "<f4"),
            "all": np.frombuffer(content, "<f4"), "whole_numbers": np.frombuffer(part, "<u4"),
            "as_numbers": np.array(numbers[begin:end])}
    if len(part) % 8 == 0 and part:
        doubles = np.frombuffer(part, "<f8")
        if np.isfinite(doubles).all():
            case["doubles"] = doubles
    if begin + end <= len(content):
        case["length"] = np.frombuffer(content[begin:begin + end], "<f4")
    return case


def offsets(shapes):
    def laid_out(lengths):
        ends = np.cumsum(lengths)
        return np.stack([ends - lengths, ends], axis=1)
    counts = np.array([int(np.prod(shape)) for shape in shapes])
    right = laid_out(4 * counts)
    last = right.copy()
    last[:, 1] -= 1
    length = right.copy()
    length[:, 1] = 4 * counts
    gap = right + np.arange(len(shapes))[:, None]
    return {"shapes": shapes, "offsets": right, "numbers": laid_out(counts),
            "doubles": laid_out(8 * counts), "last": last, "lengths": length, "gap": gap,
            "sums": laid_out(4 * np.array([sum(shape) for shape in shapes])),
            "no_plain": laid_out(4 * np.array([int(np.prod(s)) if s else 0 for s in shapes])),
            "from_zero": np.stack([0 * counts, 4 * counts], axis=1)}


def place(rows, columns, row, column):
    return {"shape": [rows, columns], "row": row, "column": column,
            "place": 4 * (row * columns + column), "broken": 4 * (row * rows + column),
            "numbers": row * columns + column, "broken_numbers": row * rows + column,
            "columns_first": 4 * (column * rows + row), "mixed": 4 * (column * columns + row),
            "end": 4 * (row * columns + column) + 4,
            "one_byte": 4 * row * columns + column, "rows_not_four": row * columns + 4 * column}


def steps(saved, gradients, momentum=0.9, late=False, sign=-1, rate=0.1):
    weight, velocity = saved
    for gradient in gradients:
        if late:
            weight += sign * rate * velocity
        velocity = momentum * velocity + gradient
        if not late:
            weight += sign * rate * velocity
    return [weight, velocity]


def continued(saved, gradients):
    right = steps(saved, gradients)
    weight, velocity = saved
    for gradient in gradients:
        velocity = 0.9 * velocity + 0.1 * gradient
        weight -= velocity
    rate_inside = [weight, velocity]
    return {"saved": saved, "gradients": gradients, "state": right,
            "rest": steps([saved[0], 0], gradients), "late": steps(saved, gradients, late=True),
            "uphill": steps(saved, gradients, sign=1), "swapped": right[::-1],
            "no_momentum": steps(saved, gradients, momentum=0), "rate_inside": rate_inside,
            "old_velocity": [right[0], saved[1]], "one_step": steps(saved, gradients[:1]),
            "no_rate": steps(saved, gradients, rate=1),
            "full_momentum": steps(saved, gradients, momentum=1)}


small, noted = file("", 2), file("trained for eighteen epochs " * 12, 3)
numbers = [1.5, -2.25, 0.75, 3.0, -0.5, 1.25]
print_cases({
    "numbers_begin": [numbers_begin(small), numbers_begin(noted), numbers_begin(small[:-8]),
                      numbers_begin(file("n" * 1000, 5))],
    "refused": [refused(b"", 0), refused(small[:7], 0), refused(small[:8], 1),
                refused(small[:-9], 1), refused(noted[:300], 1), refused(b"\xff" * 90, 2),
                refused(small[:5] + b"\x01" + small[6:], 2)],
    "tensor_values": [tensor_values(numbers, 8, 16), tensor_values(numbers, 0, 24),
                      tensor_values(numbers, 20, 24), tensor_values(numbers, 12, 12),
                      tensor_values(rounded(60), 40, 200)],
    "offsets": [offsets([[2, 3], [3]]), offsets([[5]]), offsets([[], [4], [2, 2, 2]]),
                offsets([[0, 5], [2]]), offsets([[490], [490, 784], [10], [10, 490]])],
    "place": [place(3, 3, 1, 2), place(2, 5, 1, 3), place(490, 784, 0, 7),
              place(490, 784, 489, 783), place(10, 490, 6, 0), place(1, 1, 0, 0)],
    "continued": [continued([1.0, 2.0], [0.5]), continued([0.5, 0.0], [1.0, -2.0]),
                  continued([-0.25, 1.5], []), continued([2.0, -1.0], rounded(40))],
})
