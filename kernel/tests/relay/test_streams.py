"""What a cell prints and reads, once the process in which it runs has handed its pipes to the relay."""
import pathlib
import queue
import re
import sys
import time
import unittest

from test_relay import DEADLINE, HERE, MARK, WithRelay, error, order

BEGIN, END = "EVCXR_BEGIN_CONTENT text/plain\n", "\nEVCXR_END_CONTENT\n"


@unittest.skipUnless(pathlib.Path("/proc/self/syscall").exists(), "who waits for input is found by /proc, which is not here")
class Streams(WithRelay):
    def kernel_command(self, file):
        return [HERE / "fake_process.py", file, str(self.folder / "streams"), MARK]

    def setUp(self):
        super().setUp()
        self.assertEqual(self.shown("print('ready')"), ("ready\n", ""))

    def texts(self, found):
        return tuple("".join(content["text"] for kind, content in found if kind == "stream" and content["name"] == name)
                     for name in ("stdout", "stderr"))

    def shown(self, code):
        found, reply = self.run_cell(code)
        self.assertEqual(reply["status"], "ok", reply)
        return self.texts(found)

    def next_text(self):
        while True:
            message = self.client.get_iopub_msg(timeout=DEADLINE)
            if message["msg_type"] == "stream":
                return message["content"]["text"]

    def go(self):
        (self.folder / "go").touch()

    def wait(self):
        return f"\nwhile not os.path.exists({str(self.folder / 'go')!r}): time.sleep(0.01)\n"

    def test_any_bytes_are_shown_and_the_next_cell_is_right(self):
        code = r"os.write(1, b'caf\xe9\n'); os.write(2, b'\xff no\n'); os.write(1, 'ü'.encode()[:1])"
        self.assertEqual(self.shown(code), ("caf\ufffd\n\ufffd", "\ufffd no\n"))
        self.assertEqual(self.shown("os.write(1, 'ü'.encode()[:1]); time.sleep(0.2); os.write(1, 'ü'.encode()[1:])"), ("ü", ""))

    def test_text_without_a_lines_end_is_shown_while_the_cell_runs(self):
        for text in ("step 1", "\rstep 2", "E", "EVCXR_EXEC", "\u2063"):
            (self.folder / "go").unlink(missing_ok=True)
            request = self.send(f"os.write(1, {text!r}.encode())" + self.wait())
            self.assertEqual(self.next_text(), text)
            self.go()
            self.messages(request)
        self.assertEqual(self.shown(r"subprocess.run(['printf', 'no end'])"), ("no end", ""))
        self.assertEqual(self.shown(r"print('unflushed', end='')"), ("unflushed", ""))
        self.assertEqual(self.shown(r"open('/dev/stdout', 'w').write('by name')"), ("by name", ""))

    def test_a_bar_is_shown_as_it_grows_in_a_few_messages(self):
        found, _ = self.run_cell(r"for i in range(300): os.write(1, f'\rstep {i}'.encode()); time.sleep(0.002)")
        texts = [content["text"] for kind, content in found if kind == "stream"]
        self.assertEqual("".join(texts), "".join(f"\rstep {i}" for i in range(300)))
        self.assertIn(len(texts), range(3, 40))

    def test_many_lines_are_few_messages_and_the_figure_behind_them_comes(self):
        figure = order(display={"id": "a", "data": {"text/plain": "figure"}, "metadata": {}})
        found, _ = self.run_cell(rf"for i in range(20000): print(i)" f"\nprint({figure!r}, end='')\nprint('after')")
        kinds = [kind for kind, _ in found]
        self.assertEqual(kinds.index("display_data"), len(kinds) - 2)
        self.assertLess(len(kinds), 40)
        self.assertEqual(self.texts(found)[0].split(), [*map(str, range(20000)), "after"])

    def test_a_flood_is_bounded_and_says_what_is_missing(self):
        found, _ = self.run_cell(r"for i in range(300000): print(f'line {i}')")
        text = self.texts(found)[0]
        self.assertLess(len(text), 1_003_000)
        self.assertTrue(text.endswith("line 299999\n"))
        left_out = re.search(r"\n\[([\d,]+) characters are left out here: a cell shows 1,000,000\]\n", text)
        whole = sum(len(f"line {i}\n") for i in range(300000))
        self.assertEqual(len(text) - len(left_out[0]) + int(left_out[1].replace(",", "")), whole)

    def test_an_endless_loop_is_interrupted_and_the_next_cell_is_clean(self):
        request = self.send("while True: os.write(1, b'on and on\\n' * 100); os.write(2, b'no end')")
        time.sleep(2)
        began = time.monotonic()
        self.interrupt()
        found, reply = self.messages(request)
        self.assertEqual(reply["ename"], "interrupted")
        self.assertLess(time.monotonic() - began, DEADLINE)
        for text in self.texts(found):
            self.assertLess(len(text), 1_003_000)
            self.assertIn("left out", text)
        if sys.platform == "linux":
            status = pathlib.Path(f"/proc/{self.relay.pid}/status").read_text()
            self.assertLess(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]), 100_000)
        self.assertEqual(self.shown("print('clean')"), ("clean\n", ""))

    def test_a_cell_that_reads_is_given_input_each_time(self):
        request = self.send(r"""
print('your name? ', end='')
name = read_line()
print('and yours? ', end='')
print(name, read_line())""")
        for name in ("Ferris", "Zoë"):
            self.assertTrue(self.next_text().endswith("? "))
            self.assertEqual(self.client.get_stdin_msg(timeout=DEADLINE)["content"], {"prompt": "", "password": False})
            self.client.input(name)
        self.assertEqual(self.texts(self.messages(request)[0])[0], "b'Ferris\\n' b'Zo\\xc3\\xab\\n'\n")
        time.sleep(1)
        self.assertEqual(self.shown("print('on')"), ("on\n", ""))
        with self.assertRaises(queue.Empty):
            self.client.get_stdin_msg(timeout=0.5)

    def test_a_request_of_evcxrs_own_kind_carries_its_prompt(self):
        request = self.send("os.write(1, b'EVCXR_INPUT_REQUEST_PASSWORD:secret?\\n'); print(read_line())")
        content = self.client.get_stdin_msg(timeout=DEADLINE)["content"]
        self.assertEqual(content, {"prompt": "secret?", "password": True})
        time.sleep(0.5)
        self.client.input("x")
        self.assertEqual(self.texts(self.messages(request)[0]), ("b'x\\n'\n", ""))

    def test_where_nobody_can_be_asked_the_cell_fails_and_says_so(self):
        found, reply = self.run_cell("print(read_line(), read_line())", allow_stdin=False)
        self.assertEqual([kind for kind, _ in found if kind != "execute_input"], ["error", "stream"])
        self.assertIn("asks for input", reply["evalue"])
        self.assertEqual(self.texts(found)[0], "b'\\n' b'\\n'\n")

    def test_an_interrupt_ends_a_wait_for_input_and_only_the_second_the_process(self):
        self.run_cell("kept = 7")
        request = self.send("print(read_line())")
        self.client.get_stdin_msg(timeout=DEADLINE)
        self.interrupt()
        found, reply = self.messages(request)
        self.assertEqual((self.texts(found)[0], reply["ename"]), ("b'\\n'\n", "interrupted"))
        self.assertEqual(self.shown("print(kept)"), ("7\n", ""))
        request = self.send("while True: read_line()")
        for _ in range(2):
            self.client.get_stdin_msg(timeout=DEADLINE)
            self.interrupt()
        found, reply = self.messages(request)
        self.assertEqual([content["ename"] for kind, content in found if kind == "error"], ["interrupted"] * 2)
        self.assertIn("its variables are lost", found[-1][1]["evalue"])
        self.assertEqual(self.shown("print('on')"), ("on\n", ""))

    def test_the_last_words_of_a_process_are_shown(self):
        for end, name in (("os._exit(3)", "exit"), ("os.abort()", "crash")):
            for _ in range(10):
                found, reply = self.run_cell(f"print('last words', flush=True); os.write(2, b'errors'); {end}")
                self.assertEqual((self.texts(found), reply["ename"]), (("last words\n", "errors"), name))

    def test_a_process_that_lives_on_does_not_hold_up_the_end_of_another(self):
        found, reply = self.run_cell("subprocess.Popen(['sleep', '1000']); print('bye', flush=True); os._exit(0)")
        self.assertEqual((self.texts(found)[0], reply["ename"]), ("bye\n", "exit"))

    def test_a_crash_shows_no_backtrace(self):
        found, reply = self.run_cell(r"os.write(2, b'mine\nSegmentation fault.'); os.write(2, b'\n   0: a frame\n'); os.abort()")
        self.assertEqual((self.texts(found), reply["ename"]), (("", "mine\n"), "crash"))

    def test_a_thread_that_prints_for_ever_does_not_keep_its_cell_from_ending(self):
        self.run_cell("def on():\n while True: os.write(1, b'tick')\nstart(on)")
        found, reply = self.run_cell("print('next')")
        self.assertEqual(reply["status"], "ok")
        self.assertIn("next\n", self.texts(found)[0])

    def test_a_cell_that_keeps_the_lock_of_standard_output_ends(self):
        self.run_cell("sys.stdout.flush = lambda: time.sleep(1000)")
        self.assertEqual(self.shown(r"os.write(1, b'one\n')"), ("one\n", ""))
        self.assertEqual(self.shown(r"os.write(1, b'two\n')"), ("two\n", ""))

    def test_a_mark_that_comes_late_shifts_nothing(self):
        self.run_cell("flush = sys.stdout.flush; sys.stdout.flush = lambda: (time.sleep(0.2), flush())")
        for number in range(10):
            self.assertEqual(self.shown(f"os.write(1, b'{number}'); time.sleep({number} / 30)"), (str(number), ""))

    def test_orders_are_obeyed_in_order_with_the_text_around_them(self):
        code = f"os.write(1, {'before' + error()[:20]!r}.encode()); time.sleep(0.3)\n"
        found, reply = self.run_cell(code + f"os.write(1, {error()[20:] + 'after'!r}.encode())")
        # evcxr says that the cell begins long before it runs; the fake one has nothing to compile.
        shown = [(kind, content.get("text")) for kind, content in found if kind != "execute_input"]
        self.assertEqual(shown, [("stream", "before"), ("error", None), ("stream", "after")])
        self.assertEqual(reply["evalue"], "no such layer")
        for line in (MARK + "{not json\n", "\u2063other {}\n", "EVCXR_OTHER\n"):
            self.assertEqual(self.shown(f"os.write(1, {line!r}.encode())"), (line, ""))

    def test_a_block_goes_to_evcxr_whole_and_an_unfinished_one_is_text(self):
        found, _ = self.run_cell(f"os.write(1, b'text'); print({BEGIN!r} + 'x' * 3000000 + {END!r}, end=''); print('more')")
        self.assertEqual(found[-1][1]["data"], {"text/plain": "x" * 3000000 + "\n"})
        self.assertEqual(self.texts(found)[0], "textmore\n")
        self.assertEqual(self.shown(f"print({BEGIN!r} + 'half')")[0], BEGIN + "half\n")
        self.assertEqual(self.shown("print('on')"), ("on\n", ""))

    def test_pipes_are_handed_over_once(self):
        self.assertEqual(self.shown("print(again())"), ("False\n", ""))
        self.assertEqual(self.shown("os.write(1, b'on')"), ("on", ""))

    def test_what_a_thread_prints_between_cells_belongs_to_the_one_before(self):
        request = self.send(f"def on():{self.wait().replace(chr(10), chr(10) + ' ')}print('late', flush=True)\nstart(on)")
        self.messages(request)
        self.go()
        message = self.client.get_iopub_msg(timeout=DEADLINE)
        self.assertEqual((message["content"]["text"], message["parent_header"]["msg_id"]), ("late\n", request))


if __name__ == "__main__":
    unittest.main()
