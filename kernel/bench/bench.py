"""Measures real kernels as a notebook sees them: from opening to the first tensor, later cells, plots, memory.

The kernels are opened one after another, and each again in the next round, so that a busy moment of
the machine does not fall on one of them alone. A cell that prints something else than it should, or
an error, ends the measurement.

The file of cells has those for Rust and for Python, each with the pattern that it must print: `first` loads
the library, `tensor` shows a first value, `later` are any, and `plot` is given a number for its `{}`.
"""
import argparse
import contextlib
import json
import os
import pathlib
import queue
import re
import statistics
import subprocess
import sys
import tempfile
import time

import psutil
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

NAMES = ["stock", "ours", "spare", "ipython"]
# What a cell must print that shows a plot.
IMAGE = "image/png"
PLOTS = [1.4, 1.3, 1.2, 1.1]

# Seconds: the longest a cell may take (a first one of a stock kernel compiles everything), and how
# long evcxr's last lines may come after it has said that the cell is done.
LONGEST, LATE = 1800, 5


class Wrong(Exception):
    """A cell that did not do what it should, or a kernel that did not start."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def run_cell(client, code, expected):
    """Runs a cell; gives the seconds until it was done and had printed what it should."""
    begun, printed = time.monotonic(), ""

    def hear(message):
        nonlocal printed
        printed += text_of(message, code)

    try:
        request = client.execute_interactive(code, timeout=LONGEST, output_hook=hear)["parent_header"]["msg_id"]
        late = time.monotonic() + LATE
        while not re.search(expected, printed, re.MULTILINE):
            message = client.get_iopub_msg(timeout=max(late - time.monotonic(), 0.01))
            if message["parent_header"].get("msg_id") == request:
                hear(message)
    except (TimeoutError, queue.Empty):
        raise Wrong(f"`{code}` printed {printed!r}, expected {expected!r}")
    return time.monotonic() - begun


def text_of(message, code):
    kind, content = message["msg_type"], message["content"]
    if kind == "error" or (kind == "stream" and content["name"] == "stderr"):
        raise Wrong(f"`{code}` failed: {content.get('text') or content.get('evalue')}")
    data = content.get("data", {})
    return IMAGE if IMAGE in data else content.get("text") or data.get("text/plain", "")


def memory_mb(roots):
    """Megabytes of these processes and their children: of all but the one that runs cells, and of that one.

    Shared pages are divided among those who share them (PSS) where the system counts so. A spare
    that is being made for the next notebook is left out.
    """
    sizes, todo = [0, 0], list(roots)
    while todo:
        process = todo.pop()
        with contextlib.suppress(psutil.Error):
            if "spare" in process.cmdline()[1:2] and process not in roots:
                continue
            todo += process.children()
            memory = process.memory_full_info()
            sizes["EVCXR_IS_RUNTIME" in process.environ()] += getattr(memory, "pss", memory.rss) / 1e6
    return sizes


class Bench:
    """The kernels that are compared. Each of the methods named as they are gives a kernel's description,
    variables, and the processes that belong to it from elsewhere."""

    def __init__(self, options):
        self.options = options
        self.settings, self.cells = (json.loads(file.read_text()) for file in (options.settings, options.cells))
        self.prefix = self.settings["prefix"]
        self.python = os.environ.get(f"{self.prefix}BENCH_IPYTHON")

    @contextlib.contextmanager
    def stock(self):
        """evcxr as it is, with an empty folder of its own."""
        found = self.options.environment
        with tempfile.TemporaryDirectory(prefix="kernel-bench-") as place:
            for name in ["crate", "settings"]:
                pathlib.Path(place, name).mkdir()
            environment = found["set"] | {"EVCXR_TMPDIR": f"{place}/crate", "EVCXR_CONFIG_DIR": f"{place}/settings"} | {
                name: os.pathsep.join(filter(None, [*folders, os.environ.get(name)]))
                for name, folders in found["first"].items()}
            yield KernelSpec(argv=[self.settings["evcxr"], "--control_file", "{connection_file}"],
                             interrupt_mode="message", language="rust"), environment, []

    @contextlib.contextmanager
    def ours(self):
        specification = KernelSpecManager().get_kernel_spec(self.settings["name"])
        yield specification, {f"{self.prefix}PROJECT": str(self.options.project), f"{self.prefix}SPARES": "0"}, []

    @contextlib.contextmanager
    def spare(self):
        """Our kernel where a warm one waits for it."""
        with self.ours() as (specification, environment, _):
            environment[f"{self.prefix}SPARES"] = "1"
            command = [specification.argv[0], "spare", specification.argv[2]]
            own = {**os.environ, **specification.env, **environment}
            with subprocess.Popen(command, cwd=self.options.folder, env=own, text=True, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE) as process:
                try:
                    if process.stdout.readline().strip() != "ready":
                        raise Wrong(f"no spare: `{' '.join(command)}` ended without the word `ready`")
                    yield specification, environment, [psutil.Process(process.pid)]
                finally:
                    process.stdin.close()
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(30)
                    process.kill()

    @contextlib.contextmanager
    def ipython(self):
        argv = [self.python, "-m", "ipykernel_launcher", "--log-level=ERROR", "-f", "{connection_file}"]
        # As Jupyter does it for notebooks: figures are shown inline.
        environment = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        yield KernelSpec(argv=argv, language="python"), environment, []

    def has(self, modules):
        command = [self.python, "-c", f"import {modules}"]
        return subprocess.run(command, cwd=self.options.folder, stderr=subprocess.DEVNULL).returncode == 0

    def chosen(self):
        names = [self.options.only] if self.options.only else NAMES
        variable = f"{self.prefix}BENCH_IPYTHON"
        if "ipython" not in names or self.python and self.has("ipykernel, torch"):
            return names
        if self.python or self.options.only:
            raise Wrong(f"set {variable} to a Python that has ipykernel and torch; it is {self.python or 'not set'}")
        say(f"ipython is left out: {variable} names no Python with ipykernel and torch")
        return [name for name in names if name != "ipython"]

    def run(self, name):
        """One kernel from opening to closing."""
        cells = self.cells["python" if name == "ipython" else "rust"]
        plots = PLOTS if name != "ipython" or self.has("matplotlib") else []
        with getattr(self, name)() as (specification, environment, others):
            manager = KernelManager()
            manager._kernel_spec = specification
            begun = time.monotonic()
            manager.start_kernel(cwd=str(self.options.folder), env={**os.environ, **environment})
            client = manager.client()
            client.start_channels()
            try:
                client.wait_for_ready(timeout=600)
                run = {"ready": time.monotonic() - begun}
                for cell in [cells["first"], cells["tensor"]]:
                    run_cell(client, *cell)
                run["first_tensor"] = time.monotonic() - begun
                run["later"] = [run_cell(client, *cell) for cell in cells["later"]]
                run["plots"] = [run_cell(client, cells["plot"].replace("{}", str(value)), IMAGE) for value in plots]
                launched = psutil.Process(manager.provisioner.pid)
                if name == "spare" and memory_mb([launched])[1]:
                    raise Wrong("the spare was not taken: the launcher started a kernel of its own")
                run["memory"] = memory_mb([launched, *others])
            except RuntimeError as error:
                raise Wrong(f"the kernel did not answer: {error}")
            finally:
                manager.shutdown_kernel(now=False)
                client.stop_channels()
        say(f"  {name}: ready {run['ready']:.2f} s, first tensor {run['first_tensor']:.2f} s, "
            f"later cells {statistics.median(run['later']):.2f} s, memory {sum(run['memory']):.0f} MB")
        return run


def figures(name, runs):
    """The object of `--json`: seconds and megabytes, `null` where there is nothing to measure."""
    later, plots = ([value for run in runs for value in run[kind]] for kind in ["later", "plots"])
    median = lambda values: round(statistics.median(values), 3) if values else None  # noqa: E731
    return {
        "name": name, "ready_s": median([run["ready"] for run in runs]),
        "first_tensor_s": median([run["first_tensor"] for run in runs]), "cell_median_s": median(later),
        "cell_p95_s": round(statistics.quantiles(later, n=20, method="inclusive")[-1], 3),
        "plot_median_s": median(plots), "memory_mb": median([sum(run["memory"]) for run in runs])}


def table(measured):
    spread = lambda values: f"{min(values):.2f}-{max(values):.2f}"  # noqa: E731
    lines = [f"{'kernel':8} {'runs':>4}  {'ready':>7} {'':14} {'first tensor':>12} {'':14} "
             f"{'cell':>6} {'95 %':>6} {'plot':>6}  {'MB: kernel':>10} {'cells':>6} {'both':>6}"]
    for name, runs in measured.items():
        result = figures(name, runs)
        kernel, child = (statistics.median(run["memory"][place] for run in runs) for place in [0, 1])
        plot = "-" if result["plot_median_s"] is None else f"{result['plot_median_s']:.2f}"
        lines.append(
            f"{name:8} {len(runs):4}  {result['ready_s']:6.2f}s {spread([run['ready'] for run in runs]):14} "
            f"{result['first_tensor_s']:11.2f}s {spread([run['first_tensor'] for run in runs]):14} "
            f"{result['cell_median_s']:6.2f} {result['cell_p95_s']:6.2f} {plot:>6}  "
            f"{kernel:10.0f} {child:6.0f} {result['memory_mb']:6.0f}")
    return "\n".join([*lines, "Seconds from opening for ready and first tensor (least-most behind them); medians."])


def measure(options):
    bench = Bench(options)
    measured = {name: [] for name in bench.chosen()}
    for number in range(1, options.runs + 1):
        say(f"round {number} of {options.runs}")
        for name, runs in measured.items():
            # It compiles everything for minutes, so once will do unless it is asked for alone.
            if name == "stock" and number > 1 and not options.only:
                continue
            try:
                runs.append(bench.run(name))
            except Wrong as error:
                raise Wrong(f"{name}: {error}")
    return measured


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ["--project", "--folder", "--settings", "--cells"]:
        arguments.add_argument(name, required=True, type=pathlib.Path)
    arguments.add_argument("--environment", required=True, type=json.loads, help="as in a template's facts")
    arguments.add_argument("--runs", type=int, required=True)
    arguments.add_argument("--only", choices=NAMES)
    arguments.add_argument("--json", action="store_true")
    options = arguments.parse_args()
    try:
        measured = measure(options)
    except Wrong as error:
        sys.exit(f"FAILED {error}")
    if options.json:
        print(json.dumps({"kernels": [figures(name, runs) for name, runs in measured.items()]}))
    else:
        print(table(measured))


if __name__ == "__main__":
    main()
