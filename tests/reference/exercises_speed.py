"""Computes with numpy, in 64-bit floats, what the checks of the exercises on speed expect, and
what usual mistakes give.

Prints JSON; stored by
    python tests/reference/exercises_speed.py > src/exercises/reference/speed.json
"""

import numpy as np

from exercises_support import case, leaky, print_cases, quarters

random = np.random.default_rng(9)
rounded = quarters(random, 2)


def bend(sums):
    """The derivative of LeakyReLU."""
    return np.where(sums > 0, 1, 0.01)


def speedup(seconds, part, times):
    seconds = np.array(seconds, dtype=float)
    before, own = seconds.sum(), seconds[part]
    after = before - own + own / times
    return case(seconds=seconds, part=part, times=times, expected=before / after, reversed=after / before,
                seconds_after=after, saved=before - after,
                share=own / before * times, alone=times, saved_share=1 - after / before,
                longer=before / (before - own + own * times), mean=1 + (times - 1) * own / before,
                others=before / (own + (before - own) / times),
                **({"gone": before / (before - own)} if own < before else {}))


def neuron_gradient(inputs, weights, bias, slope):
    inputs, weights = np.array(inputs, dtype=float), np.array(weights, dtype=float)
    total = inputs @ weights + bias
    at_sum = slope * bend(total)

    def parts(by_weights, by_bias):
        return np.append(by_weights, by_bias)
    return case(inputs=inputs, weights=weights, bias=bias, output_slope=slope,
                expected=parts(at_sum * inputs, at_sum), no_bend=parts(slope * inputs, slope),
                by_inputs=parts(at_sum * weights, at_sum), no_bias=at_sum * inputs,
                bias_first=np.insert(at_sum * inputs, 0, at_sum), bias_one=parts(at_sum * inputs, 1),
                bias_times=parts(at_sum * inputs, at_sum * bias), bias_zero=parts(at_sum * inputs, 0),
                bias_no_bend=parts(at_sum * inputs, slope),
                no_slope=parts(bend(total) * inputs, bend(total)),
                value=parts(slope * leaky(total) * inputs, slope * leaky(total)),
                relu=parts(slope * (total > 0) * inputs, slope * (total > 0)),
                without_bias=parts(slope * bend(total - bias) * inputs, slope * bend(total - bias)),
                **({"zero": parts(slope * inputs, slope)} if total == 0 else {}))


def logit_gradient(logits, label):
    logits = np.array(logits, dtype=float)
    powers = np.exp(logits - logits.max())
    p, one_hot = powers / powers.sum(), np.eye(len(logits))[label]
    wrong = {}
    with np.errstate(all="ignore"):
        plain = np.exp(logits) / np.exp(logits).sum()
    if not np.isfinite(plain).all():
        wrong["overflow"] = plain - one_hot
    return case(logits=logits, label=label, expected=p - one_hot, probabilities=p,
                reversed=one_hot - p, only_label=one_hot * (p - 1), no_softmax=logits - one_hot,
                logarithms=logits - logits.max() - np.log(powers.sum()) - one_hot, one_hot=one_hot,
                divided=(p - one_hot) / len(logits), guess=p - np.eye(len(logits))[logits.argmax()],
                **wrong)


def hidden_gradient(errors, weights, sums):
    errors, weights, sums = np.array(errors, float), np.array(weights, float), np.array(sums, float)
    back = errors @ weights
    wrong = {}
    if weights.shape[0] == weights.shape[1]:
        wrong["turned"] = bend(sums) * (weights @ errors)
    if (sums == 0).any():
        wrong["zero"] = np.where(sums >= 0, 1, 0.01) * back
    return case(errors=errors, weights=weights, sums=sums, expected=bend(sums) * back, no_bend=back,
                value=leaky(sums) * back, first=bend(sums) * errors[0] * weights[0],
                relu=(sums > 0) * back, bent=leaky(back), mean=bend(sums) * back / len(errors),
                no_errors=bend(sums) * weights.sum(0), reversed=np.where(sums > 0, 0.01, 1) * back,
                times_sums=sums * back, **wrong)


def lit_sum(pixels, weights, bias, nan=()):
    pixels, weights = np.array(pixels, dtype=float), np.array(weights, dtype=float)
    lit = pixels != 0
    weights[[not light for light in lit]] = np.nan
    weights[list(nan)] = np.nan
    total = pixels[lit] @ weights[lit]
    return case(pixels=pixels, weights=weights, bias=bias, expected=total + bias, everything=np.nan,
                no_bias=total, weights_only=weights[lit].sum() + bias, full=weights[pixels == 1].sum() + bias,
                pixels_only=pixels.sum() + bias, bias_each=total + lit.sum() * bias,
                skipped_nan=np.nansum(pixels * weights) + bias)


def caught_up(weight, velocity, rate, momentum, missed):
    powers = momentum ** np.arange(missed + 1.0)
    final, way = velocity * powers[-1], velocity * powers[1:].sum()
    return case(weight=weight, velocity=velocity, learning_rate=rate, momentum=momentum, missed=missed,
                expected=[weight - rate * way, final], broken=[weight - rate * final, final],
                early=[weight - rate * velocity * powers[:-1].sum(), final],
                constant=[weight - rate * velocity * missed, velocity],
                constant_slowed=[weight - rate * velocity * missed, final],
                final_each=[weight - rate * final * missed, final],
                kept=[weight - rate * way, velocity], still=[weight, final], skipped=[weight, velocity],
                uphill=[weight + rate * way, final], no_rate=[weight - way, final],
                all_powers=[weight - rate * velocity * powers.sum(), final])


def image(size):
    """Pixels as of a digit: four of five are dark."""
    return np.where(random.random(size) < 0.2, np.ceil(random.random(size) * 8) / 8, 0)


print_cases({
    "speedup": [speedup([0.5, 4, 3.5, 2], 1, 4), speedup([1, 9], 1, 1e9), speedup([3, 1], 0, 3),
                speedup([32, 407, 422, 139], 3, 2), speedup([5, 5], 1, 1), speedup([1, 2, 5], 2, 0.5),
                speedup([7], 0, 10)],
    "neuron_gradient": [neuron_gradient([2, 5], [3, -2], 0.5, 4), neuron_gradient([2, 1], [3, 4], 0.5, -3),
                        neuron_gradient([1, 2], [2, -1], 0, 5), neuron_gradient([1], [3], -4, 0.5),
                        neuron_gradient([-1, 0], [2, 1], 3, 0.5),
                        neuron_gradient(rounded(8), rounded(8), 0.25, 1.5),
                        neuron_gradient(rounded(50), rounded(50), -0.5, -0.75)],
    "logit_gradient": [logit_gradient([2, 1, -1], 1), logit_gradient([0, 0], 0), logit_gradient([5], 0),
                       logit_gradient([1000, 998, 0], 2), logit_gradient(rounded(10) * 2, 7)],
    "hidden_gradient": [hidden_gradient([1, -2], [[3, 1], [0.5, 2]], [4, -1]),
                        hidden_gradient([2], [[-3, 1, 4]], [0, 0.5, -2]),
                        hidden_gradient([0.5, -1, 0.25], [[2], [4], [-1]], [3]),
                        hidden_gradient(rounded(10), rounded(10, 10), rounded(10)),
                        hidden_gradient(rounded(10), rounded(10, 49), rounded(49))],
    "lit_sum": [lit_sum([0.5, 0, 1], [4, 0, 3], 1.5), lit_sum([0, 0], [1, 1], 0.5),
                lit_sum([1, 0.25, 0], [2, 8, 0], -1, nan=[1]), lit_sum([0, 0.001], [0, 1000], 0),
                lit_sum(image(196), rounded(196), 0.75)],
    "caught_up": [caught_up(1, 2, 0.1, 0.5, 3), caught_up(1, 2, 0.1, 0.5, 1), caught_up(1, 2, 0.1, 0.5, 0),
                  caught_up(-0.5, -4, 0.25, 0.9, 10), caught_up(3, 8, 0.5, 0, 4),
                  caught_up(0, 1, 1, 0.99, 2000)],
})
