"""Computes with numpy, in 64-bit floats, what the checks of the exercises on the data expect, and
what usual mistakes give.

Prints JSON; stored by
    python tests/reference/exercises_data.py > src/exercises/reference/data.json
"""

import numpy as np

from exercises_support import case, print_cases

random = np.random.default_rng(1)


def some(*shape):
    """Random pixels from 0 to 1 that JSON, readers and 32-bit floats hold exactly."""
    return random.integers(0, 9, shape) / 8


def scaled(pixels):
    pixels = np.array(pixels)
    return case(bytes=pixels, pixels=pixels / 255, broken=pixels // 255, by_256=pixels / 256,
                reversed=1 - pixels / 255, ink=pixels > 0, not_divided=pixels)


def mean_images(images, labels):
    images, labels = np.array(images), np.array(labels)
    counts = np.bincount(labels, minlength=10)[:, None]
    sums = np.array([images[labels == digit].sum(0) for digit in range(10)])
    means = sums / np.maximum(counts, 1)
    last = np.zeros_like(means)
    last[labels] = images
    with np.errstate(all="ignore"):
        nan = {"nan": sums / counts} if (counts == 0).any() else {}
    seen = {"only_seen": means[counts[:, 0] > 0]} if (counts == 0).any() else {}
    return case(images=images, labels=labels, means=means, sums=sums, by_all=sums / len(images),
                last=last, by_ten=sums / 10, **nan, **seen)


def nearest(images, labels, image):
    images, labels, image = np.array(images), np.array(labels), np.array(image)
    differences = images - image
    distances = (differences**2).sum(1)
    best = int(distances.argmin())
    # Two equally near ones would make two answers right.
    assert (distances == distances[best]).sum() == 1
    return case(images=images, labels=labels, image=image, label=labels[best], place=best,
                signed=labels[differences.sum(1).argmin()],
                signed_the_other_way=labels[differences.sum(1).argmax()],
                cancelled=labels[np.abs(differences.sum(1)).argmin()],
                absolute=labels[np.abs(differences).sum(1).argmin()],
                farthest=labels[distances.argmax()], product=labels[(images @ image).argmax()])


def first_nearest():
    """Few images that tell the mistakes apart."""
    while True:
        images, image = some(6, 2), some(2)
        labels = random.permutation(np.arange(10))[:6]
        distances = ((images - image)**2).sum(1)
        if (distances == distances.min()).sum() > 1:
            continue
        found = nearest(images, labels, image)
        names = ("label", "signed", "signed_the_other_way", "cancelled", "absolute", "farthest",
                 "place")
        if len({found[name] for name in names}) == 7 and found["product"] != found["label"]:
            return found


def accuracy(guesses, labels):
    guesses, labels = np.array(guesses), np.array(labels)
    right = (guesses == labels).sum()
    share = right / len(labels)
    return case(guesses=guesses, labels=labels, accuracy=share, wrong=1 - share,
                percent=100 * share, count=right, whole=right // len(labels),
                same_place=(np.sort(guesses) == np.sort(labels)).mean())


def baseline(train, test):
    train, test = np.array(train), np.array(test)
    counts = np.bincount(train, minlength=10)
    digit = counts.argmax()
    # Two equally frequent digits would make two answers right.
    assert (counts == counts[digit]).sum() == 1
    share = (test == digit).mean()
    return case(train=train, test=test, accuracy=share,
                of_test=np.bincount(test).max() / len(test), of_train=counts[digit] / len(train),
                digit=digit, count=(test == digit).sum(), guess=0.1, percent=100 * share)


def batch(images, order, number, size):
    images, order = np.array(images), np.array(order)
    start = number * size
    places = order[start:start + size]
    wrong = {"broken": images[order[number:number + size]],
             "unshuffled": images[start:start + size], "first": images[order[:size]], "full": images[order[-size:]],
             "places": places}
    if number == 0:
        wrong.pop("broken")
    return case(images=images, order=order, number=number, size=size, batch=images[places], **wrong)


seven = [[0], [10], [20], [30], [40], [50], [60]]
shuffled = [3, 0, 6, 1, 5, 2, 4]
many, mixed = some(23, 4), random.permutation(23)
print_cases({
    "scaled": [scaled([0, 51, 255]), scaled([255]), scaled([0, 0]), scaled([1, 127, 128, 254]),
               scaled(random.integers(0, 256, 40))],
    "mean_images": [mean_images([[0.5], [1], [0.25], [0.6]], [3, 3, 0, 3]),
                    mean_images([[0.25, 1]], [9]),
                    mean_images(some(30, 4), [*range(10), *random.integers(0, 10, 20)]),
                    mean_images(some(12, 3), random.integers(2, 6, 12))],
    "nearest": [first_nearest(), nearest([[0.5, 0.5]], [4], [0, 1]),
                nearest([[0, 0], [1, 1]], [8, 2], [1, 1]),
                *(nearest(random.uniform(0, 1, (30, 8)).round(3), random.integers(0, 10, 30),
                          random.uniform(0, 1, 8).round(3)) for _ in range(5))],
    "accuracy": [accuracy([7, 2, 1, 0], [7, 2, 1, 4]), accuracy([5], [5]), accuracy([5], [6]),
                 accuracy([1, 2, 3], [3, 1, 2]), accuracy([9, 9, 9], [9, 0, 1]),
                 accuracy(random.integers(0, 3, 50), random.integers(0, 3, 50))],
    "baseline": [baseline([1, 0, 1, 2, 1], [0, 0, 0, 1, 2, 2, 1, 0]), baseline([5], [5, 5]),
                 baseline([4, 4, 0], [0, 9]), baseline([7, 0, 0], [0, 7, 7, 7, 0]),
                 baseline([*random.integers(0, 10, 80), *[6] * 9], random.integers(0, 10, 60))],
    "batch": [batch(seven, shuffled, 1, 3), batch(seven, shuffled, 0, 3),
              batch(seven, shuffled, 2, 3), batch(seven, shuffled, 4, 1),
              batch(seven, shuffled, 0, 7), batch(seven, shuffled, 0, 30),
              batch(many, mixed, 3, 5), batch(many, mixed, 4, 5)],
})
