"""A cell on its way, and what is said when it ends its process."""
import collections
import re

ENDED = re.compile(r"(.*?)Subprocess terminated with (?:status: )?(.*)", re.DOTALL)
# How evcxr's words begin for a compilation that failed without an error of the compiler's.
UNCOMPILED = "Compilation failed, but no parsable errors were found."
# What evcxr's process says on stderr before the backtrace of a crash.
CRASH = re.compile(r"^(?:Segmentation fault|Illegal instruction|Bus error|Unexpected signal)\.\s*$", re.MULTILINE)


class Cell:
    """An execute request and what is known of its course."""

    def __init__(self, request, count):
        self.request, self.count = request, count
        self.id = request.header["msg_id"]
        self.tag = {"cell_id": tag} if (tag := request.metadata.get("cellId")) else {}
        self.inner_count, self.error, self.reply, self.idle = None, None, None, None
        self.interrupted = self.stopped = self.crashed = self.ended = False
        self.cancelled, self.shown_by = None, None
        self.tail, self.last, self.over = [], 0.0, 0.0
        # Characters by stream, and the last of those that are not shown.
        self.printed, self.tails = collections.Counter(), {}

    def without_backtrace(self, text):
        """What a stderr is worth showing: a crash's backtrace is evcxr's own and names no line of the cell."""
        before, *crash = CRASH.split(text, maxsplit=1)
        shown = "" if self.crashed else before
        self.crashed |= bool(crash)
        return shown


def error(name, words):
    return {"ename": name, "evalue": words, "traceback": [words]}


CANCELLED = error("interrupted", "Interrupted while the cell was compiled: it did not run, and all variables are kept.")


def process_ended(cell, status, checkpoint):
    """The error that a reader sees in place of evcxr's; `status` is as Rust prints an exit status."""
    if cell.interrupted:
        name, words = "interrupted", "The kernel was interrupted: its variables are lost."
    elif "signal 9" in status or "SIGKILL" in status:
        name, words = "killed", ("The system ended the kernel's process, most likely because memory ran out: "
                                 "its variables are lost.")
    elif "signal" in status:
        name, words = "crash", f"The kernel's process crashed ({status}): its variables are lost."
    else:
        name, words = "exit", f"The cell ended the kernel's process ({status}): its variables are lost."
    words += " Run the notebook again from its first cell."
    if checkpoint:
        words += f" The last checkpoint is {checkpoint}."
    return error(name, words)
