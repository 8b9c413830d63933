"""Prints everything TensorBoard's own EventAccumulator finds in a run, a line a value.

    read_events.py FOLDER

Words are in hexadecimal, because tags may hold spaces and line breaks; so are floats.
The reader checks the checksum of every record.
"""

import struct
import sys

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.util import tensor_util


def line(kind, tag, event, *fields):
    print(kind, tag.encode().hex(), event.step, event.wall_time.hex(), *fields)


def numbers(array):
    return [float(number).hex() for number in array.ravel()]


def words(array):
    return [bytes(word).hex() for word in array.ravel()]


def main():
    everything = {kind: 0 for kind in event_accumulator.DEFAULT_SIZE_GUIDANCE}
    events = event_accumulator.EventAccumulator(sys.argv[1], everything)
    events.Reload()
    tags = events.Tags()
    for tag in tags["scalars"]:
        for event in events.Scalars(tag):
            line("scalar", tag, event, struct.pack(">f", event.value).hex())
    for tag in tags["images"]:
        for event in events.Images(tag):
            png = event.encoded_image_string.hex()
            line("image", tag, event, event.width, event.height, png)
    for tag in tags["tensors"]:
        plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
        for event in events.Tensors(tag):
            array = tensor_util.make_ndarray(event.tensor_proto)
            shape = "x".join(map(str, array.shape)) or "-"
            values = words(array) if array.dtype == object else numbers(array)
            line(plugin, tag, event, shape, array.dtype, *values)


main()
