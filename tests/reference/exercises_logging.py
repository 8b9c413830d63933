"""Computes with numpy, in 64-bit floats, what the checks of the exercises on logging expect.

Beside each expected value stands what usual mistakes give. `null` stands for NaN.

Prints JSON; stored by
    python tests/reference/exercises_logging.py > src/exercises/reference/logging.json
"""

import numpy as np

from exercises_support import print_cases

random = np.random.default_rng(6)


def falling(size):
    """Losses that fall and jump about."""
    return np.round(2 * np.exp(-np.arange(size) / 40) + random.uniform(0.1, 0.6, size), 3)


def running_mean(losses, window):
    losses = np.array(losses)

    def means(window):
        return np.array([losses[max(0, i + 1 - window):i + 1].mean() for i in range(len(losses))])

    ones = np.ones(window)
    case = {"losses": losses, "window": window, "means": means(window),
            "divided": np.convolve(losses, ones)[:len(losses)] / window,
            "one_more": means(window + 1), "all": means(len(losses)), "unchanged": losses,
            "ahead": [losses[i:i + window].mean() for i in range(len(losses))]}
    if window > 1:
        case["one_less"] = means(window - 1)
        case["without_own"] = [losses[max(0, i - window):i].mean() if i else np.nan
                               for i in range(len(losses))]
    if window <= len(losses):
        case["only_full"] = np.convolve(losses, ones, "valid") / window
        half = window // 2
        case["centred"] = [losses[max(0, i - half):i + half + 1].mean() for i in range(len(losses))]
        case["blocks"] = [losses[i:i + window].mean() for i in range(0, len(losses), window)]
    return case


def smooth(losses, weight, start):
    points, smoothed = [], start
    for loss in losses:
        smoothed = weight * smoothed + (1 - weight) * loss
        points.append(smoothed)
    return np.array(points)


def smoothed(losses, weight):
    losses = np.array(losses)
    broken = smooth(losses, weight, 0)
    before = np.append(losses[:1], losses[:-1])
    right = smooth(losses, weight, losses[0])
    return {"losses": losses, "weight": weight, "smoothed": right, "broken": broken,
            "debiased": broken / (1 - weight ** np.arange(1, len(losses) + 1)),
            "exchanged": smooth(losses, 1 - weight, losses[0]), "unchanged": losses,
            "raw": weight * before + (1 - weight) * losses,
            "from_mean": smooth(losses, weight, losses.mean()),
            "one_late": np.append(losses[:1], right[:-1])}


def fraction(part, all_of_them):
    return part / all_of_them if all_of_them else 0


def precision_and_recall(probabilities, labels, digit, threshold):
    probabilities, labels = np.array(probabilities), np.array(labels)

    def counts(taken, digit):
        return (taken & (labels == digit)).sum(), taken.sum(), (labels == digit).sum()

    def both(taken, digit=digit):
        found, all_taken, there = counts(taken, digit)
        return [fraction(found, all_taken), fraction(found, there)]

    taken = probabilities > threshold
    found, all_taken, there = counts(taken, digit)
    accuracy = (taken == (labels == digit)).mean()
    return {"probabilities": probabilities, "labels": labels, "digit": digit,
            "threshold": threshold, "result": both(taken), "swapped": both(taken)[::-1],
            "at_threshold": both(probabilities >= threshold),
            "nan": [found / all_taken if all_taken else np.nan,
                    found / there if there else np.nan],
            "one": [found / all_taken if all_taken else 1, found / there if there else 1],
            "of_all": [found / len(labels)] * 2, "accuracy": [accuracy] * 2,
            "precision_of_all": [found / len(labels), both(taken)[1]],
            "recall_of_all": [both(taken)[0], found / len(labels)],
            "below": both(~taken), "three": both(taken, 3), "half": both(probabilities > 0.5),
            "counts": [all_taken, found], "found": [found, found]}


def bin_counts(values, low, high, bins):
    values = np.array(values)
    counts = np.histogram(values, bins, (low, high))[0]
    top_lost = counts.copy()
    top_lost[-1] -= (values == high).sum()
    below, above = counts.copy(), counts.copy()
    below[0] += (values < low).sum()
    above[-1] += (values > high).sum()
    width = (high - low) / bins
    near = below.copy()
    near[0] = counts[0] + ((values < low) & (values > low - width)).sum()
    inside = values[(values >= low) & (values <= high)]
    own = np.histogram(values, bins)[0]
    return {"values": values, "low": low, "high": high, "bins": bins, "counts": counts,
            "top_lost": top_lost, "below": below, "above": above, "both": below + above - counts,
            "below_top_lost": below - counts + top_lost, "near": near,
            "near_top_lost": near - counts + top_lost, "own_range": own,
            "upper_edges": np.bincount(np.clip(np.ceil((inside - low) / width).astype(int) - 1, 0,
                                               bins - 1), minlength=bins),
            "extra_bin": np.append(top_lost, (values == high).sum()),
            "fractions": counts / len(values), "running": np.cumsum(counts)}


def best_epoch(losses):
    losses = np.array(losses, float)
    lowest = np.nanmin(losses)
    rises = np.flatnonzero(~(losses[1:] < losses[:-1]))
    case = {"losses": losses, "epoch": np.flatnonzero(losses == lowest)[0] + 1,
            "from_zero": np.flatnonzero(losses == lowest)[0], "last_epoch": len(losses),
            "last_tie": np.flatnonzero(losses == lowest)[-1] + 1,
            "highest": np.nanargmax(losses) + 1, "loss": lowest,
            "first_rise": rises[0] + 1 if len(rises) else len(losses)}
    if np.isnan(losses).any():
        case["nan"] = np.flatnonzero(np.isnan(losses))[0] + 1
        case["last_nan"] = np.flatnonzero(np.isnan(losses))[-1] + 1
    return case


def norm_of_all(tensors):
    tensors = [np.array(one, float) for one in tensors]
    case = {f"tensor_{place}": one for place, one in enumerate(tensors)}
    flat = np.concatenate([one.ravel() for one in tensors])
    norms = [np.sqrt((one ** 2).sum()) for one in tensors]
    case.update({"norm": np.sqrt((flat ** 2).sum()), "sum_of_norms": np.sum(norms),
                 "squares": (flat ** 2).sum(), "root_of_mean": np.sqrt((flat ** 2).mean()),
                 "signless": np.abs(flat).sum(), "sum": flat.sum(), "first": norms[0],
                 "last": norms[-1], "largest": max(norms), "root_of_sum": abs(flat.sum()),
                 "mean_of_norms": np.mean(norms), "root_of_norms": np.sqrt(np.sum(norms))})
    return case


def eighths(shape):
    return np.round(random.uniform(-1.5, 1.5, shape) * 8) / 8


nan = float("nan")
many = np.round(random.uniform(0, 1, 120), 3)
labels = np.where(random.uniform(size=120) < many, 7, random.integers(0, 10, 120))
print_cases({
    "running_mean": [running_mean([4.0, 2.0, 6.0, 8.0], 2), running_mean([1.5], 3),
                     running_mean([3.0, 1.0, 2.0], 1), running_mean([8.0, 4.0, 3.0], 5),
                     running_mean(falling(60), 24)],
    "smoothed": [smoothed([2.0, 1.0, 0.5], 0.75), smoothed([1.25], 0.9),
                 smoothed([3.0, 1.0, 2.0], 0.0), smoothed(falling(60), 0.95)],
    "precision_and_recall": [
        precision_and_recall([0.9, 0.8, 0.6, 0.7, 0.1], [3, 3, 3, 8, 3], 3, 0.65),
        precision_and_recall([0.5, 0.25, 0.75, 0.5], [8, 8, 8, 3], 8, 0.5),
        precision_and_recall([0.2, 0.4, 0.1], [1, 1, 5], 1, 0.9),
        precision_and_recall([0.7, 0.2, 0.1], [4, 2, 6], 0, 0.5),
        precision_and_recall([0.95], [5], 5, 0.9),
        precision_and_recall(many, labels, 7, 0.375)],
    "bin_counts": [bin_counts([0.0, 0.25, 0.75, 1.5, 1.75, 1.25], 0.0, 2.0, 4),
                   bin_counts([0.5, 1.0, 0.0, 1.0], 0.0, 1.0, 2),
                   bin_counts([-3.0, -0.125, 0.25, 0.5, 9.0, 1.125], 0.0, 1.0, 4),
                   bin_counts([0.5], -1.0, 1.0, 1), bin_counts([0.375], 0.0, 1.0, 8),
                   bin_counts(eighths(200), -1.0, 1.0, 8)],
    "best_epoch": [best_epoch([0.9, 0.5, 0.7]), best_epoch([0.4]),
                   best_epoch([0.9, 0.4, 0.6, 0.3, 0.5]), best_epoch([0.9, 0.4, 0.6, 0.4, 0.7]),
                   best_epoch([0.8, 0.6, 1.9, nan, nan]),
                   best_epoch(np.append(falling(60), [0.05, 0.3]))],
    "norm_of_all": [norm_of_all([[3.0], [4.0]]), norm_of_all([[-2.0, 1.0, 2.0]]),
                    norm_of_all([[[1.0, -1.0], [1.0, 1.0]], [0.0, 0.0]]),
                    norm_of_all([eighths((4, 6)), eighths(4), eighths((2, 4)), eighths(2)])],
})
