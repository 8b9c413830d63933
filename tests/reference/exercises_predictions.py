"""Computes with numpy, in 64-bit floats, what the checks of the exercises on predictions expect.

Beside each expected value stands what usual mistakes give. `null` stands for NaN.

Prints JSON; stored by
    python tests/reference/exercises_predictions.py > src/exercises/reference/predictions.json
"""

import numpy as np

from exercises_support import print_cases

random = np.random.default_rng(7)


def ten():
    """Ten probabilities that add up to 1."""
    numbers = np.exp(2 * random.standard_normal(10))
    return np.round(numbers / numbers.sum(), 4)


def most_probable(probabilities, count):
    probabilities = np.array(probabilities)
    order = np.argsort(-probabilities, kind="stable")
    late = np.argsort(probabilities, kind="stable")[::-1]
    return {"probabilities": probabilities, "count": count, "digits": order[:count],
            "least": np.argsort(probabilities, kind="stable")[:count], "late_ties": late[:count],
            "by_digit": np.sort(order[:count]), "backwards": order[:count][::-1],
            "first_digits": np.arange(len(probabilities))[:count], "all": order,
            "ranks": np.argsort(order)[:count], "one_only": order[:1]}


def entropy(probabilities):
    p = np.array(probabilities, float)
    some = p[p > 0]
    right = (some * -np.log(some)).sum() + 0.0
    case = {"probabilities": p, "entropy": right, "negative": -right, "bits": right / np.log(2),
            "tens": right / np.log(10), "mean": right / len(p), "surprise": -np.log(p.max()),
            "rest": 1 - p.max(), "unequal": 1 - (p ** 2).sum()}
    if len(some) < len(p):
        case["nan"] = np.nan
    else:
        case["unweighted"] = -np.log(p).sum()
        case["mean_of_logs"] = -np.log(p).mean()
    return case


def moved(image, right, down):
    rows, columns = image.shape
    wide = np.zeros((3 * rows, 3 * columns))
    wide[rows + down:2 * rows + down, columns + right:2 * columns + right] = image
    return wide[rows:2 * rows, columns:2 * columns]


def shifted(image, by):
    image = np.array(image, float)
    smeared = moved(image, by, 0)
    smeared[:, :by] = image[:, :1]
    case = {"image": image, "by": by, "shifted": moved(image, by, 0),
            "broken": np.roll(image, by, 1), "left": moved(image, -by, 0),
            "left_around": np.roll(image, -by, 1), "down_around": np.roll(image, by, 0),
            "unchanged": image, "smeared": smeared, "blank": 0 * image,
            "wider": np.concatenate([np.zeros((len(image), by)), image], axis=1)}
    if by <= len(image):
        case["down"] = moved(image, 0, by)
    wrong = np.roll(image, by, 1)
    wrong[:, image.shape[1] - by:] = 0
    case["wrong_side"] = wrong
    return case


def centre_of_mass(image):
    image = np.array(image, float)
    rows, columns = np.indices(image.shape)
    middle = [(length - 1) / 2 for length in image.shape]
    sums, ink = np.array([(image * rows).sum(), (image * columns).sum()]), image.sum()
    centre = sums / ink if ink else middle
    case = {"image": image, "centre": centre, "swapped": centre[::-1], "undivided": sums,
            "by_pixels": sums / image.size, "from_one": np.array(centre) + 1, "middle": middle,
            "nan": sums / ink if ink else [np.nan, np.nan], "zero": centre if ink else [0, 0],
            "late_middle": centre if ink else [length / 2 for length in image.shape]}
    if ink:
        inked = np.argwhere(image > 0)
        case.update({"inked": inked.mean(axis=0),
                     "box": (inked.min(axis=0) + inked.max(axis=0)) / 2,
                     "darkest": np.unravel_index(image.argmax(), image.shape)})
    return case


def calibration_error(sure, right, bins):
    sure, right = np.array(sure, float), np.array(right, int)

    def gaps(places):
        """How many images each bin has, and how far its two means are apart."""
        counts, differences = [], []
        for place in range(bins):
            inside = places == place
            counts.append(inside.sum())
            differences.append(right[inside].mean() - sure[inside].mean() if inside.any() else 0)
        return np.array(counts), np.array(differences)

    counts, differences = gaps(np.ceil(sure * bins - 1e-9).astype(int) - 1)
    lower_counts, lower = gaps(np.floor(sure * bins + 1e-9).astype(int))
    kept = np.minimum(np.floor(sure * bins + 1e-9).astype(int), bins - 1)
    kept_counts, kept = gaps(kept)
    error = (counts * abs(differences)).sum() / len(sure)
    case = {"sure": sure, "right": right, "bins": bins, "error": error,
            "signed": (counts * differences).sum() / len(sure),
            "signed_other": -(counts * differences).sum() / len(sure),
            "mean_of_filled": abs(differences).sum() / (counts > 0).sum(),
            "mean_of_bins": abs(differences).sum() / bins, "sum": abs(differences).sum(),
            "counts": (counts * abs(differences)).sum(), "percent": 100 * error,
            "lower_edges": (kept_counts * abs(kept)).sum() / len(sure),
            "top_lost": (lower_counts * abs(lower)).sum() / len(sure),
            "largest": abs(differences).max(), "each": abs(right - sure).mean(),
            "by_bins": (counts * abs(differences)).sum() / bins}
    if (counts == 0).any():
        case["nan"] = np.nan
    return case


def image(rows, columns):
    """Ink in some pixels only."""
    ink = np.round(random.uniform(0, 1, (rows, columns)) * 16) / 16
    return np.where(random.uniform(size=(rows, columns)) < 0.3, ink, 0)


many = np.round(1 - 0.9 * random.uniform(size=150) ** 2, 3) - 0.0004
digit = np.zeros((12, 14))
digit[2:10, 3:11] = image(8, 8)
print_cases({
    "most_probable": [most_probable([0.1, 0.6, 0.05, 0.25], 2), most_probable([1.0], 1),
                      most_probable([0.2, 0.4, 0.4, 0.0], 2), most_probable(ten(), 3),
                      most_probable([0.25, 0.25, 0.25, 0.25], 3), most_probable(ten(), 10),
                      most_probable([0.3, 0.7], 5)],
    "entropy": [entropy([0.5, 0.25, 0.25]), entropy([1.0]), entropy([0.1] * 10),
                entropy([0.0, 1.0, 0.0]), entropy([0.5, 0.0, 0.5]), entropy(ten())],
    "shifted_right": [shifted([[1, 2, 3], [4, 5, 6]], 1), shifted([[1, 2, 3, 4]], 3),
                      shifted(image(4, 5), 0), shifted(image(3, 3), 3), shifted(digit, 5)],
    "centre_of_mass": [centre_of_mass([[0, 0, 0.25, 0.75], [0, 0, 0, 0], [0, 0, 0, 1]]),
                       centre_of_mass([[0.5, 0.5]]), centre_of_mass([[0.25]]),
                       centre_of_mass([[0, 0, 0], [0, 0, 0]]), centre_of_mass(digit)],
    "calibration_error": [calibration_error([0.9, 0.8, 0.7, 0.4], [1, 1, 0, 1], 2),
                          calibration_error([0.75], [0], 2),
                          calibration_error([1.0, 0.9], [1, 0], 5),
                          calibration_error([0.5, 0.5, 0.5, 1.0, 0.625], [1, 0, 0, 1, 1], 2),
                          calibration_error(many, random.uniform(size=150) < many - 0.1, 10)],
})
