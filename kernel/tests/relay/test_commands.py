"""What evcxr's commands undo, and what becomes of a queue and of variables when ■ is pressed, with the real kernel."""
import os
import sys
import unittest
from pathlib import Path

from real import FIRST, STOP, RealKernel, order
from test_launcher import DEADLINE, until

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "relay"))

from commands import WITHOUT_DISPLAY, Commands  # noqa: E402

FAILS = 'Err::<(), _>(std::io::Error::other("no such layer"))?;'


def opened(pipe):
    """The pipe for writing, once the compiler reads from it; there it waits."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


class Parted(unittest.TestCase):
    def setUp(self):
        self.commands = Commands(Path(__file__).with_name("no-such-file"))

    def test_commands_are_those_above_the_first_line_of_rust(self):
        for code in ("let a = 1;\n:clear", "  x\n:restart", ":dep a = \"1\"\n1 + 1\n:clear", "::clear", ":clearing", ""):
            self.assertEqual(self.commands.parted(code), ([], code))

    def test_the_lines_below_keep_their_numbers(self):
        first, rest = self.commands.parted("// again\n\n  :clear\r\n:dep a = \"1\"\nlet b = 1;")
        self.assertEqual([code.split("\n")[0] for code, _ in first], [":clear"])
        self.assertEqual(rest, "// again\n\n\n:dep a = \"1\"\nlet b = 1;")

    def test_another_format_takes_the_display_away_once_and_after_each_clearing(self):
        self.assertEqual(self.commands.parted(":fmt {:#?}\n1"), ([(WITHOUT_DISPLAY, False)], ":fmt {:#?}\n1"))
        self.assertEqual(self.commands.parted(":types"), ([], ":types"))
        self.assertEqual(self.commands.parted(":clear")[0][-1], (WITHOUT_DISPLAY, False))


class Told(RealKernel):
    def is_told(self, kernel, code="", error="no such layer"):
        """A panic and an error in a cell that begins so, and in cells of their own after it."""
        for begin in (code, ""):
            reply = kernel.run(f'{begin}panic!("boom");')
            self.assertEqual((reply["status"], reply["ename"], reply["evalue"]), ("error", "panic", "boom"), begin)
            reply = kernel.run(begin + FAILS)
            self.assertEqual((reply["status"], reply["ename"], reply["evalue"]), ("error", "error", error), begin)

    def test_errors_are_told_after_every_command_that_undoes_the_preload(self):
        kernel = self.start()
        kernel.run(FIRST)
        kernel.run("let kept = 7;")
        self.is_told(kernel, ":clear\n")
        # What `:clear` is for, and what the notebook finds again.
        self.assertEqual(kernel.run("kept")["status"], "error")
        self.assertEqual(kernel.run("println!(\"{:?}\", Tensor::from_slice(&[1]).size());"), "[1]\n")
        kernel.run("let kept = 7;")
        self.assertEqual(kernel.run(":restart"), "Child process restarted\n")
        self.assertEqual(kernel.run('print!("through the pipes")'), "through the pipes")
        self.is_told(kernel)
        self.assertEqual(kernel.run("kept")["status"], "error")
        self.is_told(kernel, ":restart\n")
        shown = 'Custom { kind: Other, error: "no such layer" }'
        self.is_told(kernel, ":efmt {:?}\n", shown)
        self.assertEqual(kernel.run("#[derive(Debug)] struct Own;\nErr::<(), _>(Own)?;")["evalue"], "Own")
        reply = kernel.run(f":efmt {{:#?}}\n{FAILS}")
        self.assertTrue(reply["evalue"].startswith("Custom {"), reply["evalue"])
        self.assertEqual(kernel.run('let error = "seen"; eprintln!("{:?}", error);'), '"seen"\n')
        self.is_told(kernel, ":efmt {}\n")
        kernel.shut_down()

    def shown(self, kernel, code):
        found = []
        kernel.client.execute_interactive(code, timeout=DEADLINE, output_hook=lambda message: found.append(
            message["content"]["data"]["text/plain"]) if message["msg_type"] == "execute_result" else None)
        return "".join(found)

    def test_a_cells_value_is_shown_as_evcxr_shows_it(self):
        kernel = self.start()
        kernel.run(FIRST)
        kernel.run("#[derive(Debug, Clone)] struct Own;\nstruct Not;\n"
                   "#[derive(Debug)] struct Drawn;\nimpl Drawn { fn evcxr_display(&self) { "
                   "println!(\"EVCXR_BEGIN_CONTENT text/plain\\ndrawn\\nEVCXR_END_CONTENT\"); } }")
        kernel.run('let text = "a".to_owned();')
        for code, expected in (
                ("1 + 1", "2"), ("text", '"a"'), ("&text[..]", '"a"'), ("vec![Some(Own)]", "[Some(Own)]"), ("Drawn", "drawn"),
                ("Tensor::from_slice(&[1.0f32, 2.0])", "[1.0, 2.0]"), ("Ok::<i32, String>(3)", "Ok(3)"),
                ("()", ""), ("for _ in 0..2 {}", ""), ("if true { 3 } else { 4 }", "3"), ('println!("out")', ""),
                ('"42".parse::<i32>()?', "42"), ("text", '"a"')):
            self.assertEqual(self.shown(kernel, code), expected, code)
        self.assertIn("doesn't implement `Debug`", kernel.run("Not")["evalue"])
        self.assertEqual(self.shown(kernel, ":fmt {}\ntext"), "Output format: {}\na")
        self.assertEqual(self.shown(kernel, "text"), "a")
        self.assertIn(": String = a", self.shown(kernel, ":types\ntext"))
        kernel.shut_down()

    def replies(self, kernel, requests):
        """Their statuses."""
        found = {}
        while not all(request in found for request in requests):
            message = kernel.client.get_shell_msg(timeout=DEADLINE)
            found[message["parent_header"]["msg_id"]] = message["content"]
        return [found[request] for request in requests]

    def test_an_interrupt_ends_a_training_and_the_queue_and_the_views_stop_the_training_alone(self):
        kernel = self.start()
        folder = Path(kernel.run('println!("{}", ' + STOP + ");").strip()).parent
        kernel.run("let mut trained = 0;")
        train = (order(training={"epoch": 0, "checkpoint": None})
                 + f"while !std::path::Path::new(&{STOP}).exists() {{ std::thread::sleep(std::time::Duration::from_millis(5)); }}\n"
                 + order(training=None) + "trained += 1;")
        for request, then in (("interrupt_request", "aborted"), ("stop_training_request", "ok")):
            requests = [kernel.client.execute(code) for code in (train, "trained += 10;")]
            until(lambda: (folder / "training").exists(), "no training")
            self.control(kernel, request)
            self.assertEqual([reply["status"] for reply in self.replies(kernel, requests)], ["ok", then])
        self.assertEqual(kernel.run('println!("{trained}")'), "12\n")
        kernel.shut_down()

    def test_an_interrupt_while_a_cell_is_compiled_keeps_the_variables(self):
        kernel = self.start()
        folder = Path(kernel.run('println!("{}", ' + STOP + ");").strip()).parents[1]
        kernel.run("let kept = 7;")
        gate = folder / "gate"
        os.mkfifo(gate)
        requests = [kernel.client.execute(code) for code in (
            f'let lost: usize = include_bytes!("{gate}").len();', "let never = 1;")]
        self.addCleanup(os.close, until(lambda: opened(gate), "the compiler does not wait"))
        self.interrupt(kernel)
        replies = self.replies(kernel, requests)
        self.assertEqual((replies[0]["ename"], replies[1]["status"]), ("interrupted", "aborted"))
        self.assertIn("all variables are kept", replies[0]["evalue"])
        self.assertEqual(kernel.run('println!("{kept}")'), "7\n")
        self.assertEqual(kernel.run("lost")["status"], "error")
        requests = [kernel.client.execute("loop { std::thread::sleep(std::time::Duration::from_millis(5)); }")]
        until(lambda: not (folder / "shortcut/compiling").exists(), "the cell does not run")
        self.interrupt(kernel)
        self.assertIn("its variables are lost", self.replies(kernel, requests)[0]["evalue"])
        kernel.shut_down()


if __name__ == "__main__":
    unittest.main()
