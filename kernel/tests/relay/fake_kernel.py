"""Speaks evcxr's side of the protocol, with Python for Rust.

A cell is Python with these functions: `out`, `err` (a line of stdout, stderr), `result`, `fail` (an error as evcxr
sends it), `ask` (input), `late` (a line of stdout after the reply), `wait` (until there is a file).
Started as evcxr is, it also makes a process of its own, which the file `child` in its folder names.
"""
import os
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "relay"))

import zmq  # noqa: E402
from wire import Message, Wire  # noqa: E402


class Fails(Exception):
    pass


class Kernel:
    def __init__(self, file):
        self.context, self.count = zmq.Context(), 1
        self.wire = Wire(self.context, file, inner=False)
        self.interrupts = pathlib.Path(file).with_name("interrupts")
        threading.Thread(target=self.control, daemon=True).start()

    def tell(self, request, kind, content):
        self.wire.send("iopub", Message.answering(request, kind, content), [])

    def control(self):
        while True:
            self.wire.control.poll()
            message = self.wire.receive("control")
            if message.kind == "interrupt_request":
                self.interrupt()
                self.wire.send("control", Message.answering(message, "interrupt_reply", {"status": "ok"}))

    def interrupt(self):
        with self.interrupts.open("a") as file:
            file.write("interrupt\n")

    def serve(self):
        while True:
            self.wire.shell.poll()
            message = self.wire.receive("shell")
            self.tell(message, "status", {"execution_state": "busy"})
            late = []
            if message.kind == "execute_request":
                self.count += 1
                content = self.execute(message, late)
                self.wire.send("shell", Message.answering(message, "execute_reply", content))
            else:
                kind = message.kind.replace("_request", "_reply")
                self.wire.send("shell", Message.answering(message, kind, {"status": "ok", "banner": "fake", "protocol_version": "5.3"}))
            self.tell(message, "status", {"execution_state": "idle"})
            for text in late:
                time.sleep(0.003)
                self.tell(message, "stream", {"name": "stdout", "text": text})

    def execute(self, message, late):
        code, count = message.content["code"], {"execution_count": self.count}
        self.tell(message, "execute_input", {"code": code} | count)

        def fail(text):
            raise Fails(text)

        def wait(file):
            while not os.path.exists(file):
                time.sleep(0.01)

        def ask(prompt):
            self.wire.send("stdin", Message.answering(message, "input_request", {"prompt": prompt, "password": False}))
            self.wire.stdin.poll()
            return self.wire.receive("stdin").content["value"]

        names = {
            "fail": fail, "wait": wait, "ask": ask, "late": late.append, "os": os, "time": time,
            "out": lambda text: self.tell(message, "stream", {"name": "stdout", "text": text}),
            "err": lambda text: self.tell(message, "stream", {"name": "stderr", "text": text}),
            "result": lambda data: self.tell(message, "execute_result", {"data": data, "metadata": {}} | count),
            "interrupted": self.interrupts.exists}
        try:
            exec(code, names)
        except Fails as error:
            self.tell(message, "error", {"ename": "Error", "evalue": str(error), "traceback": [f"command_{self.count}: {error}"]})
            return {"status": "error"} | count
        return {"status": "ok"} | count


if __name__ == "__main__":
    file = sys.argv[-1]
    if folder := os.environ.get("EVCXR_TMPDIR"):
        child = subprocess.Popen(["sleep", "1000"])
        pathlib.Path(folder, "child").write_text(str(child.pid))
    Kernel(file).serve()
