"""The launcher, its relay and its spares, as Jupyter starts and ends them, with a kernel that needs no Rust.

The environment names the program in KERNEL, its version in VERSION and this Python's environment in ENVIRONMENT.
"""
import concurrent.futures
import contextlib
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

HERE = pathlib.Path(__file__).resolve().parent
KERNEL, ENVIRONMENT = os.environ["KERNEL"], pathlib.Path(os.environ["ENVIRONMENT"])
DEADLINE = 60
# Another user of this machine.
OTHER, AS_OTHER = 65534, ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
NAME, PREFIX = "test-kernel", "TEST_KERNEL_"
MARK = f"\u2063{NAME} "
TRAINING = MARK + json.dumps({"training": {"epoch": 0, "checkpoint": None}}) + "\n"


def until(condition, what):
    end = time.monotonic() + DEADLINE
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {DEADLINE} s: {what}")
        time.sleep(0.02)
    return found


def processes_with(variable):
    """Those that have this variable with this value, as in `NAME=VALUE`: their command lines by process number."""
    mark, found = os.fsencode(variable), {}
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found[int(process.name)] = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            pass
    return found


def kill(processes):
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def memory_is_short():
    """As the launcher sees it; it starts no successor then."""
    lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
    available = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    group = pathlib.Path("/proc/self/cgroup").read_text().partition("0::/")[2].strip()
    group = pathlib.Path("/sys/fs/cgroup", group)
    try:
        # Files that are cached count as used here: rather a test too few than one that fails.
        left = int((group / "memory.max").read_text()) - int((group / "memory.current").read_text())
    except (OSError, ValueError):
        left = available
    return min(available, left) < 3_500_000_000


def only_root(test):
    there = os.geteuid() == 0 and shutil.which("setpriv")
    return unittest.skipUnless(there, "only root, and with setpriv, can act as another user")(test)


class Started:
    """A launcher, and a client of the kernel behind it."""

    def __init__(self, test, connection=None, **variables):
        self.file = str(test.folder / f"kernel-{random.getrandbits(64):x}.json")
        write_connection_file(self.file, key=b"outside", **connection or {})
        self.errors = open(self.file + ".stderr", "w+")
        test.addCleanup(self.errors.close)
        self.process = subprocess.Popen(
            [KERNEL, "run", test.settings, self.file], env=test.variables | variables, cwd=test.notebooks,
            stderr=self.errors, start_new_session=True)
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.kill)
        self.client = None

    def connect(self):
        self.client = BlockingKernelClient(connection_file=self.file)
        self.client.load_connection_file()
        self.client.start_channels(hb=False)
        self.client.wait_for_ready(timeout=DEADLINE)

    def run(self, code):
        """What the cell prints, or its reply if that is an error."""
        if self.client is None:
            self.connect()
        printed = []

        def hook(message):
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, timeout=DEADLINE, output_hook=hook)["content"]
        return "".join(printed) if reply["status"] == "ok" else reply

    def folder(self):
        return pathlib.Path(self.run("out(os.environ['EVCXR_TMPDIR'])")).parent

    def shut_down(self):
        self.client.shutdown()
        self.process.wait(DEADLINE)

    def close(self):
        if self.client:
            self.client.stop_channels()

    def said(self):
        self.errors.seek(0)
        return self.errors.read()


class Launched(unittest.TestCase):
    def setUp(self):
        random.seed(4)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mt-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.home, self.project = self.folder / "home", self.folder / "clone"
        self.notebooks = self.project / "notebooks"
        self.notebooks.mkdir(parents=True)
        (self.home / "kernels").mkdir(parents=True)
        digest = hashlib.sha256(os.fsencode(self.project)).hexdigest()[:16]
        self.settings = str(self.home / "launcher" / f"{os.environ['VERSION']}-{digest}.json")
        pathlib.Path(self.settings).parent.mkdir()
        pathlib.Path(self.settings).write_text(json.dumps({
            "name": NAME, "display_name": "Rust", "cache": str(self.home),
            "prefix": PREFIX, "crate_name": "library", "cut": {}, "cargo_config": "", "heeded": ["OMP_"], "removed": [], "programs": [],
            "evcxr": str(self.home / "evcxr"), "python": str(ENVIRONMENT / "bin/python"), "remedy": "set it up", "parts": [],
            "prelude": {"imports": "", "in_every_process": "", "report_error": None, "warm_up": ""}}))
        self.set_evcxr(f'exec "{sys.executable}" -B "{HERE / "fake_kernel.py"}" "$@"')
        self.template = self.home / "kernels" / f"template-{digest}"
        (self.template / "crate/target/deps").mkdir(parents=True)
        (self.template / "crate/target/deps/libtch.rlib").write_text("compiled")
        (self.template / "crate/Cargo.toml").write_text("a crate")
        self.write_facts("rustc 1")
        self.variables = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self.variables |= {"TEST_KERNEL_HOME": str(self.home), "TEST_KERNEL_PROJECT": str(self.project)}
        self.addCleanup(self.kill_all)

    def set_evcxr(self, script):
        program = self.home / "evcxr"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def write_facts(self, rustc):
        lock = self.project / "Cargo.lock"
        lock.write_text("versions")
        digest = hashlib.sha256()
        for part in (rustc.encode(), b'{"set":{},"first":{}}', os.fsencode(lock), lock.read_bytes()):
            digest.update(len(part).to_bytes(8, "little") + part)
        facts = dict.fromkeys(("toolchain", "standard_library"), str(self.folder)) | {
            "format": 2, "project": str(self.project), "rustc": rustc, "environment": {"set": {}, "first": {}},
            "variables": {}, "watched": [], "cargo_settings": [], "lock": str(lock), "manifests": [], "packages": [],
            "dependencies": digest.hexdigest(), "everything": ""}
        (self.template / "facts.json").write_text(json.dumps(facts))

    def processes(self):
        return processes_with(f"TEST_KERNEL_HOME={self.home}")

    def kill_all(self):
        kill(self.processes())

    def start(self, connection=None, **variables):
        started = Started(self, connection, **variables)
        self.addCleanup(started.close)
        return started

    def spare(self, *options):
        spare = subprocess.Popen([KERNEL, "spare", self.settings, *options], env=self.variables, cwd=self.notebooks,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(spare.wait)
        self.addCleanup(spare.kill)
        self.addCleanup(spare.stdout.close)
        self.addCleanup(spare.stdin.close)
        return spare

    def ready_spare(self, *options):
        spare = self.spare(*options)
        self.assertEqual(spare.stdout.readline(), b"ready\n")
        return spare

    def runs(self):
        return sorted(path for path in (self.home / "kernels/runs").glob("kernel-*") if path.is_dir())

    def offers(self):
        return list((self.home / "kernels/runs/spares").glob("*"))

    def nothing_runs(self):
        until(lambda: not self.processes(), "processes are left: " + repr(self.processes()))

    def nothing_is_left(self):
        self.nothing_runs()
        self.assertEqual((self.runs(), self.offers()), ([], []))

    def kill_early(self, kernel):
        """After a moment in which the launcher may be anywhere in its start."""
        time.sleep(random.random() / 5)
        kernel.process.terminate()
        kernel.process.wait(DEADLINE)

    def test_a_kernel_that_is_shut_down_leaves_nothing(self):
        kernel = self.start()
        self.assertEqual(kernel.run("out('hello')"), "hello")
        self.assertEqual(self.runs(), [kernel.folder()])
        kernel.shut_down()
        self.assertEqual(kernel.process.returncode, 0)
        self.nothing_is_left()

    @only_root
    def test_another_user_can_neither_list_nor_read_nor_connect(self):
        self.folder.chmod(0o755)
        self.ready_spare()
        folder, [offer] = self.start().folder(), self.offers()
        # A socket cannot be read; who may not even find it cannot connect to it either.
        for line in (["ls", folder.parent], ["ls", folder / "crate"], ["cat", folder / "evcxr/prelude.rs"],
                     ["cat", folder / "relay/evcxr.json"], ["touch", folder / "relay/stop"], ["cat", offer]):
            with self.subTest(line=line):
                done = subprocess.run([*AS_OTHER, *line], capture_output=True, text=True)
                self.assertIn("Permission denied", done.stderr)

    @only_root
    def test_a_folder_that_another_user_has_made_blocks_neither_kernel_nor_spare(self):
        theirs = self.home / "kernels/runs"
        (theirs / "spares").mkdir(parents=True)
        for folder in (theirs, theirs / "spares"):
            os.chown(folder, OTHER, OTHER)
        self.ready_spare()
        [ours] = theirs.parent.glob("runs-*/kernel-*/")
        kernel = self.start(TEST_KERNEL_SPARES="1")
        self.assertEqual(kernel.folder(), ours)
        self.assertEqual(sorted(path.name for path in theirs.iterdir()), ["spares"])

    def test_a_signal_ends_a_kernel_in_the_middle_of_a_cell(self):
        kernel = self.start()
        kernel.run("out('hello')")
        kernel.client.execute("time.sleep(1000)")
        kernel.process.terminate()
        kernel.process.wait(DEADLINE)
        self.nothing_is_left()

    def test_a_kernel_told_to_end_while_it_starts_removes_what_it_made(self):
        for number in range(200):
            (self.template / f"crate/target/file-{number}").write_text("to be copied")
        for _ in range(10):
            self.kill_early(self.start())
            self.nothing_is_left()

    def test_twenty_kernels_killed_at_random_leave_nothing(self):
        before = sorted((str(path), path.stat().st_mtime_ns) for path in self.template.rglob("*"))
        for number in range(20):
            kernel = self.start()
            kernel.run("out('hello')")
            folder = kernel.folder()
            child = int((folder / "crate/child").read_text())
            found = self.processes()
            relay = next(process for process, line in found.items() if "relay.py" in line)
            evcxr = next(process for process, line in found.items() if "fake_kernel.py" in line)
            victim = random.choice(["launcher", "group", "relay", "evcxr", "child"])
            with self.subTest(number=number, victim=victim):
                if victim == "group":
                    os.killpg(kernel.process.pid, signal.SIGKILL)
                else:
                    one = {"launcher": kernel.process.pid, "relay": relay, "evcxr": evcxr, "child": child}[victim]
                    os.kill(one, signal.SIGKILL)
                if victim == "child":
                    kernel.shut_down()
                kernel.process.wait(DEADLINE)
                self.nothing_runs()
                if victim in ("relay", "evcxr"):
                    self.assertIn("error: ", kernel.said())
                # What a killed launcher could not remove, the next one does.
                for left in self.runs():
                    self.assertIn(victim, ("launcher", "group"))
                    os.utime(f"{left}.alive", (1, 1))
            kernel.close()
        last = self.start()
        until(lambda: len(self.runs()) == 1, "what killed kernels left is still there")
        last.run("out('hello')")
        last.shut_down()
        self.nothing_is_left()
        self.assertEqual(before, sorted((str(path), path.stat().st_mtime_ns) for path in self.template.rglob("*")))

    def test_four_kernels_at_once_do_not_meet(self):
        kernels = [self.start() for _ in range(4)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            folders = list(pool.map(Started.folder, kernels))
        self.assertEqual(len(set(folders)), 4)
        for number, kernel in enumerate(kernels):
            self.assertEqual(kernel.run(f"out('{number}')"), str(number))
        for kernel in kernels:
            kernel.shut_down()
        self.nothing_is_left()

    def test_a_kernel_ends_when_jupyter_is_killed(self):
        file = str(self.folder / "kernel-1.json")
        write_connection_file(file, key=b"outside")
        jupyter = subprocess.Popen(
            [sys.executable, "-c", "import subprocess, sys; subprocess.Popen(sys.argv[1:]).wait()", KERNEL, "run", self.settings, file],
            env=self.variables, cwd=self.notebooks)
        until(lambda: any("fake_kernel" in line for line in self.processes().values()), "no kernel")
        jupyter.kill()
        jupyter.wait()
        self.nothing_runs()

    def test_a_spare_is_adopted_and_ends_with_its_adopter(self):
        for end in ("shutdown", "terminate", "kill"):
            with self.subTest(end=end):
                self.ready_spare()
                [folder] = self.runs()
                kernel = self.start(TEST_KERNEL_SPARES="1")
                self.assertEqual((kernel.folder(), self.runs()), (folder, [folder]))
                self.assertEqual(kernel.run("out('1'); out('2')"), "12")
                if end == "shutdown":
                    kernel.shut_down()
                else:
                    getattr(kernel.process, end)()
                    kernel.process.wait(DEADLINE)
                self.nothing_is_left()

    def test_an_adopter_hears_when_its_kernel_ends(self):
        self.ready_spare()
        kernel = self.start(TEST_KERNEL_SPARES="1")
        kernel.run("out('hello')")
        os.kill(next(process for process, line in self.processes().items() if "fake_kernel" in line), signal.SIGKILL)
        self.assertNotEqual(kernel.process.wait(DEADLINE), 0)
        self.assertIn("error: evcxr ended", kernel.said())
        self.nothing_is_left()

    def test_two_adopters_get_different_kernels_and_a_third_a_new_one(self):
        for _ in range(2):
            self.ready_spare()
        spares = self.runs()
        kernels = [self.start(TEST_KERNEL_SPARES="1") for _ in range(2)]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            folders = list(pool.map(Started.folder, kernels))
        self.assertEqual(sorted(folders), spares)
        self.assertNotIn(self.start(TEST_KERNEL_SPARES="1").folder(), spares)

    def test_a_spare_that_does_not_fit_is_left_alone(self):
        self.ready_spare()
        [spare] = self.runs()
        self.assertNotEqual(self.start().folder(), spare)
        self.assertNotEqual(self.start(TEST_KERNEL_SPARES="1", OMP_NUM_THREADS="7").folder(), spare)
        self.notebooks = self.project
        self.assertNotEqual(self.start(TEST_KERNEL_SPARES="1").folder(), spare)

    def test_each_stand_in_can_be_turned_off(self):
        files = {"preload": "evcxr/prelude.rs", "analyzer": "analyzer/bin/rustc", "shortcut": "shortcut/cargo"}
        kernel = self.start()
        folder = kernel.folder()
        self.assertEqual([(folder / file).exists() for file in files.values()], [True] * 3)
        rustup = [str(folder / "analyzer/path/rustup"), "which", "cargo"]
        self.assertEqual(subprocess.check_output(rustup, text=True).strip(), str(folder / "shortcut/cargo"))
        for name in files:
            with self.subTest(without=name):
                kernel = self.start(TEST_KERNEL_WITHOUT=f"{name},spare")
                folder = kernel.folder()
                there = {other for other, file in files.items() if (folder / file).exists()}
                # Without the shortcut, its stand-in still keeps the versions of the dependencies.
                self.assertEqual(there, files.keys() - ({name} - {"shortcut"}))
                self.assertEqual("'compile'" in (folder / "shortcut/cargo").read_text(), name != "shortcut")
                self.assertEqual(kernel.run("out(os.environ.get('RUSTC', ''))"),
                                 "" if name == "analyzer" else str(folder / files["analyzer"]))
                rustup[0] = str(folder / "analyzer/path/rustup")
                self.assertEqual(subprocess.check_output(rustup, text=True).strip(), str(folder / "shortcut/cargo"))
        self.variables["TEST_KERNEL_WITHOUT"] = "spare"
        self.ready_spare()
        spare = max(self.runs(), key=lambda path: path.stat().st_mtime)
        self.assertNotEqual(self.start(TEST_KERNEL_SPARES="1").folder(), spare)
        self.assertTrue(spare.exists() and self.offers())

    def test_a_spare_that_is_stuck_or_dead_is_not_waited_for(self):
        stuck, dead = self.ready_spare(), self.ready_spare()
        stuck.send_signal(signal.SIGSTOP)
        dead.kill()
        dead.wait()
        spares = self.runs()
        kernel = self.start(TEST_KERNEL_SPARES="1")
        self.assertNotIn(kernel.folder(), spares)
        stuck.send_signal(signal.SIGCONT)
        stuck.wait(DEADLINE)
        self.assertEqual(kernel.run("out('mine')"), "mine")

    def test_a_spare_ends_with_its_owner_its_input_or_its_template(self):
        owner = subprocess.Popen(["sleep", "1000"])
        self.ready_spare(str(owner.pid))
        owner.kill()
        owner.wait()
        self.nothing_is_left()
        self.ready_spare().stdin.close()
        self.nothing_is_left()
        self.ready_spare()
        self.write_facts("rustc 2")
        self.nothing_is_left()

    def test_a_stuck_kernel_does_not_keep_its_adopter_from_ending(self):
        spare = self.ready_spare()
        kernel = self.start(TEST_KERNEL_SPARES="1")
        kernel.run("out('hello')")
        spare.send_signal(signal.SIGSTOP)
        kernel.process.terminate()
        kernel.process.wait(DEADLINE)
        spare.send_signal(signal.SIGCONT)
        spare.wait(DEADLINE)
        self.nothing_is_left()

    @unittest.skipIf(memory_is_short(), "less than 3.5 GB of memory are available")
    def test_as_many_spares_wait_as_are_wanted(self):
        owner = subprocess.Popen(["sleep", "1000"])
        self.addCleanup(owner.wait)
        self.addCleanup(owner.kill)
        self.variables["TEST_KERNEL_SPARES"] = "3"
        self.ready_spare(str(owner.pid))
        until(lambda: len(self.offers()) == 3, "there are not three spares")
        until(lambda: sum("fake_kernel" in line for line in self.processes().values()) == 3, "not three kernels")
        # Each is ready soon, and would by then have started another one.
        time.sleep(2)
        self.assertEqual((len(self.offers()), len(self.runs())), (3, 3))

    @unittest.skipIf(memory_is_short(), "less than 3.5 GB of memory are available")
    def test_a_kernel_that_is_idle_starts_the_next_spare(self):
        first = self.start(TEST_KERNEL_SPARES="1")
        first.run("out('hello')")
        until(self.offers, "no spare; are 3 GB of memory available?")
        until(lambda: len(self.runs()) == 2, "no second folder")
        second = self.start(TEST_KERNEL_SPARES="1")
        second.run("out('hello')")
        self.assertEqual(len(self.runs()), 2)
        for kernel in (first, second):
            kernel.shut_down()
        # Its successor, if it is there already, ends with this process; here it is ended.
        self.kill_all()

    def test_an_evcxr_that_does_not_start_is_named_with_its_last_words(self):
        self.set_evcxr("echo 'cannot load libfoo' >&2; exit 3")
        kernel = self.start()
        self.assertEqual(kernel.process.wait(DEADLINE), 1)
        self.assertRegex(kernel.said(), r"error: evcxr ended before it was ready \(exit status: 3\); the last it said: "
                         "cannot load libfoo; .*set it up")
        self.nothing_is_left()

    def test_taken_ports_are_tried_again(self):
        flag = self.folder / "second"
        self.set_evcxr(f'[ -e "{flag}" ] || {{ touch "{flag}"; echo "Address already in use" >&2; exit 1; }}\n'
                       f'exec "{sys.executable}" -B "{HERE / "fake_kernel.py"}" "$@"')
        self.assertEqual(self.start().run("out('hello')"), "hello")

    def test_a_port_of_jupyters_that_is_taken_is_named_and_no_second_kernel_tried(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            kernel = self.start(connection={"shell_port": other.getsockname()[1]})
            self.assertEqual(kernel.process.wait(DEADLINE), 1)
        self.assertRegex(kernel.said(), r"error: the ports that Jupyter chose .*\(Address already in use.*restart the kernel")
        self.assertEqual(kernel.said().count("error: the ports"), 1)
        self.assertNotIn("Traceback", kernel.said())
        self.nothing_is_left()

    def test_a_missing_or_unfinished_template_names_the_command(self):
        (self.template / "facts.json").unlink()
        kernel = self.start()
        self.assertEqual(kernel.process.wait(DEADLINE), 1)
        self.assertRegex(kernel.said(), "error: there is no finished kernel template .*set it up")

    def test_a_compiler_that_was_updated_in_place_names_the_command(self):
        program = self.folder / "rustc"
        for version, words in (("rustc 1", None), ("rustc 2", "built by rustc 1, and .*/rustc is now rustc 2; .*set it up")):
            program.write_text(f"#!/bin/sh\necho {version}\n")
            program.chmod(0o755)
            kernel = self.start()
            if words is None:
                self.assertEqual(kernel.run("out('hello')"), "hello")
            else:
                self.assertEqual(kernel.process.wait(DEADLINE), 1)
                self.assertRegex(kernel.said(), words)

    def test_a_full_disk_is_named_and_nothing_is_left(self):
        disk = self.home / "kernels/runs"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(disk)]
        if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
            self.skipTest("a small disk cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)])
        (self.template / "crate/large").write_bytes(b"x" * 1_000_000)
        kernel = self.start()
        self.assertEqual(kernel.process.wait(DEADLINE), 1)
        self.assertRegex(kernel.said(), f"error: the disk is full: {disk} has [0-9]+ bytes free, .*100000000")
        self.assertEqual(list(disk.iterdir()), [])

    def test_a_stop_from_elsewhere_ends_a_training(self):
        kernel, other = self.start(), self.start()
        other.run("out('no training')")
        kernel.run("out('hello')")
        stop = [KERNEL, "stop", self.settings]
        said = subprocess.run(stop, env=self.variables, capture_output=True, text=True, check=True).stdout
        self.assertIn("0 trainings", said)
        kernel.client.execute(f"out({TRAINING!r}); wait(os.environ['TEST_KERNEL_STOP']); out('stopped')")
        until(lambda: list((self.home / "kernels/runs").glob("*/relay/training")), "no training")
        said = subprocess.run(stop, env=self.variables, capture_output=True, text=True, check=True).stdout
        self.assertIn("1 trainings", said)
        self.assertEqual(kernel.client.get_shell_msg(timeout=DEADLINE)["content"]["status"], "ok")


if __name__ == "__main__":
    unittest.main()
