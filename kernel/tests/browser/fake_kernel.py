"""A kernel that shows a training as the course's does, without one: for trying the browser's side.

It knows three cells: `train SECONDS`, `history` (how many epochs were trained) and anything else,
which it prints.
"""
import math
import threading
import time

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

from picture import picture

FRAME, EPOCH = 0.1, 0.5
POST = ("const page = JSON.parse(document.getElementById('jupyter-config-data').textContent);"
        "const xsrf = (document.cookie.match('_xsrf=([^;]*)') || [])[1];"
        "fetch(page.baseUrl + 'api/kernels/KERNEL_ID/interrupt',"
        " {method: 'POST', headers: {'X-XSRFToken': xsrf}})")


def view(frame, frames, kernel):
    curve = " ".join(f"{'L' if x else 'M'}{x} {60 - 50 * math.exp(-x / 60) * (1 + 0.1 * math.sin(x + frame)):.1f}"
                     for x in range(0, 20 + 280 * frame // frames, 4))
    return (f'<div class="mnist-tutorial-live"><div role="progressbar" aria-valuenow="{frame}">'
            f"batch {frame:,} of {frames:,}, {frame * 100 + 7} samples/s</div>"
            f'<svg width="300" height="60" role="img" aria-label="loss"><path fill="none" stroke="blue" d="{curve}"/></svg>'
            f'<button onpointerdown="{POST.replace("KERNEL_ID", kernel)}">Stop</button></div>')


class FakeKernel(Kernel):
    implementation, implementation_version, banner = "fake", "1", "fake"
    language_info = {"name": "rust", "mimetype": "text/rust", "file_extension": ".rs"}
    stop, epochs = threading.Event(), 0

    def __init__(self, **settings):
        super().__init__(**settings)
        send = self.session.send

        def named(stream, kind, content=None, parent=None, ident=None, buffers=None, track=False, header=None, metadata=None):
            """As the course's relay does: every message says to which cell it belongs."""
            cell = ((parent or {}).get("metadata") or {}).get("cellId")
            metadata = {**(metadata or {}), "cell_id": cell} if cell else metadata
            return send(stream, kind, content, parent, ident, buffers, track, header, metadata)

        self.session.send = named

    def _send_interrupt_children(self):
        self.stop.set()

    def print(self, text):
        self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": text})

    def show(self, kind, identity, data):
        self.send_response(self.iopub_socket, kind,
                           {"data": data, "metadata": {}, "transient": {"display_id": identity}})

    async def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **_):
        words = code.split()
        if words[:1] == ["train"]:
            self.train(float(words[1]))
        elif words[:1] == ["history"]:
            self.print(f"{self.epochs} epochs\n")
        else:
            self.print(code + "\n")
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}

    def train(self, seconds):
        self.stop.clear()
        self.epochs, frames, identity = 0, round(seconds / FRAME), f"live-{time.time_ns()}"
        kernel = self.parent.connection_file.rsplit("kernel-", 1)[-1].removesuffix(".json")
        begin = time.monotonic()
        for frame in range(1, frames + 1):
            self.show("update_display_data" if frame > 1 else "display_data", identity,
                      {"text/html": view(frame, frames, kernel), "text/plain": f"batch {frame}"})
            if frame * FRAME // EPOCH > self.epochs:
                self.epochs += 1
                self.print(f"epoch {self.epochs}: loss {1 / self.epochs:.3f}\n")
            if self.stop.wait(max(0, begin + frame * FRAME - time.monotonic())):
                self.print(f"stopped in epoch {self.epochs}\n")
                break
        self.show("update_display_data", identity,
                  {"image/png": picture(), "text/plain": f"loss over {self.epochs} epochs"})


if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=FakeKernel)
