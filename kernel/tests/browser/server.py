"""Jupyter servers for the browser tests: one with the stand-in kernel, one as `cargo xtask lab` starts it."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
START, END = 120, 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, **options):
    """A program in a session of its own, ended with this block, and killed if it does not end."""
    process = subprocess.Popen(command, start_new_session=True, text=True, **options)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def with_fake_kernel(python, folder):
    """JupyterLab behind a base URL, with the extension and a kernel that only pretends; gives its address."""
    with tempfile.TemporaryDirectory(prefix="mnist-tutorial-browser-") as place:
        data = pathlib.Path(place, "data")
        shutil.copytree(HERE.parents[1] / "labextension", data / "labextensions/rust-kernel-live")
        kernel = data / "kernels/mnist-tutorial"
        kernel.mkdir(parents=True)
        kernel.joinpath("kernel.json").write_text(json.dumps({
            "argv": [python, str(HERE / "fake_kernel.py"), "-f", "{connection_file}"],
            "display_name": "Fake", "language": "rust", "interrupt_mode": "message"}))
        news = pathlib.Path(place, "lab-settings/@jupyterlab/apputils-extension")
        news.mkdir(parents=True)
        news.joinpath("notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
        names = ["DATA", "CONFIG", "RUNTIME"]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("JUPYTER")}
        environment |= {f"JUPYTER_{name}_DIR": f"{place}/{name.lower()}" for name in names}
        environment |= {f"JUPYTERLAB_{name}_DIR": f"{place}/lab-{name.lower()}" for name in ["SETTINGS", "WORKSPACES"]}
        environment |= {"IPYTHONDIR": f"{place}/ipython", "JUPYTER_PLATFORM_DIRS": "0"}
        port, log = free_port(), open(f"{place}/log", "w+")
        command = [python, "-m", "jupyterlab", "--no-browser", f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1",
                   f"--ServerApp.root_dir={folder}", "--ServerApp.base_url=/a/course/", "--IdentityProvider.token=t",
                   "--LabApp.news_url=None", "--LabApp.extension_manager=readonly", "--allow-root"]
        with log, running(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:
            address = f"http://127.0.0.1:{port}/a/course/"
            wait_until_it_answers(f"{address}api/status?token=t", process, log)
            yield address, "t"


def wait_until_it_answers(address, process, log):
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            return urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
    log.seek(0)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read()[-2000:]}")


def end_kernels(address, token):
    """Ends what the notebooks that were opened have started: a kernel takes a gigabyte."""
    def ask(path, method):
        request = urllib.request.Request(f"{address}api/{path}", method=method, headers={"Authorization": f"token {token}"})
        with urllib.request.urlopen(request, timeout=END) as answer:
            return json.loads(answer.read() or "null")

    for session in ask("sessions", "GET"):
        ask(f"sessions/{session['id']}", "DELETE")


@contextlib.contextmanager
def as_the_course_starts_it(xtask, project, folder):
    """`cargo xtask lab` on another folder; gives its address."""
    command = [xtask, "lab", "--no-browser", "--port", str(free_port()), "--spares", "0"]
    environment = {**os.environ, "MNIST_TUTORIAL_PROJECT": str(project), "MNIST_TUTORIAL_SERVED": folder}
    with running(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("JupyterLab: "):
                address, token = line.removeprefix("JupyterLab: ").strip().split("lab/tree/notebooks?token=")
                # Whatever else it says must not fill the pipe.
                threading.Thread(target=lines.extend, args=[process.stdout], daemon=True).start()
                yield address, token
                return
        raise RuntimeError("`cargo xtask lab` did not start:\n" + "".join(lines[-20:]))
