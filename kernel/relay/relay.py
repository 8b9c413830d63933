"""Stands between Jupyter and evcxr, and adds what evcxr lacks.

Arguments: evcxr's connection file, a folder of this kernel's own for the files described below, and the
kernel's name.
The first line on stdin is the path of Jupyter's connection file; the end of stdin ends this program and
its process group, evcxr included. On stdout it says `ready` when evcxr answers, and `quiet` when no cell
has run for a while.

Messages pass as they are, but for their signature, except that
* a line that a cell prints as U+2063, the name, a space and JSON becomes a display, an error or a note of a
  training that runs (see `Relay.obey`); the text between is gathered and bounded (`output.py`);
* a cell's reply and its `idle` wait for its last lines, which evcxr sends late where the process in which
  cells run has not handed its pipes over (`streams.py`); cells count from 1;
* after an error or an interrupt the same client's waiting cells are aborted, as in Python's kernel;
* an interrupt first makes the file `stop`, at which a training ends and keeps its result. While a training
  runs there is a file `training`. The request `stop_training_request` on the control channel does the same and
  leaves the waiting cells alone;
* an interrupt while a cell is compiled only ends that: from a cell's beginning until the shortcut removes it
  because the code can run, there is a file `compiling` in the shortcut's folder, which an interrupt renames;
* commands of evcxr's that undo the preload have it done again (see `commands.py`).
If the file `afresh.rs` exists, its code is run in each process that evcxr starts after a cell ended one.
"""
import collections
import contextlib
import json
import os
import pathlib
import re
import signal
import sys
import time
import uuid

import zmq
from cell import CANCELLED, ENDED, UNCOMPILED, Cell, error, process_ended
from commands import Commands
from output import Output
from streams import Streams
from wire import Message, Wire

# Seconds: silence after which a cell's output is complete, without and with a busy machine; idleness called quiet.
SILENCE, BUSY_SILENCE, QUIET = 0.01, 0.05, 5.0
# Seconds: how long a cell that has ended may go on printing; how long after a training's end an interrupt is
# meant for it still; how long a compilation that is asked to end may take for it.
LAST_WORDS, JUST_ENDED, COMPILATION_ENDS = 1.0, 1.0, 10.0

NO_INPUT = error("input", "The cell asks for input, and whoever runs it gives none: it reads an empty line. "
                          "Run it in JupyterLab, or write the input into the cell.")
INPUT_INTERRUPTED = error("interrupted", "Interrupted while the cell asked for input: it reads an empty line. "
                                         "A second interrupt ends the process, and its variables.")


class Relay:
    """Passes messages on, one waiting cell after another."""

    def __init__(self, inner_file, folder, name):
        self.mark = f"\u2063{name} "
        self.context = zmq.Context()
        self.inner, self.outer = Wire(self.context, inner_file, inner=True), None
        self.stop, self.marker = folder / "stop", folder / "training"
        self.compiling = folder.parent / "shortcut/compiling"
        self.commands = Commands(folder / "afresh.rs")
        self.session, self.kernel_id, self.info = uuid.uuid4().hex, "", None
        self.ready = self.heard = self.quiet = False
        self.count, self.queue, self.running = 0, collections.deque(), None
        self.parted, self.first, self.rest = None, collections.deque(), ""
        self.cells = {}
        self.training, self.asked, self.checkpoint = None, False, None
        self.trained, self.trained_at = None, 0.0
        self.asking = None
        self.since = time.monotonic()
        self.poller, self.handlers = zmq.Poller(), {}
        self.output, self.last = Output(self.tell), None
        self.streams = Streams(self, folder, self.mark)
        self.watch(sys.stdin.fileno(), self.from_launcher)
        self.watch(self.inner.shell, lambda: self.from_evcxr(self.inner.receive("shell")))
        self.watch(self.inner.iopub, lambda: self.hear(self.inner.receive("iopub")))
        self.watch(self.inner.control, lambda: self.pass_out("control"))
        self.watch(self.inner.stdin, lambda: self.pass_out("stdin"))
        self.ask("kernel_info_request", {})

    def watch(self, socket, handler, what=zmq.POLLIN):
        self.poller.register(socket, what)
        self.handlers[socket] = handler

    def unwatch(self, socket):
        if self.handlers.pop(socket, None):
            self.poller.unregister(socket)

    def run(self):
        while True:
            for socket, _ in self.poller.poll(self.patience()):
                # Another handler may have closed it.
                if handler := self.handlers.get(socket):
                    with contextlib.suppress(zmq.Again):
                        handler()
            self.look_at_the_clock()

    def patience(self):
        """Milliseconds until the clock matters; None for ever."""
        if self.running and self.running.reply and self.running.idle:
            return 2
        times = [self.output.due, self.streams.process and self.streams.process.due()]
        if times := [time for time in times if time]:
            return max(0, min(times) - time.monotonic()) * 1000
        return None if self.quiet else 500

    def look_at_the_clock(self):
        now = time.monotonic()
        cell = self.running
        if self.streams.process:
            self.streams.process.look_at_the_clock(now)
        if self.output.due and now >= self.output.due:
            self.output.flush()
        if cell and cell.reply and cell.idle and self.streams.process:
            # All it has printed came before evcxr heard of its end.
            self.finish(cell)
        elif cell and cell.reply and cell.idle:
            busy = os.getloadavg()[0] > (os.cpu_count() or 1)
            # A thread that the cell has started may print for ever.
            if now - cell.last >= (BUSY_SILENCE if busy else SILENCE) or now - cell.over >= LAST_WORDS:
                self.finish(cell)
        elif not cell and self.outer and self.ready and not self.quiet and now - self.since > QUIET:
            self.quiet = True
            print("quiet", flush=True)

    def from_launcher(self):
        line = b""
        while not line.endswith(b"\n"):
            byte = os.read(0, 1)
            if not byte:
                self.end()
            line += byte
        file = line.decode("utf-8", "surrogateescape").strip("\n")
        try:
            self.outer = Wire(self.context, file, inner=False)
        except zmq.ZMQError as error:
            # Jupyter chose them a moment ago and cannot keep them for us.
            sys.exit(f"error: the ports that Jupyter chose for this kernel cannot be used ({error}); restart the kernel")
        if found := re.fullmatch(r"kernel-(.+)\.json", os.path.basename(file)):
            self.kernel_id = found[1]
        self.since = time.monotonic()
        self.watch(self.outer.hb, lambda: self.outer.hb.send_multipart(self.outer.hb.recv_multipart()))
        self.watch(self.outer.control, lambda: self.control(self.outer.receive("control")))
        self.watch(self.outer.stdin, lambda: self.answer(self.outer.receive("stdin")))
        if self.ready:
            self.open_shell()

    def open_shell(self):
        self.watch(self.outer.shell, lambda: self.from_jupyter(self.outer.receive("shell")))

    def end(self):
        """The launcher is gone: nothing may outlive it."""
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    def ask(self, kind, content):
        message = Message.of_our_own(kind, self.session, content)
        self.inner.send("shell", message)
        return message

    # From Jupyter

    def from_jupyter(self, message):
        if message is None:
            return
        if message.kind == "execute_request":
            self.queue.append(message)
            self.start_next()
        elif message.kind == "kernel_info_request" and self.running:
            # evcxr would answer when the cell is done; a page that was loaded anew waits for it.
            self.reply(message, "kernel_info_reply", self.info)
            self.publish(Message.answering(self.running.request, "status", {"execution_state": "busy"}), self.running)
        else:
            self.inner.send("shell", message)

    def start_next(self):
        if self.running or not self.queue:
            return
        message = self.queue[0]
        if self.parted is not message:
            self.parted = message
            first, self.rest = self.commands.parted(message.content["code"])
            self.first = collections.deque(first)
        if self.first:
            code, is_shown = self.first.popleft()
            self.run_own(code, message if is_shown else None)
            return
        self.queue.popleft()
        self.count += not message.content.get("silent", False)
        self.start(Cell(message, self.count))
        self.inner.send("shell", message.with_content(message.content | {"code": self.rest}))

    def run_own(self, code, shown_by=None):
        """Runs a cell of the relay's own; its result is shown as printed by the cell of the request `shown_by`."""
        content = {"code": code, "silent": True, "allow_stdin": False}
        cell = Cell(self.ask("execute_request", content), self.count)
        cell.shown_by = shown_by
        self.start(cell)

    def start(self, cell):
        with contextlib.suppress(OSError):
            self.stop.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.compiling.with_name("cancelled").unlink(missing_ok=True)
            self.compiling.touch()
        self.running = self.last = self.cells[cell.id] = cell
        if len(self.cells) > 100:
            del self.cells[next(iter(self.cells))]

    def control(self, message):
        if message is None:
            return
        if message.kind == "shutdown_request":
            content = {"status": "ok", "restart": message.content.get("restart", False)}
            self.outer.send("control", Message.answering(message, "shutdown_reply", content))
            self.context.destroy(linger=1000)
            sys.exit(0)
        elif message.kind == "interrupt_request" and not self.interrupt():
            self.outer.send("control", Message.answering(message, "interrupt_reply", {"status": "ok"}))
        elif message.kind == "stop_training_request":
            if self.training:
                self.stop_training()
            self.outer.send("control", Message.answering(message, "stop_training_reply", {"status": "ok"}))
        else:
            self.inner.send("control", message)

    def interrupt(self):
        """Whether evcxr has to end its process, which loses all variables."""
        cell = self.running
        if cell and cell.request.header["session"] == self.session:
            # Nobody knows of this cell; meant are those that wait for it.
            self.abort(self.take_waiting())
        if not cell or cell.request.header["session"] == self.session:
            return False
        # Python's kernel, too, ends what waits after an interrupt.
        cell.stopped = True
        if self.training and not self.asked:
            self.asked = True
            self.stop_training()
            return False
        if self.trained is cell and time.monotonic() - self.trained_at < JUST_ENDED:
            # Pressed while the training ended by itself.
            return False
        if self.asking and self.streams.process and not cell.error:
            self.fail(cell, INPUT_INTERRUPTED)
            self.asking = None
            self.streams.process.answer("")
            return False
        if self.cancels(cell):
            return False
        cell.interrupted = True
        if self.asking and not self.streams.process:
            # evcxr waits for an answer and would not see that its process is gone.
            self.inner.send("stdin", Message.answering(self.asking, "input_reply", {"status": "ok", "value": ""}))
            self.asking = None
        return True

    def stop_training(self):
        try:
            self.stop.touch()
        except OSError as error:
            print(f"error: cannot ask the training to stop: {error}", file=sys.stderr, flush=True)

    def cancels(self, cell):
        """Whether the cell is still being compiled, which then ends."""
        if cell.cancelled is None:
            try:
                self.compiling.rename(self.compiling.with_name("cancelled"))
            except OSError:
                return False
            cell.cancelled = time.monotonic()
        # Else it was compiled in a way that the shortcut does not see.
        return time.monotonic() - cell.cancelled < COMPILATION_ENDS

    def answer(self, message):
        if message and self.streams.process:
            if self.asking:
                self.asking = None
                self.streams.process.answer(message.content["value"])
        elif message:
            self.asking = None
            self.inner.send("stdin", message)

    # From evcxr

    def pass_out(self, channel):
        message = self.inner.receive(channel)
        if message and self.outer:
            if channel == "stdin":
                self.asking = message
            self.outer.send(channel, message)

    def from_evcxr(self, message):
        if message is None:
            return
        cell = self.running
        if message.kind == "execute_reply" and cell and message.parent.get("msg_id") == cell.id:
            cell.reply, cell.last = message, time.monotonic()
            cell.over = cell.last
        elif message.parent.get("session") == self.session:
            self.info = message.content
            if not self.heard:
                self.ask("kernel_info_request", {})
            elif not self.ready:
                self.ready = True
                print("ready", flush=True)
                if self.outer:
                    self.open_shell()
        elif self.outer:
            self.outer.send("shell", message)

    def hear(self, message):
        if message is None:
            return
        cell = self.cells.get(message.parent.get("msg_id"))
        if cell is self.running and cell and message.kind == "status" and message.content["execution_state"] == "idle":
            cell.idle, cell.last = message, time.monotonic()
            cell.over = cell.last
        elif message.parent.get("session") == self.session:
            self.heard = True
            if cell and cell.shown_by and message.kind == "execute_result":
                text = message.content["data"].get("text/plain", "")
                self.publish(Message.answering(cell.shown_by, "stream", {"name": "stdout", "text": text}))
        elif cell is None:
            self.publish(message)
        elif message.kind == "stream":
            cell.last = time.monotonic()
            self.pass_lines(cell, message.content["name"], message.content["text"])
        elif message.kind in ("execute_input", "execute_result", "error"):
            content = message.content
            cell.inner_count = content.get("execution_count", cell.inner_count)
            if message.kind == "error":
                content = self.in_words(cell, content)
                cell.error = cell.error or content
            else:
                content["execution_count"] = cell.count
            if message.kind == "execute_input":
                content["code"] = cell.request.content["code"]
            message.content = content
            if message.kind != "execute_input" and cell is self.running:
                # What the cell printed before may still be on its way.
                cell.tail.append(message)
            elif message.kind != "execute_input" or not cell.request.content.get("silent", False):
                self.publish(message, cell)
        else:
            self.publish(message, cell)

    def in_words(self, cell, content):
        """evcxr's error with the cell's number as the reader sees it, or what became of its process."""
        if cell.cancelled is not None and content["evalue"].startswith(UNCOMPILED):
            return CANCELLED
        ended = ENDED.fullmatch(content["evalue"])
        if not ended:
            lines = [re.sub(rf"\bcommand_{cell.inner_count}\b", f"cell {cell.count}", line) for line in content["traceback"]]
            return content | {"traceback": lines}
        cell.ended = True
        printed, status = ended[1], ended[2].strip()
        if printed:
            self.pass_lines(cell, "stdout", printed)
        return process_ended(cell, status, self.checkpoint)

    def pass_lines(self, cell, name, text):
        for line in re.findall(r"[^\n]*\n|[^\n]+", text):
            before, mark, order = line.partition(self.mark)
            if name == "stderr" or not mark:
                self.output.add(cell, name, line)
            else:
                self.output.add(cell, name, before)
                if not self.obey(cell, order):
                    self.output.add(cell, name, mark + order)

    # From the process in which cells run, when it has handed its pipes over

    def printed(self, name, text):
        """Text belongs to the cell that runs, or ran last: a thread of it may go on."""
        if self.last:
            self.output.add(self.last, name, text)

    def ordered(self, order):
        return bool(self.last) and self.obey(self.last, order)

    def want_input(self, prompt, is_password):
        cell = self.running
        if not cell:
            return
        if cell.request.content.get("allow_stdin", False):
            self.output.flush()
            content = {"prompt": prompt, "password": is_password}
            self.asking = Message.answering(cell.request, "input_request", content)
            self.outer.send("stdin", self.asking)
        else:
            if not cell.error:
                self.fail(cell, NO_INPUT)
            self.streams.process.answer("")

    def process_ended(self):
        if self.running:
            self.running.ended = True

    def obey(self, cell, order):
        """Does what a line asks; whether it was understood."""
        try:
            order = json.loads(order)
            if "display" in order:
                shown = order["display"]
                data = dict(shown["data"])
                if "text/html" in data:
                    data["text/html"] = data["text/html"].replace("KERNEL_ID", self.kernel_id)
                content = {"data": data, "metadata": shown.get("metadata", {}), "transient": {"display_id": shown["id"]}}
                kind = "update_display_data" if shown.get("update") else "display_data"
                self.publish(Message.answering(cell.request, kind, content), cell)
            elif "training" in order:
                self.note_training(order["training"])
                if self.training is None:
                    self.trained, self.trained_at = cell, time.monotonic()
            else:
                told = order["error"]
                self.fail(cell, {"ename": str(told["name"]), "evalue": str(told["message"]),
                                 "traceback": [str(line) for line in told["traceback"]]})
        except (ValueError, LookupError, TypeError, AttributeError):
            return False
        return True

    def fail(self, cell, content):
        cell.error = cell.error or content
        self.publish(Message.answering(cell.request, "error", content), cell)

    def note_training(self, training):
        begins = training is not None and (self.training is None or training["epoch"] == 0)
        if training is None or begins:
            self.asked = False
        if begins or training is not None and training.get("checkpoint"):
            self.checkpoint = training.get("checkpoint")
        self.training = training
        # Without the file only a stop from outside does not find the training.
        with contextlib.suppress(OSError):
            if training is None:
                self.marker.unlink(missing_ok=True)
            else:
                self.marker.touch()

    def publish(self, message, cell=None):
        if not self.outer or message.parent.get("session") == self.session:
            return
        if message.kind != "stream":
            self.output.flush()
        if cell and cell.tag:
            message.metadata = message.metadata | cell.tag
        self.outer.send("iopub", message, [message.kind.encode()])

    def tell(self, cell, name, text):
        self.publish(Message.answering(cell.request, "stream", {"name": name, "text": text}), cell)

    # The end of a cell

    def finish(self, cell):
        self.output.end(cell)
        self.running, self.asking, self.since = None, None, time.monotonic()
        # Said again after each cell: the last time there may have been too little memory for a successor.
        self.quiet = False
        if self.training is not None:
            self.note_training(None)
        if cell.request.header["session"] != self.session:
            for message in cell.tail:
                self.publish(message, cell)
            content = cell.reply.content | {"execution_count": cell.count}
            if cell.error:
                content |= {"status": "error"} | cell.error
            cell.reply.content = content
            ends = (content["status"] != "ok" or cell.stopped) and cell.request.content.get("stop_on_error", True)
            # What the client sends once it knows of the error is to be run.
            waiting = self.take_waiting(cell.request.header["session"]) if ends else []
            self.outer.send("shell", cell.reply)
            self.publish(cell.idle, cell)
            self.abort(waiting)
            # Not where that very code has ended the process: it would again.
            if cell.ended and (code := self.commands.code_afresh()):
                self.run_own(code)
        self.start_next()

    def abort(self, requests):
        for request in requests:
            self.reply(request, "execute_reply", {"status": "aborted"})

    def take_waiting(self, session=None):
        """The client's cells that wait, or all, those included that have only just arrived."""
        while self.outer.shell.poll(0):
            message = self.outer.receive("shell")
            if message and message.kind == "execute_request":
                self.queue.append(message)
            elif message:
                self.inner.send("shell", message)
        waiting = [request for request in self.queue if session in (None, request.header["session"])]
        self.queue = collections.deque(request for request in self.queue if request not in waiting)
        return waiting

    def reply(self, request, kind, content):
        """Answers in evcxr's place."""
        self.publish(Message.answering(request, "status", {"execution_state": "busy"}))
        self.outer.send("shell", Message.answering(request, kind, content))
        self.publish(Message.answering(request, "status", {"execution_state": "idle"}))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Relay(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]).run()
