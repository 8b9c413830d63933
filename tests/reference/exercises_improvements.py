"""Computes with numpy, in 64-bit floats, what the checks of the exercises on improvements expect,
and what usual mistakes give.

Prints JSON; stored by
    python tests/reference/exercises_improvements.py > src/exercises/reference/improvements.json
"""

import numpy as np

from exercises_support import case, print_cases

random = np.random.default_rng(8)


def accuracies(count, around=97.0):
    """As readers see them: percent with two decimals."""
    return np.round(around + random.normal(0, 0.4, count), 2)


def mean_and_spread(results):
    results = np.array(results, dtype=float)
    mean, spread = results.mean(), results.std(ddof=1)
    pairs = {"expected": spread, "population": results.std(), "variance": spread**2,
             "absolute": abs(results - mean).mean(), "range": np.ptp(results),
             "signed": 0, "of_mean": spread / np.sqrt(len(results)),
             "no_root": ((results - mean)**2).sum(), "not_divided": np.sqrt(((results - mean)**2).sum())}
    return case(results=results, swapped=[spread, mean], median=[np.median(results), spread],
                **{name: np.array([mean, second]) for name, second in pairs.items()})


def gain_in_spreads(before, after):
    before, after = np.array(before, dtype=float), np.array(after, dtype=float)
    gain = after.mean() - before.mean()
    first, second = before.std(ddof=1), after.std(ddof=1)
    larger = max(first, second)
    return case(before=before, after=after, expected=gain / larger, difference=gain,
                reversed=-gain / larger, first=gain / first, second=gain / second,
                total=gain / (first + second), best=(after.max() - before.max()) / larger,
                worst=(after.min() - before.min()) / larger,
                population=gain / max(before.std(), after.std()),
                variance=gain / larger**2, multiplied=gain * larger, less=gain - larger,
                one_seed=(after[0] - before[0]) / larger,
                **({"absolute": abs(gain) / larger} if gain < 0 else {}))


def reported(held_out, test):
    held_out, test = [np.array(row, dtype=float) for row in held_out], np.array(test, dtype=float)
    means = np.array([row.mean() for row in held_out])
    chosen = means.argmax()
    return case(held_out=held_out, test=test, expected=test[chosen], best_test=test.max(),
                held_out_mean=means.max(), place=chosen, first=test[0],
                lucky=test[np.argmax([row.max() for row in held_out])],
                sums=test[np.argmax([row.sum() for row in held_out])],
                one_seed=test[np.argmax([row[0] for row in held_out])],
                least=test[means.argmin()], mean=test.mean(),
                steady=test[np.argmin([np.ptp(row) for row in held_out])])


def cosine_rates(first, epochs):
    share = np.arange(epochs) / epochs
    wrong = {"to_zero": first * (1 + np.cos(np.pi * np.arange(epochs) / (epochs - 1))) / 2} \
        if epochs > 1 else {}
    return case(first=first, epochs=epochs, expected=first * (1 + np.cos(np.pi * share)) / 2,
                line=first * (1 - share), quarter=first * np.cos(np.pi / 2 * share),
                from_one=first * (1 + np.cos(np.pi * (share + 1 / epochs))) / 2,
                whole_wave=first * (1 + np.cos(2 * np.pi * share)) / 2,
                degrees=first * (1 + np.cos(180 * share)) / 2, negative=first * np.cos(np.pi * share),
                doubled=first * (1 + np.cos(np.pi * share)),
                rising=first * (1 - np.cos(np.pi * share)) / 2,
                no_first=(1 + np.cos(np.pi * share)) / 2,
                one_more=first * (1 + np.cos(np.pi * np.arange(epochs + 1) / epochs)) / 2, **wrong)


def dropout(hidden, numbers, probability):
    hidden, numbers = np.array(hidden, dtype=float), np.array(numbers, dtype=float)
    out = numbers < probability
    kept = np.where(out, 0, hidden)
    wrong = {}
    if probability > 0:
        wrong = {"broken": kept, "smaller": kept * (1 - probability), "by_p": kept / probability,
                 "grown": kept * (1 + probability),
                 "reversed": np.where(out, hidden, 0) / (1 - probability),
                 "reversed_by_p": np.where(out, hidden, 0) / probability,
                 "reversed_only": np.where(out, hidden, 0),
                 "all": hidden / (1 - probability),
                 "edge": np.where(numbers <= probability, 0, hidden) / (1 - probability)}
        if out.any():
            wrong["removed"] = hidden[~out] / (1 - probability)
        if not out.all():
            wrong["counted"] = kept * len(hidden) / (~out).sum()
    return case(hidden=hidden, random=numbers, probability=probability,
                expected=kept / (1 - probability), **wrong)


def frontier(seconds, accuracies):
    seconds, accuracies = np.array(seconds, dtype=float), np.array(accuracies, dtype=float)
    places = range(len(seconds))

    def unbeaten(beats):
        return [a for a in places if not any(beats(b, a) for b in places)]

    def beats(a, b):
        return (seconds[a] <= seconds[b] and accuracies[a] >= accuracies[b]
                and (seconds[a] < seconds[b] or accuracies[a] > accuracies[b]))

    found = unbeaten(beats)
    earlier = unbeaten(lambda a, b: beats(a, b) or
                       (a < b and seconds[a] == seconds[b] and accuracies[a] == accuracies[b]))
    wrong = {"behind": [place for place in places if place not in found],
             "ends": sorted({int(seconds.argmin()), int(accuracies.argmax())}),
             "strict": unbeaten(lambda a, b: seconds[a] < seconds[b] and accuracies[a] > accuracies[b]),
             "reversed": unbeaten(lambda a, b: seconds[a] >= seconds[b] and accuracies[a] <= accuracies[b]
                                  and (seconds[a] > seconds[b] or accuracies[a] < accuracies[b])),
             "slow": unbeaten(lambda a, b: seconds[a] >= seconds[b] and accuracies[a] >= accuracies[b]
                              and (seconds[a] > seconds[b] or accuracies[a] > accuracies[b])),
             "itself": [], "twins": unbeaten(lambda a, b: a != b and seconds[a] <= seconds[b]
                                             and accuracies[a] >= accuracies[b]),
             "one_twin": earlier, "sorted": sorted(found, key=lambda place: (seconds[place], place)),
             "by_accuracy": sorted(found, key=lambda place: (-accuracies[place], place))}
    return case(seconds=seconds, accuracies=accuracies, expected=np.array(found),
                **{name: np.array(value) for name, value in wrong.items()})


print_cases({
    "mean_and_spread": [mean_and_spread(results) for results in
                        ([97.0, 97.5, 97.1], [1, 3], [5, 5, 5, 5], [-2, 0, 1, 5], accuracies(10),
                         accuracies(50))],
    "gain_in_spreads": [gain_in_spreads([97.1, 97.0, 97.2], [97.7, 97.2, 97.9]),
                        gain_in_spreads([96.5, 97.7, 97.1], [97.0, 97.1]),
                        gain_in_spreads([98, 98.5], [97, 97.2, 97.4]),
                        gain_in_spreads([1, 2, 3], [3, 2, 1]),
                        gain_in_spreads(accuracies(10), accuracies(8, 98))],
    "reported": [reported([[97.0, 97.4], [98.7, 97.1], [98.0, 98.3], [96.5, 96.6], [97.5, 97.9]],
                          [97.1, 97.3, 97.2, 96.9, 97.6]),
                 reported([[98.1, 98.1, 98.1], [97.0, 97.5, 98.2, 97.7]], [97.2, 97]),
                 reported([[50]], [40]),
                 reported([accuracies(5) for _ in range(18)], accuracies(18, 96.5))],
    "cosine_rates": [cosine_rates(0.4, 3), cosine_rates(1, 1), cosine_rates(8, 2),
                     cosine_rates(0.2, 6), cosine_rates(0.1, 18)],
    "dropout": [dropout([2, -1, 4, 3], [0.7, 0.1, 0.9, 0.3], 0.2),
                dropout([2, -1, 4, 3], [0.7, 0.1, 0.9, 0.3], 0), dropout([1, 2], [0.25, 0.2], 0.25),
                dropout([3, 5], [0.1, 0.4], 0.75), dropout([6, -3], [0.8, 0.9], 0.5),
                dropout(np.round(random.normal(size=49), 3), np.round(random.random(49), 4), 0.2)],
    "frontier": [frontier([4, 1, 2, 6, 3], [98, 96, 97.5, 97, 97.2]), frontier([5], [90]),
                 frontier([2, 2, 3, 3], [97, 98, 98, 99]), frontier([2, 1, 2, 3], [98, 97, 98, 97.5]),
                 frontier([1, 2, 3], [98, 97, 96]), frontier([3, 2, 1], [98, 97, 96]),
                 frontier(np.round(random.uniform(0.5, 30, 40), 1), accuracies(40))],
})
