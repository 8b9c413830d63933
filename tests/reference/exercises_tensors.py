"""Computes with numpy, in 64-bit floats, what the checks of the exercises on tensors expect, and
what usual mistakes give.

Prints JSON; stored by
    python tests/reference/exercises_tensors.py > src/exercises/reference/tensors.json
"""

import numpy as np

from exercises_support import case, print_cases, quarters

random = np.random.default_rng(0)
some = quarters(random, 8)


def row_means(table):
    rows = len(table)
    table = np.array(table)
    return case(table=table, means=table.mean(1), columns=table.mean(0), sums=table.sum(1),
                by_rows=table.sum(1) / rows, kept=table.mean(1, keepdims=True),
                overall=table.mean(), largest=table.max(1))


def centred_rows(table):
    table = np.array(table)
    means = table.mean(1)
    wrong = {"broken": table - means} if table.shape[0] == table.shape[1] else {}
    return case(table=table, centred=table - means[:, None], columns=table - table.mean(0),
                overall=table - table.mean(), sums=table - table.sum(1)[:, None],
                added=table + means[:, None], reversed=means[:, None] - table, **wrong)


def rows_of_group(table, groups, group):
    table, groups = np.array(table), np.array(groups)
    places = np.flatnonzero(groups == group)
    wrong = {}
    if 0 < len(places) < len(groups):
        wrong = {"places": places, "first": table[places[:1]], "one_row": table[places[0]],
                 "others": table[groups != group], "next": table[(places + 1) % len(groups)],
                 "zeroed": table * (groups == group)[:, None], "picked": groups[places],
                 "number": table[[group]] if group < len(table) else table[:0]}
        wrong = {name: value for name, value in wrong.items() if np.size(value)}
    # An empty list would not tell that it has columns.
    rows = {"rows": table[places]} if len(places) else {}
    return case(table=table, groups=groups, group=group, **rows, **wrong)


def shrink(table):
    table = np.array(table)
    height, width = table.shape[0] // 2, table.shape[1] // 2
    blocks = table.reshape(height, 2, width, 2)
    return case(table=table, small=blocks.mean((1, 3)), sums=blocks.sum((1, 3)),
                corners=table[::2, ::2], quarter=table[:height, :width],
                strips=table.reshape(height, width, 4).mean(2), largest=blocks.max((1, 3)),
                overlaid=table.reshape(2, height, 2, width).mean((0, 2)),
                rows_only=blocks.mean(1).reshape(height, -1),
                columns_only=table.reshape(-1, width, 2).mean(2), halved=blocks.sum((1, 3)) / 2)


def standardise(table):
    table = np.array(table)
    centred = table - table.mean(0)
    spread = np.sqrt((centred**2).mean(0))
    with np.errstate(all="ignore"):
        divided = centred / spread
        across = table - table.mean(1)[:, None]
        wrong = {"nan": divided, "not_centred": table / spread, "only_centred": centred,
                 "variance": centred / spread**2, "fewer": centred / table.std(0, ddof=1),
                 "rows": across / table.std(1)[:, None],
                 "overall": (table - table.mean()) / table.std(),
                 "sums": centred / np.sqrt((centred**2).sum(0))} if len(table) > 1 else {
                     "nan": divided}
    if not np.isnan(divided).any():
        wrong.pop("nan")
    wrong = {name: value for name, value in wrong.items() if not np.isinf(value).any()}
    standard = np.where(spread > 0, divided, 0)
    return case(table=table, standard=standard, **wrong)


def without_row(table, row):
    table = np.array(table)
    blank, others, column = table.copy(), np.zeros_like(table), table.copy()
    blank[row] = 0
    others[row] = table[row]
    if row < table.shape[1]:
        column[:, row] = 0
    wrong = {"removed": np.delete(table, row, 0)} if len(table) > 1 else {}
    return case(table=table, row=row, blank=blank, one_row=blank[row], kept_row=blank[row][None],
                others=others, column=column, same=table, **wrong)


print_cases({
    "row_means": [row_means([[1, 2, 6], [4, 5, 9]]), row_means([[0, 4], [6, -2]]),
                  row_means([[2, 4, 6, 8]]), row_means([[5], [-1.5], [2]]), row_means([[7]]),
                  row_means(some(5, 7)), row_means(some(12, 3))],
    "centred_rows": [centred_rows([[1, 2, 6], [4, 4, 7], [0, -3, 3]]),
                     centred_rows([[1, 2, 3], [4, 5, 9]]), centred_rows([[4]]),
                     centred_rows([[2, 2, 2]]), centred_rows([[1], [3]]),
                     centred_rows(some(6, 6)), centred_rows(some(7, 4))],
    "rows_of_group": [rows_of_group([[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]], [2, 0, 2, 1, 0], 2),
                      rows_of_group([[1, 2], [3, 4], [5, 6]], [2, 0, 2], 0),
                      rows_of_group([[1, 2], [3, 4], [5, 6]], [2, 0, 2], 7),
                      rows_of_group([[3, 4], [1, 2]], [5, 5], 5), rows_of_group([[3]], [0], 0),
                      *(rows_of_group(some(40, 6), random.integers(0, 10, 40), group)
                        for group in (0, 3, 9))],
    "shrink": [shrink([[1, 3, 10, 20], [5, 7, 30, 60]]),
               shrink([[1, 3, 10, 20], [5, 7, 30, 60], [0, 2, 4, 4], [8, -2, 4, 8]]),
               shrink([[1, 2], [3, 6]]), shrink([[1, 2, 3, 4, 5, 6], [9, 8, 7, 6, 5, 4]]),
               shrink([[1, 2], [3, 4], [5, 6], [9, 9]]), shrink(some(6, 10)), shrink(some(8, 8))],
    "standardise": [standardise([[1, 10], [3, 10], [5, 30], [7, 30]]),
                    standardise([[1, 5], [2, 5], [6, 5]]), standardise([[3, -4]]),
                    standardise([[0, 0], [0, 1]]), standardise(some(9, 4)),
                    standardise(1000 * some(5, 3))],
    "without_row": [without_row([[1, 2], [3, 4], [5, 6]], 1), without_row([[1, 2, 3]], 0),
                    without_row([[1, 2], [3, 4], [5, 6]], 2), without_row([[4, 5], [6, 7]], 0),
                    without_row(some(8, 5), 6)],
})
