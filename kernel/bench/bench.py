"""Measures real kernels as a notebook sees them: from opening to the first tensor, later cells, plots, memory.

The kernels are opened one after another, and each again in the next round, so that a busy moment of
the machine does not fall on one of them alone. A cell that prints something else than it should, or
an error, ends the measurement.
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
IPYTHON = "MNIST_TUTORIAL_BENCH_IPYTHON"

# Cells with what they must print: a pattern, or PICTURE, or nothing.
PICTURE = "image/png"
RUST = {
    "first": (':dep mnist_tutorial = { path = ".." }\nuse mnist_tutorial::prelude::*;', ""),
    "tensor": ('let a: Tensor = Tensor::from_slice(&[1.0f32, 2.0]);\nprintln!("{a}");', r"1.*\n.*2"),
    "later": [
        ('println!("hi {}", 1);', "hi 1"),
        ("let x: f64 = 3.0;", ""),
        ("let y = x * 2.0;", ""),
        ('println!("{y}");', "^6"),
        ("fn square(value: f64) -> f64 {\n    value * value\n}", ""),
        ('println!("{}", square(y));', "^36"),
        ("let b: Tensor = &a * 2.0 + 1.0;", ""),
        ("let c = b.sum(Kind::Float);", ""),
        ("c.double_value(&[])", "^8"),
        ('let parsed: i32 = "42".parse::<i32>()?;', ""),
        ("let words: Vec<String> = vec![\"one\".to_owned(), \"two\".to_owned()];", ""),
        ('println!("{words:?}");', r'\["one", "two"\]'),
    ],
    "plot": "plot::batch_losses(&[3.0, 2.0, 1.5, {}])?",
}
PYTHON = {
    "first": ("import torch", ""),
    "tensor": ("a = torch.tensor([1.0, 2.0])\nprint(a)", r"1.*2"),
    "later": [
        ('print(f"hi {1}")', "hi 1"),
        ("x: float = 3.0", ""),
        ("y = x * 2.0", ""),
        ("print(y)", "^6"),
        ("def square(value):\n    return value * value", ""),
        ("print(square(y))", "^36"),
        ("b = a * 2.0 + 1.0", ""),
        ("c = b.sum()", ""),
        ("c.item()", "^8"),
        ('parsed = int("42")', ""),
        ('words = ["one", "two"]', ""),
        ("print(words)", r"\['one', 'two'\]"),
    ],
    "plot": "import matplotlib.pyplot as plt\nplt.plot([3.0, 2.0, 1.5, {}]); plt.show()",
}
PLOTS = [1.4, 1.3, 1.2, 1.1]

# Seconds: the longest a cell may take (a first one of a stock kernel compiles everything), and how
# long evcxr's last lines may come after it has said that the cell is done.
LONGEST, LATE = 1800, 5


class Wrong(Exception):
    """A cell that did not do what it should, or a kernel that did not start."""


def say(text):
    print(text, file=sys.stderr, flush=True)


# ---- A kernel and its cells ----------------------------------------------------------------------

class Opened:
    """A started kernel; `begun` is when it was asked for."""

    def __init__(self, specification, folder, environment):
        self.manager = KernelManager()
        self.manager._kernel_spec = specification
        self.begun = time.monotonic()
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, **environment})
        self.client = self.manager.client()
        self.client.start_channels()

    def wait_until_ready(self):
        try:
            self.client.wait_for_ready(timeout=600)
        except RuntimeError as error:
            raise Wrong(f"the kernel did not start: {error}")
        return time.monotonic() - self.begun

    def close(self):
        self.manager.shutdown_kernel(now=False)
        self.client.stop_channels()

    def run(self, code, expected):
        """Runs a cell; gives the seconds until it was done and had printed what it should."""
        begun = time.monotonic()
        request, printed, idle, done = self.client.execute(code), "", None, False
        while not done:
            now = time.monotonic()
            limit = idle + LATE if idle else begun + LONGEST
            try:
                message = self.client.get_iopub_msg(timeout=max(limit - now, 0.01))
            except queue.Empty:
                raise Wrong(f"`{code}` printed {printed!r}, expected {expected!r}")
            if message["parent_header"].get("msg_id") != request:
                continue
            printed += text_of(message, code)
            if message["content"].get("execution_state") == "idle":
                idle = time.monotonic()
            done = idle and re.search(expected, printed, re.MULTILINE)
        reply = self.client.get_shell_msg(timeout=LATE)["content"]
        if reply["status"] != "ok":
            raise Wrong(f"`{code}` failed: {reply}")
        return time.monotonic() - begun


def text_of(message, code):
    kind, content = message["msg_type"], message["content"]
    if kind == "error" or (kind == "stream" and content["name"] == "stderr"):
        raise Wrong(f"`{code}` failed: {content.get('text') or content.get('evalue')}")
    if kind == "stream":
        return content["text"]
    if kind in ["execute_result", "display_data"]:
        data = content["data"]
        return PICTURE if PICTURE in data else data.get("text/plain", "")
    return ""


def memory_mb(roots):
    """Megabytes of these processes and their children: of all but the one that runs cells, and of that one.

    Shared pages are divided among those who share them (PSS) where the system counts so. A spare
    that is being made for the next notebook is left out.
    """
    kernel = child = 0
    todo = list(roots)
    while todo:
        process = todo.pop()
        with contextlib.suppress(psutil.Error):
            if "--spare" in process.cmdline() and process not in roots:
                continue
            todo += process.children()
            memory = process.memory_full_info()
            size = getattr(memory, "pss", memory.rss) / 1e6
            if "EVCXR_IS_RUNTIME" in process.environ():
                child += size
            else:
                kernel += size
    return kernel, child


# ---- The kernels that are compared -----------------------------------------------------------------

class Bench:
    def __init__(self, options):
        self.folder = options.project / "notebooks"
        self.options = options

    @contextlib.contextmanager
    def open(self, name):
        """Gives a kernel of that name, and the processes that belong to it from elsewhere."""
        with getattr(self, name)() as (specification, environment, others):
            opened = Opened(specification, self.folder, environment)
            try:
                yield opened, others
            finally:
                opened.close()

    @contextlib.contextmanager
    def stock(self):
        """evcxr as it is, with an empty folder of its own."""
        libtorch = str(self.options.libtorch)
        loader = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
        with tempfile.TemporaryDirectory(prefix="mnist-tutorial-bench-") as place:
            for name in ["crate", "settings"]:
                pathlib.Path(place, name).mkdir()
            environment = {
                "LIBTORCH": libtorch, "EVCXR_TMPDIR": f"{place}/crate", "EVCXR_CONFIG_DIR": f"{place}/settings",
                loader: os.pathsep.join(filter(None, [f"{libtorch}/lib", os.environ.get(loader)]))}
            yield KernelSpec(argv=[str(self.options.evcxr), "--control_file", "{connection_file}"],
                             interrupt_mode="message", language="rust"), environment, []

    def course(self):
        specification = KernelSpecManager().get_kernel_spec(self.options.kernel)
        return specification, {"MNIST_TUTORIAL_PROJECT": str(self.options.project), "MNIST_TUTORIAL_SPARES": "0"}

    @contextlib.contextmanager
    def ours(self):
        specification, environment = self.course()
        yield specification, environment, []

    @contextlib.contextmanager
    def spare(self):
        """The course's kernel where a warm one waits for it."""
        specification, environment = self.course()
        command = [specification.argv[0], "kernel", "--spare"]
        own = {**os.environ, **specification.env, **environment, "MNIST_TUTORIAL_SPARES": "1"}
        process = subprocess.Popen(command, cwd=self.folder, env=own, text=True, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        try:
            if process.stdout.readline().strip() != "ready":
                raise Wrong(f"no spare: `{' '.join(command)}` ended without the word `ready`")
            yield specification, environment | {"MNIST_TUTORIAL_SPARES": "1"}, [psutil.Process(process.pid)]
        finally:
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()

    @contextlib.contextmanager
    def ipython(self):
        argv = [os.environ[IPYTHON], "-m", "ipykernel_launcher", "--log-level=ERROR", "-f", "{connection_file}"]
        # As Jupyter does it for notebooks: figures are shown inline.
        environment = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        yield KernelSpec(argv=argv, language="python"), environment, []

    def run(self, name):
        """One kernel from opening to closing."""
        cells = PYTHON if name == "ipython" else RUST
        with self.open(name) as (opened, others):
            ready = opened.wait_until_ready()
            opened.run(*cells["first"])
            opened.run(*cells["tensor"])
            first_tensor = time.monotonic() - opened.begun
            later = [opened.run(*cell) for cell in cells["later"]]
            plots = [opened.run(cells["plot"].replace("{}", str(value)), PICTURE) for value in PLOTS] \
                if name != "ipython" or has("matplotlib", self.folder) else []
            launched = psutil.Process(opened.manager.provisioner.pid)
            if name == "spare" and memory_mb([launched])[1]:
                raise Wrong("the spare was not taken: the launcher started a kernel of its own")
            memory = memory_mb([launched, *others])
        say(f"  {name}: ready {ready:.2f} s, first tensor {first_tensor:.2f} s, "
            f"later cells {statistics.median(later):.2f} s, memory {sum(memory):.0f} MB")
        return {"ready": ready, "first_tensor": first_tensor, "later": later, "plots": plots, "memory": memory}


# ---- Figures -------------------------------------------------------------------------------------

def percentile_95(values):
    ordered = sorted(values)
    return ordered[max(0, -(-95 * len(ordered) // 100) - 1)]


def figures(name, runs):
    """The object of `--json`: seconds and megabytes, `null` where there is nothing to measure."""
    later = [value for run in runs for value in run["later"]]
    plots = [value for run in runs for value in run["plots"]]
    median = lambda values: round(statistics.median(values), 3) if values else None  # noqa: E731
    return {
        "name": name, "ready_s": median([run["ready"] for run in runs]),
        "first_tensor_s": median([run["first_tensor"] for run in runs]), "cell_median_s": median(later),
        "cell_p95_s": round(percentile_95(later), 3), "plot_median_s": median(plots),
        "memory_mb": median([sum(run["memory"]) for run in runs])}


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


def has(module, folder):
    command = [os.environ[IPYTHON], "-c", f"import {module}"]
    return subprocess.run(command, cwd=folder, stderr=subprocess.DEVNULL).returncode == 0


def chosen(options, folder):
    names = [name for name in NAMES if options.only in [None, name]]
    if "ipython" in names and not os.environ.get(IPYTHON):
        if options.only:
            raise Wrong(f"set {IPYTHON} to a Python that has ipykernel and torch")
        say(f"ipython is left out: {IPYTHON} names no Python with ipykernel and torch")
        names.remove("ipython")
    for module in ["ipykernel", "torch"] if "ipython" in names else []:
        if not has(module, folder):
            raise Wrong(f"{IPYTHON}={os.environ[IPYTHON]} has no {module}")
    return names


def measure(options):
    bench = Bench(options)
    names = chosen(options, bench.folder)
    measured = {name: [] for name in names}
    for number in range(1, options.runs + 1):
        say(f"round {number} of {options.runs}")
        for name in names:
            # It compiles everything for minutes, so once will do unless it is asked for alone.
            if name == "stock" and number > 1 and not options.only:
                continue
            try:
                measured[name].append(bench.run(name))
            except Wrong as error:
                raise Wrong(f"{name}: {error}")
    return measured


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--project", required=True, type=pathlib.Path)
    arguments.add_argument("--evcxr", required=True, type=pathlib.Path)
    arguments.add_argument("--libtorch", required=True, type=pathlib.Path)
    arguments.add_argument("--kernel", required=True, help="the course's kernel, by its name")
    arguments.add_argument("--runs", type=int, required=True)
    arguments.add_argument("--only", choices=NAMES)
    arguments.add_argument("--json", action="store_true")
    options = arguments.parse_args()
    try:
        measured = measure(options)
    except Wrong as error:
        say(f"FAILED {error}")
        return 1
    if options.json:
        print(json.dumps({"kernels": [figures(name, runs) for name, runs in measured.items()]}))
    else:
        print(table(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
