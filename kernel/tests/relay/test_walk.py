"""A random walk: whatever people do to a kernel, in whatever order, some things must hold.

What a cell shows belongs to that cell and is whole; variables are right or all gone, and not gone without a
reason; a fresh cell answers; a kernel that was ended leaves no process. WALK_ACTIONS is the number of actions,
WALK_SEED chooses them; both are printed, so that a walk can be repeated. With WALK_TOLD it names each.
"""
import os
import pathlib
import random
import signal
import time
import unittest
import uuid

from real import FIRST, PREFIX, STOP, RealKernel, order
from test_launcher import kill, processes_with, until

ACTIONS = int(os.environ.get("WALK_ACTIONS", "500"))
SEED = int(os.environ.get("WALK_SEED") or random.randrange(10**6))
# Seconds: for any cell or end of a process; within which an interrupted cell must have ended.
LONGEST, INTERRUPTED = 120, 30
LOST = "cannot find value"


class Outcome:
    """What a cell has shown."""

    def __init__(self):
        self.status, self.text, self.warnings, self.error, self.values = None, "", "", "", []

    def __repr__(self):
        text = self.text if len(self.text) < 300 else f"{self.text[:100]}…{self.text[-200:]}"
        return f"{self.status}, printed {text!r}, warned {self.warnings!r}, error {self.error!r}, values {self.values}"


class Walk(RealKernel):
    def setUp(self):
        super().setUp()
        self.mark = uuid.uuid4().hex
        self.variables |= {"WALK": self.mark}
        self.addCleanup(lambda: kill(self.processes()))
        self.random, self.number = random.Random(SEED), 0
        self.begin()

    # The kernel

    def begin(self, connection=None):
        self.kernel = self.start(connection=connection)
        self.kernel.connect()
        # Values by name; `uncertain` after what may have lost them all.
        self.known, self.uncertain = {}, False
        self.expect(self.cell(FIRST), "")

    def end(self):
        until(lambda: self.kernel.process.poll() is not None, "the launcher goes on")
        until(lambda: not self.processes(), f"processes are left: {self.processes()}")
        self.kernel.close()

    def processes(self):
        return processes_with(f"WALK={self.mark}")

    def cell(self, code, during=None, answer=None, queued=()):
        """Runs a cell to its end; `during` is called after a random moment of its course."""
        client = self.kernel.client
        ids = [client.execute(one, allow_stdin=True) for one in (code, *queued)]
        outcomes, replies, idle = {id: Outcome() for id in ids}, set(), set()
        began = time.monotonic()
        moment = began + self.random.random() * 1.5 if during else None
        while replies != set(ids) or idle != set(ids):
            now = time.monotonic()
            self.assertLess(now - began, LONGEST, f"no end of {code!r}: {outcomes}")
            if moment and now > moment:
                moment = None
                during()
            for socket in (client.iopub_channel, client.shell_channel, client.stdin_channel):
                while socket.msg_ready():
                    self.hear(socket.get_msg(), outcomes, replies, idle, answer)
            time.sleep(0.002)
        return outcomes[ids[0]] if not queued else list(outcomes.values())

    def hear(self, message, outcomes, replies, idle, answer):
        kind, content, parent = message["msg_type"], message["content"], message["parent_header"].get("msg_id")
        outcome = outcomes.get(parent)
        if kind in ("stream", "error", "display_data", "execute_result"):
            self.assertIsNotNone(outcome, f"of another cell: {content}")
        if outcome is None:
            return
        if kind == "stream":
            if content["name"] == "stdout":
                outcome.text += content["text"]
            else:
                outcome.warnings += content["text"]
        elif kind == "error":
            outcome.error = content["evalue"]
        elif kind in ("display_data", "execute_result"):
            outcome.values.append(content["data"].get("text/plain"))
        elif kind == "execute_reply":
            outcome.status = content["status"]
            replies.add(parent)
        elif kind == "input_request":
            self.kernel.client.input(answer)
        elif kind == "status" and content["execution_state"] == "idle":
            idle.add(parent)

    def expect(self, outcome, text, error=None, warnings=""):
        self.assertEqual(outcome.status, "error" if error else "ok", outcome)
        self.assertEqual((outcome.text, outcome.warnings), (text, warnings), outcome)
        if error:
            self.assertIn(error, outcome.error)

    def interrupt(self):
        self.kernel.client.control_channel.send(self.kernel.client.session.msg("interrupt_request", {}))

    def child(self):
        children = [process for process in self.processes()
                    if b"EVCXR_IS_RUNTIME=1" in pathlib.Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
                    and "evcxr_jupyter" in os.readlink(f"/proc/{process}/exe")]
        return children[0] if children else None

    def lose(self):
        self.known, self.uncertain = {}, False

    # What people do

    def prints(self):
        self.expect(self.cell(f'println!("one {self.number}");\neprintln!("two");'), f"one {self.number}\n", warnings="two\n")

    def shows_a_value(self):
        outcome = self.cell(f"{self.number} + 1")
        self.assertEqual((outcome.status, outcome.values), ("ok", [str(self.number + 1)]), outcome)

    def defines(self):
        self.expect(self.cell(f"let v{self.number} = {self.number};"), "")
        self.known[f"v{self.number}"] = self.number

    def reads(self):
        if not self.known:
            return self.defines()
        name = self.random.choice(list(self.known))
        outcome = self.cell(f'println!("{{}}", {name});')
        if self.uncertain and outcome.status == "error":
            self.assertIn(LOST, outcome.error)
            return self.lose()
        self.uncertain = False
        self.expect(outcome, f"{self.known[name]}\n")

    def panics(self):
        self.expect(self.cell(f'println!("before"); panic!("boom {self.number}");'), "before\n", f"boom {self.number}")

    def returns_an_error(self):
        self.expect(self.cell(f'Err::<(), _>(std::io::Error::other("no {self.number}"))?;'), "", f"no {self.number}")

    def mistypes(self):
        self.expect(self.cell('let wrong: i32 = "text";'), "", "mismatched types")

    def prints_bad_bytes(self):
        code = f'use std::io::Write; std::io::stdout().write_all(b"caf\\xe9 {self.number}\\n")?;'
        self.expect(self.cell(code), f"caf\ufffd {self.number}\n")
        code = f'std::io::stderr().write_all(b"caf\\xe9 {self.number}\\n")?;'
        self.expect(self.cell(f"use std::io::Write; {code}"), "", warnings=f"caf\ufffd {self.number}\n")

    def prints_without_a_newline(self):
        self.expect(self.cell(f'print!("part {self.number}");'), f"part {self.number}")

    def floods(self):
        outcome = self.cell(f'for line in 0..200_000 {{ println!("{{line}} of {self.number}"); }}\nprintln!("last");')
        self.assertEqual(outcome.status, "ok", outcome)
        self.assertTrue(outcome.text.startswith(f"0 of {self.number}\n"), outcome)
        self.assertTrue(outcome.text.endswith("last\n"), outcome)
        self.assertLess(len(outcome.text), 2_000_000)

    def asks(self):
        code = 'let mut line = String::new(); std::io::stdin().read_line(&mut line)?; println!("got {}", line.trim());'
        self.expect(self.cell("{ " + code + " }", answer=f"word {self.number}"), f"got word {self.number}\n")

    def clears(self):
        self.assertEqual(self.cell(self.random.choice([":clear", ":restart"])).status, "ok")
        self.lose()

    def formats(self):
        self.assertEqual(self.cell(self.random.choice([":efmt {:?}", ":efmt {}"])).status, "ok")

    def exits(self):
        self.expect(self.cell(f'println!("last {self.number}"); std::process::{self.random.choice(["exit(3)", "abort()"])};'),
                    f"last {self.number}\n", "its variables are lost")
        self.lose()

    def trains_and_is_stopped(self):
        code = (order(training={"epoch": 0, "checkpoint": None})
                + f"while !std::path::Path::new(&{STOP}).exists() {{ std::thread::sleep(std::time::Duration::from_millis(5)); }}\n"
                + order(training=None) + f'println!("trained {self.number}");')
        trains = pathlib.Path(self.folder_of_relay(), "training")

        def stop():
            until(trains.exists, "no training")
            self.interrupt()

        trained, waiting = self.cell(code, during=stop, queued=['println!("not run");'])
        self.expect(trained, f"trained {self.number}\n")
        self.assertEqual((waiting.status, waiting.text), ("aborted", ""))

    def folder_of_relay(self):
        variables = pathlib.Path(f"/proc/{self.child()}/environ").read_bytes().split(b"\0")
        stop = next(one for one in variables if one.startswith(os.fsencode(f"{PREFIX}STOP=")))
        return pathlib.Path(os.fsdecode(stop).partition("=")[2]).parent

    def is_interrupted(self):
        code, ends = self.random.choice([
            ('loop { println!("for ever"); }', False), ("loop {}", False),
            ("loop { std::thread::sleep(std::time::Duration::from_millis(5)); }", False),
            (f'println!("slow {self.number}"); std::thread::sleep(std::time::Duration::from_millis(300)); println!("done");', True)])
        pressed = []

        def press():
            pressed.append(time.monotonic())
            self.interrupt()

        outcome = self.cell(code, during=press)
        if outcome.status == "ok":
            self.assertTrue(ends, outcome)
            self.assertEqual(outcome.text, f"slow {self.number}\ndone\n")
        else:
            self.assertLess(time.monotonic() - pressed[0], INTERRUPTED, outcome)
            self.assertIn("nterrupted", outcome.error)
            self.uncertain |= bool(self.known) and "all variables are kept" not in outcome.error

    def is_interrupted_when_nothing_runs(self):
        self.interrupt()
        # A cell that comes at once may be there before it.
        time.sleep(0.5)
        self.reads()

    def is_reloaded(self):
        self.kernel.client.stop_channels()
        self.kernel.connect()

    def loses_its_process(self):
        """Killed, as by a system that has no memory left."""
        outcome = self.cell("loop {}", during=lambda: os.kill(self.child(), signal.SIGKILL))
        self.assertEqual(outcome.status, "error", outcome)
        self.lose()

    def is_restarted(self):
        self.kernel.client.shutdown(restart=True)
        self.end()
        self.begin()

    def loses_a_part(self):
        names = {"launcher": "run", "relay": "relay.py", "evcxr": "--control_file"}
        part = self.random.choice(list(names))
        found = {process for process, line in self.processes().items()
                 if names[part] in line.split("\0") or part == "relay" and "relay.py" in line}
        found.discard(self.child())
        if self.random.random() < 0.5:
            self.kernel.client.execute('loop { println!("for ever"); }')
            time.sleep(self.random.random())
        os.kill(self.kernel.process.pid if part == "launcher" else found.pop(), signal.SIGKILL)
        self.end()
        self.begin()

    def test_a_random_walk(self):
        often = [self.prints, self.shows_a_value, self.defines, self.reads, self.reads, self.panics, self.returns_an_error,
                 self.mistypes, self.prints_without_a_newline, self.prints_bad_bytes, self.is_interrupted, self.is_reloaded,
                 self.trains_and_is_stopped, self.is_interrupted_when_nothing_runs, self.asks]
        seldom = [self.floods, self.clears, self.formats, self.exits, self.loses_its_process, self.is_restarted, self.loses_a_part]
        actions = often * 3 + seldom
        print(f"seed {SEED}, {ACTIONS} actions", flush=True)
        for self.number in range(ACTIONS):
            action = self.random.choice(actions)
            if os.environ.get("WALK_TOLD"):
                print(self.number, action.__name__, flush=True)
            with self.subTest(seed=SEED, number=self.number, action=action.__name__):
                action()
                continue
            self.fail(f"seed {SEED}, action {self.number}: {action.__name__}")
        self.prints()
        self.kernel.shut_down()
        self.end()


if __name__ == "__main__":
    unittest.main()
