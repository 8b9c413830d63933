"""Computes with numpy, in 64-bit floats, what the checks of the exercises on convolution expect,
and what usual mistakes give.

Prints JSON; stored by
    python tests/reference/exercises_convolution.py > src/exercises/reference/convolution.json
"""

import numpy as np

from exercises_support import case, print_cases, quarters

random = np.random.default_rng(10)
rounded = quarters(random, 2)


def digit(height, width):
    """Pixels as of a digit: four of five are dark."""
    lit = random.random((height, width)) < 0.2
    return np.where(lit, np.ceil(random.random((height, width)) * 8) / 8, 0)


def slid(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijkl,kl->ij", windows, kernel)


def filtered(image, kernel, stride):
    image, kernel = np.array(image, dtype=float), np.array(kernel, dtype=float)
    size, step = len(kernel), (slice(None, None, stride), slice(None, None, stride))

    def one(row, column):
        """The products of one number of the filter alone."""
        only = np.zeros_like(kernel)
        only[row, column] = kernel[row, column]
        return slid(image, only)[step]
    result = slid(image, kernel)[step]
    wrong = {}
    if result.shape[0] != result.shape[1]:
        wrong["sides"] = result.T
    if min(result.shape) > 1:
        wrong["short"] = slid(image, kernel)[:-1, :-1][step]
    if size > 3:
        wrong["three"] = slid(image, kernel[:3, :3])[step]
    if stride > 1:
        wrong["all_places"] = slid(image, kernel)
        wrong["rows_only"] = slid(image, kernel)[::stride]
        wrong["columns_only"] = slid(image, kernel)[:, ::stride]
    return case(image=image, kernel=kernel, stride=stride, expected=result,
                turned_round=slid(image, kernel[::-1, ::-1])[step], turned=slid(image, kernel.T)[step],
                mirrored=slid(image, kernel[:, ::-1])[step], upside_down=slid(image, kernel[::-1])[step],
                border=slid(np.pad(image, size // 2), kernel)[step], zeros_round=np.pad(result, 1),
                corner=one(0, 0), last=one(size - 1, size - 1), mean=result / size**2, no_filter=slid(image, np.ones_like(kernel))[step],
                blank=np.zeros_like(result), **wrong)


def max_pooled(feature_map):
    numbers = np.array(feature_map, dtype=float)
    height, width = numbers.shape[0] // 2 * 2, numbers.shape[1] // 2 * 2
    whole = numbers[:height, :width]
    blocks = whole.reshape(height // 2, 2, width // 2, 2).swapaxes(1, 2)
    result = blocks.max((2, 3))
    windows = np.lib.stride_tricks.sliding_window_view(numbers, (2, 2))
    wrong = {}
    if numbers.shape != whole.shape:
        padding = [(0, numbers.shape[0] - height), (0, numbers.shape[1] - width)]
        wide = np.pad(numbers, padding, constant_values=-np.inf)
        wrong["border"] = wide.reshape(wide.shape[0] // 2, 2, -1, 2).max((1, 3))
    return case(feature_map=numbers, expected=result, from_zero=np.maximum(result, 0),
                mean=blocks.mean((2, 3)), sums=blocks.sum((2, 3)), least=blocks.min((2, 3)),
                size=abs(blocks).max((2, 3)), overlapping=windows.max((2, 3)),
                corner=whole[::2, ::2], rows=whole.reshape(numbers[:height].shape[0], -1, 2).max(2),
                columns=whole.reshape(-1, 2, whole.shape[1]).max(1), upper=blocks.max(3)[:, :, 0],
                left=blocks.max(2)[:, :, 0], overall=[[numbers.max()]], **wrong)


def output_side(side, kernel, stride, padding):
    free = side + 2 * padding - kernel
    return case(side=side, kernel=kernel, stride=stride, padding=padding, expected=free // stride + 1,
                padding_once=max(side + padding - kernel, 0) // stride + 1,
                no_padding=max(side - kernel, 0) // stride + 1, no_stride=free + 1,
                one_less=free // stride, divided=(free + 1) // stride, rounded_up=-(-free // stride) + 1,
                only_stride=side // stride, times=free * stride + 1)


def feature_map(channels, kernels, bias):
    channels, kernels = np.array(channels, dtype=float), np.array(kernels, dtype=float)
    maps = np.array([slid(channel, kernel) for channel, kernel in zip(channels, kernels)])
    return case(channels=channels, kernels=kernels, width=channels.shape[2], bias=bias,
                expected=maps.sum(0) + bias, no_bias=maps.sum(0), bias_each=maps.sum(0) + bias * len(maps),
                subtracted=maps.sum(0) - bias, mean=maps.mean(0) + bias, first=maps[0] + bias,
                last=maps[-1] + bias,
                one_kernel=np.array([slid(c, kernels[0]) for c in channels]).sum(0) + bias,
                crossed=np.array([slid(c, k) for c in channels for k in kernels]).sum(0) + bias,
                turned_round=np.array([slid(c, k[::-1, ::-1]) for c, k in zip(channels, kernels)]).sum(0)
                + bias, apart=np.concatenate(maps) + bias)


def parameter_counts(side, inputs, outputs, kernel):
    weights, biases = outputs * inputs * kernel**2, outputs
    go_in, come_out = inputs * side**2, outputs * side**2
    layer = go_in * come_out + come_out

    def convolution(count):
        return [count, layer]

    def linear(count):
        return [weights + biases, count]
    return case(side=side, inputs=inputs, outputs=outputs, kernel=kernel,
                expected=[weights + biases, layer], no_biases=[weights, go_in * come_out],
                convolution_no_bias=convolution(weights), linear_no_bias=linear(go_in * come_out),
                no_channels=convolution(outputs * kernel**2 + outputs),
                bias_each=convolution(outputs * inputs * (kernel**2 + 1)),
                one_bias=convolution(weights + 1), everywhere=convolution(weights * side**2 + biases),
                biases_everywhere=convolution(weights + biases * side**2),
                line=convolution(outputs * inputs * kernel + outputs),
                from_channels=linear(inputs * outputs + outputs), row=linear(inputs * side * outputs * side
                                                                            + outputs * side),
                one_image=linear(side**4 + side**2), few_biases=linear(go_in * come_out + outputs),
                to_channels=linear(go_in * outputs + outputs), swapped=[layer, weights + biases])


print_cases({
    "filtered": [filtered([[1, 2, 0, 3], [0, 1, 4, 1], [2, 0, 1, 5]], [[1, -2], [3, 0.5]], 1),
                 filtered([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [[0, 1, 0], [0, 0, 2], [-1, 0, 0]], 1),
                 filtered(rounded(3, 4), rounded(1, 1), 2), filtered(rounded(5, 3), rounded(3, 3), 1),
                 filtered(rounded(8, 7), rounded(5, 5), 1), filtered(rounded(4, 6), rounded(2, 2), 3),
                 filtered(digit(12, 12), rounded(3, 3), 2), filtered(digit(6, 14), [[-1, 0, 1]] * 3, 1)],
    "max_pooled": [max_pooled([[1, -2, -3, -1], [4, 0, -2, -5]]), max_pooled([[1, 2, 9], [3, 4, 7], [8, 6, 5]]),
                   max_pooled([[-1, -2], [-3, -4], [5, 6], [7, 8], [9, 9]]), max_pooled(rounded(6, 4)),
                   max_pooled(rounded(7, 10)), max_pooled(rounded(12, 12))],
    "output_side": [output_side(20, 5, 2, 5), output_side(28, 3, 1, 0), output_side(28, 3, 1, 1),
                    output_side(28, 2, 2, 0), output_side(7, 2, 2, 0), output_side(5, 5, 1, 0),
                    output_side(28, 5, 1, 2), output_side(224, 7, 2, 3), output_side(10, 3, 4, 0)],
    "feature_map": [feature_map([[[1, 2, 0], [0, 1, 0], [3, 0, 1]], [[0, 1, 1], [2, 0, 0], [1, 0, 2]]],
                                [[[1, 0, 0], [0, 2, 1], [0, 1, -1]], [[0, 3, 0], [1, 0, 1], [0, 0, 2]]], 0.5),
                    feature_map(rounded(1, 4, 5), rounded(1, 3, 3), -1.5),
                    feature_map(rounded(3, 3, 4), rounded(3, 3, 3), 2),
                    feature_map(rounded(8, 5, 7), rounded(8, 3, 3), -0.25)],
    "parameter_counts": [parameter_counts(4, 2, 3, 3), parameter_counts(28, 1, 16, 3),
                         parameter_counts(14, 16, 32, 3), parameter_counts(5, 3, 2, 5),
                         parameter_counts(1, 2, 4, 1), parameter_counts(32, 3, 8, 3)],
})
