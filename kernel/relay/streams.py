"""The pipes of the process in which cells run, once it has handed them over.

evcxr reads what a cell prints line by line: it stops for ever at a byte that is no UTF-8, shows no line without
its end, and gives a cell nothing to read. So that process connects to the socket `streams` in the relay's folder
and sends five file descriptors with a byte: the far ends of three pipes that are to be its standard input, output
and errors, and those by which evcxr reached it, its standard input and output. It changes over when a byte comes
back. From then on the relay stands between evcxr and the process, and publishes what cells print.

Each byte that the relay sends then is a request: 0 asks whether a thread waits for standard input, to be answered
by a byte, 1 or 0; another number has the process flush standard output and print the order `{"mark": NUMBER}`.
The socket's end is the process's, even where children of it hold the pipes.
"""
import codecs
import contextlib
import os
import re
import socket
import time

import zmq
from lines import COMPLETE, INPUT, Lines

# Seconds: how long a mark is waited for, on a busy machine too; how long the next ones are where a cell has kept
# the lock of standard output, so that none comes; how often it is asked whether a cell waits for input; after
# which what may be the beginning of an order is shown.
PATIENCE, LOCKED, ASK, SHOW = 2.0, 0.05, 0.3, 0.1
# Bytes read at a time, and how many times at most where a thread may print for ever.
CHUNK, TIMES = 1 << 16, 32


class Streams:
    """Waits for the process and, when that has ended, for the one that takes its place."""

    def __init__(self, relay, folder, mark):
        self.relay, self.mark, self.process = relay, mark.encode(), None
        self.listener = socket.socket(socket.AF_UNIX)
        # A socket's path has a hundred bytes at most.
        os.chdir(folder)
        with contextlib.suppress(FileNotFoundError):
            os.unlink("streams")
        self.listener.bind("streams")
        self.listener.listen()
        relay.watch(self.listener.fileno(), self.accept)

    def accept(self):
        connection, _ = self.listener.accept()
        # Where the one before has ended, that may come behind answers that were not heard yet.
        while self.process and self.process.hear():
            pass
        ends = []
        with contextlib.suppress(OSError):
            connection.settimeout(1)
            ends = socket.recv_fds(connection, 1, 5)[1]
            if len(ends) == 5 and not self.process:
                connection.send(b"\1")
                self.process = Process(self.relay, self.mark, connection, ends, self.ended)
                return
        for end in ends:
            os.close(end)
        connection.close()

    def ended(self):
        self.process = None
        self.relay.process_ended()


class Sink:
    """A pipe that is written to without waiting for its reader."""

    def __init__(self, relay, end):
        self.relay, self.end, self.left, self.closes = relay, end, bytearray(), False
        os.set_blocking(end, False)

    def write(self, data):
        self.left += data
        self.go_on()

    def close(self):
        self.closes = True
        self.go_on()

    def go_on(self):
        if self.end is None:
            return
        try:
            while self.left:
                del self.left[:os.write(self.end, self.left)]
        except BlockingIOError:
            self.relay.watch(self.end, self.go_on, zmq.POLLOUT)
            return
        except OSError:
            # Nobody reads any more.
            self.left.clear()
        self.relay.unwatch(self.end)
        if self.closes:
            os.close(self.end)
            self.end = None


class Process:
    """What the process and evcxr say to each other, and what the process prints."""

    def __init__(self, relay, mark, connection, ends, ended):
        self.relay, self.mark, self.connection, self.ended = relay, mark, connection, ended
        stdin, stdout, stderr, self.commands, evcxr = ends
        self.stdin, self.evcxr = Sink(relay, stdin), Sink(relay, evcxr)
        self.ends = {"stdout": stdout, "stderr": stderr}
        self.decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in self.ends}
        self.lines, self.marked = Lines(mark), re.compile(re.escape(mark) + rb'\{"mark":(\d+)\}\n')
        # A cell runs: the one that connects.
        self.runs, self.waits = True, False
        self.number, self.then, self.deadline, self.patience = 0, None, 0.0, PATIENCE
        self.ask_at, self.show_at = time.monotonic() + ASK, None
        connection.setblocking(False)
        for end in (stdout, stderr, self.commands):
            os.set_blocking(end, False)
        relay.watch(connection.fileno(), self.hear)
        relay.watch(self.commands, self.command)
        relay.watch(stdout, lambda: self.read("stdout"))
        relay.watch(stderr, lambda: self.read("stderr"))

    def due(self):
        """When to look at the clock, or None."""
        times = [self.deadline] * bool(self.then) + [self.ask_at] * self.may_wait() + [self.show_at] * bool(self.show_at)
        return min(times, default=None)

    def look_at_the_clock(self, now):
        if self.then and now >= self.deadline:
            self.patience = LOCKED
            self.drain("stdout")
            self.go_on()
        if self.may_wait() and now >= self.ask_at:
            self.ask_at = now + ASK
            self.request(0)
        if self.show_at and now >= self.show_at:
            self.print("stdout", self.lines.release())
            self.show_at = None

    def may_wait(self):
        return self.runs and not self.then and not self.waits

    def request(self, number):
        # Where the process is gone, the end of the connection tells.
        with contextlib.suppress(OSError):
            self.connection.send(bytes([number]))

    # From the process

    def hear(self):
        """Whether there was something."""
        try:
            data = self.connection.recv(CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self.close()
        elif 1 in data:
            # evcxr's own loop waits there, too, when it has told that the cell is done.
            self.drain("stdout")
            if self.may_wait():
                self.mark_then(lambda: self.want_input("", False))
        return True

    def read(self, name):
        """Whether there was something."""
        try:
            data = os.read(self.ends[name], CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self.relay.unwatch(self.ends[name])
        elif name == "stderr":
            self.print(name, data)
        else:
            for is_order, piece in self.lines.feed(data):
                (self.obey if is_order else self.print_text)(piece)
            kept = self.lines.rest and not self.lines.is_begun()
            self.show_at = (self.show_at or time.monotonic() + SHOW) if kept else None
        return bool(data)

    def drain(self, name):
        for _ in range(TIMES):
            if not self.read(name):
                break

    def print_text(self, data):
        self.print("stdout", data)

    def print(self, name, data, final=False):
        if text := self.decoders[name].decode(data, final):
            self.relay.printed(name, text)

    def obey(self, order):
        if order == COMPLETE:
            if self.runs:
                # Text that the cell has not flushed is in the buffer of another standard library than evcxr's.
                self.mark_then(self.pass_end)
        elif found := self.marked.fullmatch(order):
            self.patience = PATIENCE
            if self.then and int(found[1]) == self.number:
                self.go_on()
        elif order.startswith(self.mark):
            if not self.relay.ordered(order[len(self.mark):].decode("utf-8", "replace")):
                self.print_text(order)
        elif order.startswith(INPUT):
            kind, _, prompt = order.decode("utf-8", "replace").strip().partition(":")
            self.want_input(prompt, kind.endswith("PASSWORD"))
        elif self.runs:
            self.evcxr.write(order.decode("utf-8", "replace").encode())

    def mark_then(self, then):
        """Goes on when all is here that the process has printed until now."""
        self.number = self.number % 255 + 1
        self.then, self.deadline = then, time.monotonic() + self.patience
        self.request(self.number)

    def go_on(self):
        if then := self.then:
            self.then = None
            then()

    def pass_end(self):
        self.show_all()
        self.runs = self.waits = False
        self.evcxr.write(COMPLETE)

    def show_all(self):
        self.drain("stderr")
        self.print("stdout", self.lines.release(), final=True)
        self.print("stderr", b"", final=True)
        self.show_at = None

    def close(self):
        """The process has ended."""
        self.drain("stdout")
        if self.then == self.pass_end:
            self.go_on()
        self.show_all()
        for end in (self.connection.fileno(), self.commands, *self.ends.values()):
            # Before they are closed: their numbers come back.
            self.relay.unwatch(end)
        for end in (self.commands, *self.ends.values()):
            os.close(end)
        self.connection.close()
        self.stdin.close()
        # evcxr takes its end for the process's.
        self.evcxr.close()
        self.ended()

    # Input

    def want_input(self, prompt, is_password):
        self.waits = True
        self.relay.want_input(prompt, is_password)

    def answer(self, value):
        self.waits, self.ask_at = False, time.monotonic() + ASK
        self.stdin.write(value.encode("utf-8", "replace") + b"\n")

    # From evcxr

    def command(self):
        """All that evcxr writes is commands to run a cell: it is not asked for input any more."""
        try:
            data = os.read(self.commands, CHUNK)
        except BlockingIOError:
            return
        if data:
            self.runs, self.ask_at = True, time.monotonic() + ASK
            self.stdin.write(data)
        else:
            self.relay.unwatch(self.commands)
            self.stdin.close()
