#!/usr/bin/env python3
"""The course's training in PyTorch, to be timed beside this project's.

    pytorch.py --data FOLDER --feed memory|dataset --epochs N --threads N --seed N

Needs torch and numpy. Two ways of feeding the same network:

memory   the whole set as one tensor, put in a new order each epoch and cut into batches:
         what a careful PyTorch user writes.
dataset  a Dataset behind a DataLoader, one image at a time, which is how most courses begin.
         torchvision is not needed: each image has the work of its `ToTensor` (copy, add the
         channel, make floats, divide by 255) but is spared the way through Pillow, so
         torchvision's own MNIST takes a little longer than this.

Prints one JSON line an epoch: seconds of training alone, mean loss, accuracy on the test images.
"""

import argparse
import gzip
import json
import pathlib
import time

import numpy
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

BATCH = 30


def read(folder, name, header):
    """What follows the header of a file that `cargo xtask bench` has checked before."""
    packed = folder / f"{name}.gz"
    content = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / name).read_bytes()
    return numpy.frombuffer(content[header:], numpy.uint8).copy()


def load(folder, name):
    """Pixels `[n, 28, 28]` as bytes, labels `[n]`."""
    pixels = read(folder, f"{name}-images-idx3-ubyte", 16).reshape(-1, 28, 28)
    return pixels, torch.from_numpy(read(folder, f"{name}-labels-idx1-ubyte", 8)).long()


def as_rows(pixels):
    """`[n, 784]`, 0 background, 1 full ink."""
    return torch.from_numpy(pixels).view(-1, 784).float() / 255


class OneByOne(Dataset):
    """One image at a time, as torchvision's MNIST with `ToTensor` gives it."""

    def __init__(self, pixels, labels):
        self.pixels, self.labels = torch.from_numpy(pixels), labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = numpy.array(self.pixels[index].numpy(), copy=True)[:, :, None]
        image = torch.from_numpy(image.transpose((2, 0, 1))).contiguous()
        return image.to(torch.get_default_dtype()).div(255), int(self.labels[index])


def from_memory(images, labels):
    """The batches of one epoch."""
    order = torch.randperm(len(images))
    images, labels = images[order], labels[order]
    for start in range(0, len(images), BATCH):
        yield images[start : start + BATCH], labels[start : start + BATCH]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--feed", choices=["memory", "dataset"], default="memory")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)

    pixels, labels = load(options.data, "train")
    test_pixels, test_labels = load(options.data, "t10k")
    test_images = as_rows(test_pixels)
    if options.feed == "memory":
        images = as_rows(pixels)
    else:
        loader = DataLoader(OneByOne(pixels, labels), batch_size=BATCH, shuffle=True)

    network = nn.Sequential(
        nn.Linear(784, 490), nn.LeakyReLU(), nn.Linear(490, 10), nn.LogSoftmax(dim=1)
    )
    loss_of = nn.NLLLoss()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.003, momentum=0.9)
    for epoch in range(1, options.epochs + 1):
        started, losses = time.perf_counter(), []
        feed = from_memory(images, labels) if options.feed == "memory" else loader
        for batch, truth in feed:
            optimizer.zero_grad()
            loss = loss_of(network(batch.view(len(batch), 784)), truth)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        seconds = time.perf_counter() - started
        with torch.no_grad():
            right = (network(test_images).argmax(1) == test_labels).float().mean().item()
        line = {"epoch": epoch, "seconds": seconds, "loss": sum(losses) / len(losses), "accuracy": right}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
