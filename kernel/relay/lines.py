"""Finds, in what a cell prints, the lines that are meant for evcxr or for the relay."""
import re

COMPLETE, PANIC = b"EVCXR_EXECUTION_COMPLETE\n", b"EVCXR_PANIC_NOTIFICATION\n"
BEGIN, END = b"EVCXR_BEGIN_CONTENT ", b"EVCXR_END_CONTENT\n"
INPUT = b"EVCXR_INPUT_REQUEST"
# Bytes: what would be a longer order is text.
LONGEST = 1 << 25


class Lines:
    """Splits bytes into text and orders: lines and blocks for evcxr, and lines that begin with the relay's mark.

    An order may follow text that has no line's end. Text passes at once; only what may become an order is kept.
    """

    def __init__(self, mark):
        names = [COMPLETE[:-1], PANIC[:-1], b"EVCXR_ERROR_OCCURRED", b"EVCXR_VARIABLE_CHANGED_TYPE:", INPUT, BEGIN, mark]
        starts = [re.escape(name[:length]) for name in names for length in range(len(name) - 1, 0, -1)]
        self.name = re.compile(b"|".join(map(re.escape, names)))
        self.start = re.compile(b"(?:" + b"|".join(starts) + rb")\Z")
        self.order = re.compile(
            rb"(?:EVCXR_(?:PANIC_NOTIFICATION|ERROR_OCCURRED|VARIABLE_CHANGED_TYPE:.*|INPUT_REQUEST(?:_PASSWORD)?:.*"
            rb"|BEGIN_CONTENT [^ ]+.*)|" + re.escape(mark) + rb".*)\n")
        self.longest, self.mark = max(map(len, names)), mark
        self.rest, self.block = bytearray(), None

    def feed(self, data):
        """What is complete now, as pairs: whether it is an order, and its bytes."""
        self.rest += data
        if b"\n" in data or not self.is_begun():
            data, self.rest = bytes(self.rest), bytearray()
            if self.is_begun() or self.named(data):
                *lines, data = data.split(b"\n")
                for line in lines:
                    yield from self.line(line + b"\n")
            at = self.order_in(data) if self.block is None else 0
            self.rest = bytearray(data[at:])
            yield False, data[:at]
        if len(self.rest) + len(self.block or b"") > LONGEST:
            yield False, self.release()

    def named(self, data):
        # Much faster than the expression, and most of what is printed has neither.
        return self.name.search(data) if b"EVCXR_" in data or self.mark in data else None

    def order_in(self, data):
        """Where in a line without its end an order begins, or may begin; else its length."""
        found = self.named(data) or self.start.search(data, max(0, len(data) - self.longest))
        return found.start() if found else len(data)

    def is_begun(self):
        """Whether what is kept is an order that lacks its end, and not only what may become one."""
        return self.block is not None or bool(self.name.match(self.rest))

    def line(self, line):
        if line.endswith(COMPLETE):
            # Whatever began before: a cell always ends.
            block, self.block = self.block or b"", None
            yield False, bytes(block) + line[:-len(COMPLETE)]
            yield True, COMPLETE
        elif self.block is not None:
            self.block += line
            if line in (END, PANIC):
                block, self.block = self.block, None
                yield True, bytes(block)
        elif found := self.order.search(line):
            yield False, line[:found.start()]
            if found[0].startswith(BEGIN):
                self.block = bytearray(found[0])
            else:
                yield True, found[0]
        else:
            yield False, line

    def release(self):
        """All that was kept; it is text."""
        kept = bytes((self.block or b"") + self.rest)
        self.rest, self.block = bytearray(), None
        return kept
