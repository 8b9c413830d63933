#!/usr/bin/env python3
"""Draws notebooks/drawings/example.png: a 5 of two strokes, through points chosen by hand, with a
tremble and a pen that is pressed more and less. No person drew it."""

import math
import pathlib
import random

from PIL import Image, ImageDraw

FILE = pathlib.Path(__file__).parents[2] / "notebooks" / "drawings" / "example.png"
SIDE = 280
FINE = 4  # drawn so many times larger, then reduced: smooth edges
BODY = [(121, 62), (113, 92), (105, 128), (128, 119), (160, 124), (181, 149), (176, 186), (150, 214), (116, 217), (88, 199)]
ROOF = [(118, 64), (150, 67), (193, 58)]


def curve(points, steps=40):
    """A smooth line through points: Catmull-Rom."""
    points = [points[0], *points, points[-1]]
    for a, b, c, d in zip(points, points[1:], points[2:], points[3:]):
        for t in (step / steps for step in range(steps)):
            yield tuple(
                (2 * b[i] + (c[i] - a[i]) * t + (2 * a[i] - 5 * b[i] + 4 * c[i] - d[i]) * t**2
                 + (3 * b[i] - a[i] - 3 * c[i] + d[i]) * t**3) / 2
                for i in (0, 1)
            )
    yield points[-1]


def stroke(draw, points, width):
    a, b, c = (random.uniform(0, 6) for _ in range(3))
    for i, (x, y) in enumerate(curve(points)):
        x += 1.2 * math.sin(i / 9 + a)
        y += 1.2 * math.sin(i / 7 + b)
        radius = (width + 1.6 * math.sin(i / 17 + c)) / 2
        box = [x - radius, y - radius, x + radius, y + radius]
        draw.ellipse([FINE * value for value in box], fill=0)


random.seed(5)
page = Image.new("L", (SIDE * FINE, SIDE * FINE), 255)
draw = ImageDraw.Draw(page)
stroke(draw, BODY, 20)
stroke(draw, ROOF, 19)
FILE.parent.mkdir(exist_ok=True)
page.resize((SIDE, SIDE), Image.Resampling.LANCZOS).quantize(16).save(FILE, optimize=True)
