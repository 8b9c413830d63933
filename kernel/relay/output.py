"""The text of cells, gathered into few messages and bounded.

Jupyter's server passes on a thousand messages a second and drops what follows, figures included; and a page
that is to show a million lines stands still.
"""
import time

# Seconds between two messages of one stream; characters of a stream that a cell shows; of its last ones, when
# there were more.
BETWEEN, MOST, LAST = 0.1, 1_000_000, 2_000


class Output:
    """What one cell after another has printed and nobody was told yet."""

    def __init__(self, tell):
        self.tell = tell
        self.cell, self.pending, self.due = None, {}, None

    def add(self, cell, name, text):
        if cell is not self.cell:
            self.flush()
            self.cell = cell
        if name == "stderr":
            text = cell.without_backtrace(text)
        room = max(0, MOST - cell.printed[name])
        cell.printed[name] += len(text)
        if len(text) > room:
            cell.tails[name] = (cell.tails.get(name, "") + text[room:])[-LAST:]
        if text[:room]:
            self.pending.setdefault(name, []).append(text[:room])
            self.due = self.due or time.monotonic() + BETWEEN

    def flush(self):
        pending, self.pending, self.due = self.pending, {}, None
        for name, parts in pending.items():
            self.tell(self.cell, name, "".join(parts))

    def end(self, cell):
        """Shows how much of a flood is missing, and how it ended."""
        self.flush()
        for name, tail in cell.tails.items():
            left_out = cell.printed[name] - MOST - len(tail)
            note = f"\n[{left_out:,} characters are left out here: a cell shows {MOST:,}]\n" if left_out else ""
            self.tell(cell, name, note + tail)
        cell.tails = {}
