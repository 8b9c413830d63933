"""Computes with numpy, in 64-bit floats, what the checks of the exercises on training expect, and
what usual mistakes give.

Prints JSON; stored by
    python tests/reference/exercises_training.py > src/exercises/reference/training.json
"""

import numpy as np

from exercises_support import case, leaky, print_cases, quarters

random = np.random.default_rng(3)
rounded = quarters(random, 2)


# The functions of the same names in training.rs, and their derivatives.
CURVES = {
    "parabola": (lambda w: (w - 3)**2, lambda w: 2 * (w - 3)),
    "power": (np.exp, np.exp),
    "cubic": (lambda w: w**3 - 2 * w, lambda w: 3 * w**2 - 2),
    "line": (lambda w: 1 - 2 * w, lambda w: -2.0),
    "level": (lambda w: 5.0, lambda w: 0.0),
    "steep": (lambda w: 50 * (w + 1)**2, lambda w: 100 * (w + 1)),
}


def slope(curve, weight):
    loss, derivative = CURVES[curve]
    slope = derivative(weight)
    return case(curve=curve, weight=weight, slope=slope, sign=-slope, twice=2 * slope,
                half=slope / 2, loss=loss(weight), far=loss(weight + 1) - loss(weight))


def gradient(x, weight, bias, target):
    total = weight * x + bias
    bend = 1 if total > 0 else 0.01
    difference = bend * total - target
    to_sum = 2 * difference * bend

    def loss(weight, bias):
        total = weight * x + bias
        return (max(total, 0.01 * total) - target)**2
    nudge = 1e-6
    by_nudges = [(loss(weight + nudge, bias) - loss(weight - nudge, bias)) / (2 * nudge),
                 (loss(weight, bias + nudge) - loss(weight, bias - nudge)) / (2 * nudge)]
    right = np.array([to_sum * x, to_sum])
    assert np.allclose(right, by_nudges, atol=1e-6)
    return case(x=x, weight=weight, bias=bias, target=target, gradient=right, sign=-right,
                no_two=right / 2, no_bend=right / bend, zero_bend=right * (bend == 1),
                no_input=[to_sum, to_sum], input_twice=[to_sum * x, to_sum * x],
                weight_for_input=[to_sum * weight, to_sum], exchanged=right[::-1],
                no_target=[2 * bend * total * bend * x, 2 * bend * total * bend],
                loss=[difference**2, difference**2],
                no_bend_in_difference=[2 * (total - target) * bend * x,
                                       2 * (total - target) * bend])


def descend(curve, start, rate, steps):
    derivative = CURVES[curve][1]

    def walk(step):
        places = [start]
        for _ in range(steps):
            places.append(step(places[-1]))
        return places
    places = walk(lambda w: w - rate * derivative(w))
    wrong = {"uphill": walk(lambda w: w + rate * derivative(w)),
             "first_slope": walk(lambda w: w - rate * derivative(start)),
             "no_rate": walk(lambda w: w - derivative(w)),
             "sign_only": walk(lambda w: w - rate * np.sign(derivative(w))),
             "last": places[-1:], "from_start": walk(lambda w: start - rate * derivative(w))}
    if steps:
        wrong |= {"no_start": places[1:], "no_end": places[:-1]}
    return case(curve=curve, start=start, rate=rate, steps=steps, places=places, **wrong)


def momentum(gradients, rate, factor):
    def walk(step):
        weight = velocity = 0.0
        places, velocities = [], []
        for gradient in gradients:
            weight, velocity = step(weight, velocity, gradient)
            places.append(weight)
            velocities.append(velocity)
        return places, velocities

    def right(weight, velocity, gradient):
        velocity = factor * velocity + gradient
        return weight - rate * velocity, velocity

    def mean(weight, velocity, gradient):
        velocity = factor * velocity + (1 - factor) * gradient
        return weight - rate * velocity, velocity

    def late(weight, velocity, gradient):
        return weight - rate * velocity, factor * velocity + gradient

    def all_of_it(weight, velocity, gradient):
        velocity = velocity + gradient
        return weight - rate * velocity, velocity

    def on_gradient(weight, velocity, gradient):
        velocity = velocity + factor * gradient
        return weight - rate * velocity, velocity

    places, velocities = walk(right)
    gradients = np.array(gradients, dtype=float)
    before = np.concatenate([[0], gradients[:-1]])
    plain = -rate * np.cumsum(gradients)
    return case(gradients=gradients, rate=rate, factor=factor, weights=places,
                velocities=velocities, plain=plain, uphill=-np.array(places), mean=walk(mean)[0],
                late=walk(late)[0], all_of_it=walk(all_of_it)[0],
                on_gradient=walk(on_gradient)[0], no_rate=np.array(places) / rate,
                only_last=-rate * np.cumsum(gradients + factor * before),
                from_zero=-rate * np.array(velocities))


def sgd_step(weights, gradients, rate):
    weights, gradients = np.array(weights), np.array(gradients)
    return case(weights=weights, gradients=gradients, rate=rate, after=weights - rate * gradients,
                before=weights, uphill=weights + rate * gradients, no_rate=weights - gradients,
                change=-rate * gradients, gradient=gradients)


def slopes(parameters, images, labels):
    """Slopes of the mean loss of a batch."""
    first, biases, second, more_biases = parameters
    sums = images @ first.T + biases
    hidden = leaky(sums)
    logits = hidden @ second.T + more_biases
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    to_logits = (p - np.eye(p.shape[1])[labels]) / len(labels)
    to_sums = to_logits @ second * np.where(sums > 0, 1, 0.01)
    return [to_sums.T @ images, to_sums.sum(0), to_logits.T @ hidden, to_logits.sum(0)]


def mean_loss(parameters, images, labels):
    first, biases, second, more_biases = parameters
    logits = leaky(images @ first.T + biases) @ second.T + more_biases
    logs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    return -logs[np.arange(len(labels)), labels].mean()


def check_slopes(parameters, images, labels):
    """Compares with what nudging each parameter gives."""
    for part, found in zip(parameters, slopes(parameters, images, labels)):
        for place in np.ndindex(part.shape):
            kept, losses = part[place], []
            for nudge in (1e-6, -1e-6):
                part[place] = kept + nudge
                losses.append(mean_loss(parameters, images, labels))
            part[place] = kept
            assert abs((losses[0] - losses[1]) / 2e-6 - found[place]) < 1e-6


def train_on(inputs, hidden, outputs, sizes, rate):
    # No sum of the first layer is exactly 0, where LeakyReLU has no slope.
    start = [rounded(hidden, inputs), rounded(hidden) + 1 / 64, rounded(outputs, hidden),
             rounded(outputs)]
    batches = [(random.integers(0, 9, (size, inputs)) / 8, random.integers(0, outputs, size))
               for size in sizes]
    check_slopes(start, *batches[0])

    def trained(step, batches=batches):
        parameters, memory = start, [np.zeros_like(part) for part in start]
        for images, labels in batches:
            parameters, memory = step(parameters, memory, slopes(parameters, images, labels))
        return np.concatenate([part.ravel() for part in parameters])

    def moved(parameters, directions, by):
        return [part + by * direction for part, direction in zip(parameters, directions)]

    def right(parameters, memory, found):
        return moved(parameters, found, -rate), memory

    def adding_up(parameters, memory, found):
        memory = [old + new for old, new in zip(memory, found)]
        return moved(parameters, memory, -rate), memory

    def uphill(parameters, memory, found):
        return moved(parameters, found, rate), memory

    def without_biases(parameters, memory, found):
        directions = [found[0], 0 * found[1], found[2], 0 * found[3]]
        return moved(parameters, directions, -rate), memory

    def one_layer(parameters, memory, found):
        directions = [found[0], 0 * found[1], 0 * found[2], 0 * found[3]]
        return moved(parameters, directions, -rate), memory

    wrong = {"adding_up": trained(adding_up)} if len(batches) > 1 else {}
    if len(batches) > 1:
        wrong |= {"first_batch": trained(right, batches[:1]),
                  "last_batch": trained(right, batches[-1:])}
        total = [np.zeros_like(part) for part in start]
        for images, labels in batches:
            total = [old + new for old, new in zip(total, slopes(start, images, labels))]
        wrong["one_step"] = np.concatenate([part.ravel() for part in moved(start, total, -rate)])
    return case(hidden_weight=start[0], hidden_bias=start[1], output_weight=start[2],
                output_bias=start[3], rate=rate, images=np.concatenate([b[0] for b in batches]),
                labels=np.concatenate([b[1] for b in batches]), sizes=sizes, after=trained(right),
                before=trained(lambda p, m, f: (p, m)), uphill=trained(uphill),
                without_biases=trained(without_biases), one_layer=trained(one_layer), **wrong)


print_cases({
    "slope": [slope("parabola", 4.5), slope("parabola", 0.5), slope("power", 2.0),
              slope("cubic", -1.0), slope("line", 3.0), slope("level", 2.0), slope("parabola", 3.0),
              slope("steep", 4.0), slope("power", -1.5)],
    "gradient": [gradient(2.0, 3.0, -1.0, 4.0), gradient(2.0, -3.0, 1.0, 1.0),
                 gradient(0.0, 2.0, 1.0, 3.0), gradient(1.5, 2.0, -1.0, 2.0),
                 gradient(-1.0, 0.5, 2.0, -3.0), gradient(-0.5, 4.0, 0.25, -2.0),
                 gradient(3.0, -1.0, 5.0, 0.0)],
    "descend": [descend("parabola", 7.0, 0.25, 3), descend("parabola", 7.0, 1.0, 4),
                descend("parabola", 4.0, 1.5, 4), descend("power", 1.0, 0.1, 5),
                descend("cubic", 2.0, 0.05, 8), descend("parabola", 3.0, 0.1, 2),
                descend("line", 2.0, 0.1, 0), descend("parabola", -5.0, 0.01, 40)],
    "momentum": [momentum([1, 2, -1], 0.5, 0.5), momentum([4], 0.1, 0.9),
                 momentum([1, 1, 1, 1, 1, 1, 1, 1], 0.01, 0.9), momentum([2, 0, 0, 0], 0.1, 0.5),
                 momentum([3, -3, 3, -3, 1], 0.25, 0.0), momentum(rounded(12), 0.03, 0.9)],
    "sgd_step": [sgd_step([1, 2, -1], [4, -2, 0], 0.5), sgd_step([3], [-1], 0.1),
                 sgd_step([[0, 0], [1, -1]], [[1, 2], [0, -4]], 0.25),
                 sgd_step(rounded(4, 5), rounded(4, 5), 0.003)],
    "train_on": [train_on(2, 2, 2, [2, 1], 0.5), train_on(3, 4, 3, [4], 0.1),
                 train_on(4, 3, 10, [5, 5, 5, 2], 0.1), train_on(2, 3, 4, [1] * 12, 0.05)],
})
