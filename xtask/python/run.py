"""Executes notebooks with the course's kernel and fails where a reader would see a failure.

The kernel reports every failure as a Jupyter error; anything on stderr, a warning, say, fails as well. A cell tagged
`raises-exception` fails on purpose: there, it is a failure if it does not.

Exit status: 0 if every notebook ran, 1 if one failed (the first failure ends the run, once those
that run beside it have ended).
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile
import time
import uuid

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_core.paths import jupyter_runtime_dir
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
EPOCHS = re.compile(r"^(let epochs(?:: usize)? = )\d+;", re.MULTILINE)
KERNEL = "mnist-tutorial"
TIMEOUT = 1200  # seconds a cell may take
FAILS = "raises-exception"  # the tag of a cell that fails on purpose; Jupyter's programs know it, too
NOT_YET = "not yet"  # what the check of an exercise says where nothing has been written


class Failure(Exception):
    """A cell that a reader would call broken."""


class Client(NotebookClient):
    """Also hears what arrives when nbclient no longer listens for the cell it belongs to."""

    def listen(self):
        channel = self.kc.iopub_channel
        self.stderr, get = [], channel.get_msg

        async def heard(*arguments, **options):
            message = await get(*arguments, **options)
            if message["msg_type"] == "stream" and message["content"]["name"] == "stderr":
                self.stderr.append(message["content"]["text"])
            return message

        channel.get_msg = heard


def is_tagged(cell, tag):
    return tag in cell.metadata.get("tags", [])


def error_of(cell):
    errors = [output for output in cell.outputs if output.output_type == "error"]
    # The course's kernel begins a traceback with the message.
    return "\n".join(
        line for error in errors
        for line in ([] if error.evalue in error.traceback[:1] else [error.evalue]) + error.traceback)


def describe(name, number, cell, message):
    first_line = next((line for line in cell.source.splitlines() if line.strip()), "")
    return f"{name}, code cell {number} (`{first_line.strip()}`):\n{ESCAPES.sub('', message).strip()}"


def shorten(notebook, epochs):
    """Sets the epochs in the cells tagged `parameters`, papermill's convention."""
    for cell in notebook.cells:
        if is_tagged(cell, "parameters"):
            cell.source, found = EPOCHS.subn(rf"\g<1>{epochs};", cell.source)
            if not found:
                raise Failure("a cell tagged `parameters` has no line `let epochs: usize = …;`")


def sockets():
    """Has the kernel talk through sockets beside its connection file: at a port, every user of the machine can listen."""
    file = os.path.join(jupyter_runtime_dir(), f"kernel-{uuid.uuid4()}.json")
    return Config(KernelManager={"transport": "ipc", "connection_file": file})


def execute(path, notebook, judge):
    """Runs all cells; `judge` says of a cell, given its error and what stands on stderr, what is wrong with it."""
    code_cells = [(index, cell) for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    client = Client(
        notebook, kernel_name=KERNEL, timeout=TIMEOUT, startup_timeout=600, force_raise_errors=True,
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False, coalesce_streams=True, config=sockets())
    with client.setup_kernel():
        client.listen()
        for number, (index, cell) in enumerate(code_cells, 1):
            print(f"  {path.name}: cell {number} of {len(code_cells)}", flush=True)
            error = ""
            try:
                client.execute_cell(cell, index, execution_count=number)
            except CellExecutionError:
                error = error_of(cell) or "an error without a message"
            except CellTimeoutError:
                raise Failure(describe(path.name, number, cell, f"not done after {TIMEOUT} s"))
            except DeadKernelError:
                raise Failure(describe(path.name, number, cell, "the kernel ended while this cell ran"))
            if message := judge(cell, error, "".join(client.stderr).strip()):
                raise Failure(describe(path.name, number, cell, message))


def as_written(cell, error, stderr):
    """A cell must not fail, unless it is tagged; then it must."""
    if is_tagged(cell, FAILS):
        return stderr if error else f"no error, though it is tagged `{FAILS}`"
    return error or stderr


def as_untouched(cell, error, stderr):
    """The checks of a sheet in which nothing has been written say so; other cells may fail, as they lack it."""
    is_check = cell.metadata.get("nbgrader", {}).get("grade", False)
    if is_check and NOT_YET not in error:
        return f"the check of what is not written yet does not say \"{NOT_YET}\": {error or 'it passed'}"
    if is_check and stderr:
        return f"the check says it twice, on standard error as well: {stderr}"
    return ""


def tidy(notebook):
    """What is stored: text alternatives where HTML exports look for them, no run-specific metadata."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            text = output.get("data", {}).get("text/plain")
            if text and "image/png" in output.data:
                output.metadata["image/png"] = {"alt": text}
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {
        "display_name": "Rust (MNIST tutorial)", "language": "rust", "name": KERNEL}
    notebook.metadata["language_info"] = {
        "name": "rust", "file_extension": ".rs", "mimetype": "text/rust",
        "codemirror_mode": "rust", "pygments_lexer": "rust"}


def store(path, notebook):
    """Replaces the file whole or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".partial", delete=False, encoding="utf-8") as file:
        try:
            nbformat.write(notebook, file)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, path.stat().st_mode & 0o777)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("notebooks", nargs="+", type=pathlib.Path)
    arguments.add_argument("--store", action="store_true", help="write the outputs into the notebooks")
    arguments.add_argument("--epochs", type=int, help="train this many epochs instead of the notebook's number")
    arguments.add_argument("--jobs", type=int, default=1, help="how many notebooks run at a time")
    arguments.add_argument("--untouched", action="store_true", help="exercise sheets as they are: each check must say so")
    options = arguments.parse_args()
    if options.store and (options.epochs or options.untouched):
        arguments.error("--store keeps full runs only: leave --epochs and --untouched out")

    try:
        run_all([path.resolve() for path in options.notebooks], options)
    except Failure as failure:
        print(f"\nFAILED {failure}", flush=True)
        return 1
    return 0


def run_all(paths, options):
    if options.jobs == 1:
        for path in paths:
            run(path, options)
        return
    # In processes of their own: kernels end with the process that started them. Not more are handed over than run, so
    # that none begins after a failure.
    waiting, running = list(paths), set()
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        while waiting or running:
            while waiting and len(running) < options.jobs:
                running.add(pool.submit(run, waiting.pop(0), options))
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for one in done:
                one.result()


def run(path, options):
    notebook = read(path)
    if options.epochs:
        shorten(notebook, options.epochs)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    began = time.monotonic()
    print(f"{path.name}: starting", flush=True)
    try:
        execute(path, notebook, as_untouched if options.untouched else as_written)
    except (RuntimeError, NoSuchKernel) as error:
        raise Failure(f"{path.name}: the kernel did not start ({error}); `cargo xtask doctor` says why")
    tidy(notebook)
    if options.store:
        store(path, notebook)
    print(f"{path.name}: passed in {time.monotonic() - began:.0f} s"
          f"{', outputs stored' if options.store else ''}", flush=True)


def read(path):
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise Failure(f"{path}: not a notebook ({error})")


if __name__ == "__main__":
    sys.exit(main())
