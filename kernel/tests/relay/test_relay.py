"""The relay between a client of Jupyter's own and a kernel that only speaks evcxr's side."""
import contextlib
import json
import os
import pathlib
import queue
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

HERE = pathlib.Path(__file__).resolve().parent
RELAY = HERE.parents[1] / "relay/relay.py"
NAME = "test-kernel"
MARK = f"\u2063{NAME} "
DEADLINE = 20


def order(**content):
    return MARK + json.dumps(content) + "\n"


def error(message="no such layer"):
    return order(error={"name": "panic", "message": message, "traceback": [message, "in the cell"]})


class WithRelay(unittest.TestCase):
    """A relay between a client and a kernel; tests are in classes below."""

    def kernel_command(self, file):
        return [HERE / "fake_kernel.py", file]

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name, "relay")
        self.shortcut = pathlib.Path(folder.name, "shortcut")
        self.folder.mkdir()
        inner, outer = str(self.folder / "inner.json"), str(self.folder / "kernel-0123-abc.json")
        # As the launcher chooses it: no port of one kernel can be another's.
        write_connection_file(inner, key=b"inside", ip="127.1.0.1" if sys.platform == "linux" else "")
        write_connection_file(outer, key=b"outside")
        self.said = open(self.folder / "said", "w+")
        self.addCleanup(self.said.close)
        self.kernel = subprocess.Popen([sys.executable, "-B", *self.kernel_command(inner)], start_new_session=True)
        self.relay = subprocess.Popen(
            [sys.executable, RELAY, inner, self.folder, NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.said, start_new_session=True)
        self.addCleanup(self.end)
        self.relay.stdin.write(f"{outer}\n".encode())
        self.relay.stdin.flush()
        self.client = BlockingKernelClient(connection_file=outer)
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=DEADLINE)

    def end(self):
        self.client.stop_channels()
        for process in (self.kernel, self.relay):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.relay.stdin.close()
        self.relay.stdout.close()

    def send(self, code, metadata=None, **options):
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {},
                   "allow_stdin": True, "stop_on_error": True} | options
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def messages(self, request):
        """What the cell published until it was idle, as (type, content) without the states, and its reply."""
        found = []
        while True:
            message = self.client.get_iopub_msg(timeout=DEADLINE)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind != "status":
                found.append((kind, content))
            elif content["execution_state"] == "idle":
                break
        while True:
            # A client that waits long for a kernel asks it more than once.
            reply = self.client.get_shell_msg(timeout=DEADLINE)
            if reply["msg_type"] != "kernel_info_reply":
                break
        self.assertEqual(reply["parent_header"]["msg_id"], request)
        return found, reply["content"]

    def run_cell(self, code, **options):
        return self.messages(self.send(code, **options))

    def interrupt(self, request="interrupt_request"):
        self.client.control_channel.send(self.client.session.msg(request, {}))
        self.assertEqual(self.client.get_control_msg(timeout=DEADLINE)["content"]["status"], "ok")

    def await_file(self, name):
        end = time.monotonic() + DEADLINE
        while not (self.folder / name).exists():
            self.assertLess(time.monotonic(), end, f"no file {name}")
            time.sleep(0.01)


class Relayed(WithRelay):
    def await_word(self, word):
        """What the relay tells its launcher."""
        said, pipe = b"", self.relay.stdout.fileno()
        while f"{word}\n".encode() not in said:
            self.assertTrue(select.select([pipe], [], [], DEADLINE)[0], f"it never says {word}")
            said += os.read(pipe, 1000)

    def test_after_each_cell_it_says_that_it_is_quiet_again(self):
        for _ in range(2):
            self.run_cell("out('a')")
            self.await_word("quiet")

    def test_cells_count_from_one_and_text_passes(self):
        for number in (1, 2):
            found, reply = self.run_cell(r"out('a\n'); result({'text/plain': '7'})")
            self.assertEqual([kind for kind, _ in found], ["execute_input", "stream", "execute_result"])
            self.assertEqual(found[0][1]["execution_count"], number)
            self.assertEqual(found[1][1], {"name": "stdout", "text": "a\n"})
            self.assertEqual(found[2][1]["execution_count"], number)
            self.assertEqual((reply["status"], reply["execution_count"]), ("ok", number))

    def test_a_line_becomes_a_display_and_its_update(self):
        shown = {"id": "live-1", "data": {"text/html": "<b>KERNEL_ID</b>", "text/plain": "KERNEL_ID"}, "metadata": {}}
        code = f"out({'before' + order(display=shown | {'update': False}) + 'between' + chr(10)!r})\n"
        code += f"out({order(display=shown | {'update': True})!r})"
        found, _ = self.run_cell(code)
        self.assertEqual([kind for kind, _ in found],
                         ["execute_input", "stream", "display_data", "stream", "update_display_data"])
        self.assertEqual([found[1][1]["text"], found[3][1]["text"]], ["before", "between\n"])
        for _, content in (found[2], found[4]):
            self.assertEqual(content["data"], {"text/html": "<b>0123-abc</b>", "text/plain": "KERNEL_ID"})
            self.assertEqual(content["transient"], {"display_id": "live-1"})

    def test_an_error_line_is_an_error_and_waiting_cells_of_this_client_are_aborted(self):
        first = self.send(f"wait({str(self.folder / 'go')!r}); out({error()!r}); out('more')")
        second, third = self.send("out('never')"), self.send("out('never')")
        (self.folder / "go").touch()
        found, reply = self.messages(first)
        self.assertEqual([kind for kind, _ in found], ["execute_input", "error", "stream"])
        self.assertEqual(found[1][1], {
            "ename": "panic", "evalue": "no such layer", "traceback": ["no such layer", "in the cell"]})
        self.assertEqual((reply["status"], reply["evalue"]), ("error", "no such layer"))
        for request in (second, third):
            self.assertEqual(self.messages(request), ([], {"status": "aborted"}))
        self.assertEqual(self.run_cell("out('on')")[1]["execution_count"], 2)

    def test_a_client_that_does_not_stop_on_errors_goes_on(self):
        first = self.send(f"out({error()!r})", stop_on_error=False)
        second = self.send("out('still')")
        self.assertEqual(self.messages(first)[1]["status"], "error")
        self.assertEqual(self.messages(second)[1]["status"], "ok")

    def test_a_compile_error_aborts_too_and_names_the_cell_by_its_number(self):
        first, second = self.send("fail('mismatched types')"), self.send("out('never')")
        found, reply = self.messages(first)
        self.assertEqual(found[1][1]["traceback"], ["cell 1: mismatched types"])
        self.assertEqual((reply["status"], reply["evalue"]), ("error", "mismatched types"))
        self.assertEqual(self.messages(second)[1], {"status": "aborted"})

    def test_lines_that_arrive_late_come_before_the_end(self):
        found, reply = self.run_cell(rf"late('late\n'); late({error()!r})")
        self.assertEqual([kind for kind, _ in found], ["execute_input", "stream", "error"])
        self.assertEqual(reply["status"], "error")

    def test_a_thread_that_goes_on_printing_does_not_keep_its_cell_from_ending(self):
        found, reply = self.run_cell(r"for _ in range(2000): late('tick\n')")
        ticks = [content for kind, content in found if kind == "stream"]
        self.assertEqual(reply["status"], "ok")
        self.assertLess(len(ticks), 2000)

    def test_what_is_no_order_passes_as_text(self):
        for line in (MARK + "{not json\n", order(unknown=1), order(display={"id": "x"}), MARK + "3\n",
                     order(training={"epoch": {}})[:-3] + "\n", "\u2063other {}\n"):
            found, reply = self.run_cell(f"out({line!r})")
            self.assertEqual((found[1:], reply["status"]), ([("stream", {"name": "stdout", "text": line})], "ok"))

    def test_a_cells_messages_name_it_where_the_notebook_does(self):
        request = self.send(r"out('a\n')", metadata={"cellId": "c-1"})
        named = set()
        while True:
            message = self.client.get_iopub_msg(timeout=DEADLINE)
            if message["parent_header"].get("msg_id") == request:
                named.add((message["msg_type"], message["metadata"].get("cell_id")))
                if message["content"].get("execution_state") == "idle":
                    break
        self.assertEqual(named, {(kind, "c-1") for kind in ("status", "execute_input", "stream")})

    def test_input_reaches_the_cell(self):
        request = self.send("out(ask('name?'))")
        self.assertEqual(self.client.get_stdin_msg(timeout=DEADLINE)["content"]["prompt"], "name?")
        self.client.input("Ferris")
        self.assertEqual(self.messages(request)[0][1][1]["text"], "Ferris")

    def test_an_interrupt_stops_a_training_first_and_the_process_then(self):
        training = {"epoch": 0, "checkpoint": None}
        saved = {"epoch": 1, "checkpoint": "runs/best.safetensors"}
        request = self.send(
            f"out({order(training=training) + order(training=saved)!r})\nwait({str(self.folder / 'stop')!r})\n"
            "while not interrupted(): time.sleep(0.01)\n"
            "fail('Subprocess terminated with status: signal: 9 (SIGKILL)')")
        self.await_file("training")
        self.interrupt()
        self.await_file("stop")
        self.assertFalse((self.folder / "interrupts").exists())
        self.interrupt()
        found, reply = self.messages(request)
        self.assertEqual(reply["evalue"], "The kernel was interrupted: its variables are lost. Run the notebook "
                         "again from its first cell. The last checkpoint is runs/best.safetensors.")
        self.assertEqual(found[-1][1]["traceback"], [reply["evalue"]])
        self.assertFalse((self.folder / "training").exists())

    def test_a_training_that_ended_is_not_asked_and_an_idle_kernel_keeps_its_variables(self):
        self.run_cell(f"out({order(training={'epoch': 0, 'checkpoint': None}) + order(training=None)!r})")
        self.interrupt()
        self.assertFalse((self.folder / "stop").exists() or (self.folder / "interrupts").exists())
        request = self.send("out('runs')\nwhile not interrupted(): time.sleep(0.01)")
        self.client.get_iopub_msg(timeout=DEADLINE)
        self.interrupt()
        self.messages(request)
        self.assertFalse((self.folder / "stop").exists())

    def test_an_interrupt_just_after_a_training_is_meant_for_it_and_a_later_one_for_the_cell(self):
        ended = order(training={"epoch": 0, "checkpoint": None}) + order(training=None) + "ended\n"
        request = self.send(f"out({ended!r})\nwait({str(self.folder / 'go')!r}); time.sleep(1.1)\n"
                            r"out('later\n')" "\nwhile not interrupted(): time.sleep(0.01)")

        def said(text):
            while self.client.get_iopub_msg(timeout=DEADLINE)["content"].get("text") != text:
                pass

        said("ended\n")
        self.interrupt()
        self.assertFalse((self.folder / "interrupts").exists())
        (self.folder / "go").touch()
        said("later\n")
        self.interrupt()
        self.messages(request)

    def queue_behind_a_training(self, request):
        """Ends a training by this request; gives its reply and that of a cell that waited."""
        begins, ends = order(training={"epoch": 0, "checkpoint": None}), order(training=None)
        first = self.send(f"out({begins!r}); wait({str(self.folder / 'stop')!r}); out({ends!r})")
        second = self.send("out('next')")
        self.await_file("training")
        self.interrupt(request)
        return self.messages(first)[1], self.messages(second)[1]

    def test_an_interrupt_keeps_the_training_and_ends_the_queue(self):
        trained, waited = self.queue_behind_a_training("interrupt_request")
        self.assertEqual((trained["status"], waited), ("ok", {"status": "aborted"}))
        self.assertFalse((self.folder / "interrupts").exists())
        self.assertEqual(self.run_cell("out('on')")[1]["status"], "ok")

    def test_the_views_own_request_ends_the_training_alone(self):
        trained, waited = self.queue_behind_a_training("stop_training_request")
        self.assertEqual((trained["status"], waited["status"]), ("ok", "ok"))

    def test_an_interrupt_after_the_views_own_request_ends_the_queue_and_no_process(self):
        begins = order(training={"epoch": 0, "checkpoint": None})
        first = self.send(f"out({begins!r}); wait({str(self.folder / 'go')!r})")
        second = self.send("out('next')")
        self.await_file("training")
        for request in ("stop_training_request", "interrupt_request"):
            self.interrupt(request)
        (self.folder / "go").touch()
        self.assertEqual(self.messages(first)[1]["status"], "ok")
        self.assertEqual(self.messages(second)[1]["status"], "aborted")
        self.assertFalse((self.folder / "interrupts").exists())

    def test_the_views_request_without_a_training_does_nothing(self):
        self.interrupt("stop_training_request")
        self.assertFalse((self.folder / "stop").exists())
        self.assertEqual(self.run_cell("out('on')")[1]["status"], "ok")

    def test_an_interrupt_while_a_cell_is_compiled_ends_that_and_the_queue_only(self):
        self.shortcut.mkdir()
        failed = "Compilation failed, but no parsable errors were found. STDERR:\ninterrupted\nSTDOUT:\n"
        first = self.send(f"wait({str(self.folder / 'go')!r}); wait({str(self.shortcut / 'cancelled')!r}); fail({failed!r})")
        second = self.send("out('never')")
        self.client.get_iopub_msg(timeout=DEADLINE)
        for _ in range(2):
            self.interrupt()
        (self.folder / "go").touch()
        reply = self.messages(first)[1]
        self.assertEqual(reply["ename"], "interrupted")
        self.assertIn("all variables are kept", reply["evalue"])
        self.assertEqual(self.messages(second)[1], {"status": "aborted"})
        self.assertFalse((self.folder / "interrupts").exists())
        self.assertEqual(self.run_cell(f"out(str(os.listdir({str(self.shortcut)!r})))")[0][1][1]["text"], "['compiling']")

    def test_an_interrupt_while_a_cells_code_runs_is_evcxrs(self):
        self.shortcut.mkdir()
        request = self.send(f"os.unlink({str(self.shortcut / 'compiling')!r}); out('runs')\n"
                            "while not interrupted(): time.sleep(0.01)")
        while self.client.get_iopub_msg(timeout=DEADLINE)["content"].get("text") != "runs":
            pass
        self.interrupt()
        self.messages(request)

    def test_files_that_cannot_be_made_or_removed_do_not_end_the_relay(self):
        (self.folder / "stop").mkdir()
        self.run_cell("out('a')")
        (self.folder / "stop").rmdir()
        links = [f"os.symlink('/nowhere/x', {str(self.folder / name)!r})\n" for name in ("stop", "training")]
        request = self.send("".join(links) + f"out({order(training={'epoch': 0, 'checkpoint': None}) + 'trains'!r})\n"
                            "while not interrupted(): time.sleep(0.01)")
        while self.client.get_iopub_msg(timeout=DEADLINE)["content"].get("text") != "trains":
            pass
        self.interrupt()
        self.assertFalse((self.folder / "interrupts").exists())
        self.assertIn("cannot ask the training to stop", (self.folder / "said").read_text())
        self.interrupt()
        self.messages(request)

    def test_an_old_stop_file_goes_when_a_cell_begins(self):
        (self.folder / "stop").touch()
        self.run_cell("out('a')")
        self.assertFalse((self.folder / "stop").exists())

    def test_an_interrupt_ends_a_wait_for_input(self):
        request = self.send("out(repr(ask('name?')))")
        self.client.get_stdin_msg(timeout=DEADLINE)
        self.interrupt()
        self.assertEqual(self.messages(request)[0][1][1]["text"], "''")

    def test_the_end_of_the_cells_process_is_told_in_words(self):
        (self.folder / "afresh.rs").write_text("os.environ['AFRESH'] = 'again'")
        for status, name, words in (
                ("exit status: 3", "exit", "The cell ended the kernel's process (exit status: 3)"),
                ("signal: 9 (SIGKILL)", "killed", "most likely because memory ran out"),
                ("signal: 11 (SIGSEGV) (core dumped)", "crash", "crashed (signal: 11 (SIGSEGV)")):
            found, reply = self.run_cell(
                r"err('Segmentation fault.\n'); err('   0: a frame\n');" f"fail('Subprocess terminated with status: {status}')")
            self.assertEqual([kind for kind, _ in found], ["execute_input", "error"])
            self.assertEqual(reply["ename"], name)
            self.assertIn(words, reply["evalue"])
            self.assertIn("its variables are lost", reply["evalue"])
        self.assertEqual(self.run_cell("out(os.environ['AFRESH'])")[0][1][1]["text"], "again")

    def test_code_that_ends_each_new_process_is_run_once(self):
        note = self.folder / "runs"
        (self.folder / "afresh.rs").write_text(
            f"open({str(note)!r}, 'a').write('once ')\nfail('Subprocess terminated with status: exit status: 1')")
        self.run_cell("fail('Subprocess terminated with status: exit status: 3')")
        self.assertEqual(self.run_cell("out('on')")[1]["status"], "ok")
        self.assertEqual(note.read_text(), "once ")

    def test_a_page_loaded_anew_is_answered_while_a_cell_runs(self):
        request = self.send(f"wait({str(self.folder / 'go')!r})")
        self.client.kernel_info()
        self.assertEqual(self.client.get_shell_msg(timeout=DEADLINE)["content"]["banner"], "fake")
        (self.folder / "go").touch()
        self.messages(request)

    def test_a_message_with_another_key_is_ignored(self):
        self.client.session.key = b"wrong"
        self.send("out('never')")
        self.client.session.key = b"outside"
        self.assertEqual(self.run_cell("out('own')")[1]["execution_count"], 1)

    def test_a_shutdown_ends_the_relay_even_while_a_cell_runs(self):
        self.send("time.sleep(1000)")
        message = self.client.session.msg("shutdown_request", {"restart": True})
        self.client.control_channel.send(message)
        content = self.client.get_control_msg(timeout=DEADLINE)["content"]
        self.assertEqual(content, {"status": "ok", "restart": True})
        self.assertEqual(self.relay.wait(DEADLINE), 0)

    def test_the_relay_ends_with_the_launcher(self):
        self.relay.stdin.close()
        self.relay.wait(DEADLINE)

    def test_many_lines_arrive_whole_and_in_order(self):
        found, _ = self.run_cell(r"for i in range(5000): out(f'{i}\n')")
        text = "".join(content["text"] for kind, content in found if kind == "stream")
        self.assertEqual(text.split(), [str(i) for i in range(5000)])

    def test_nothing_comes_after_the_end(self):
        self.run_cell(r"out('a\n')")
        with self.assertRaises(queue.Empty):
            self.client.get_iopub_msg(timeout=0.2)


if __name__ == "__main__":
    unittest.main()
