"""What evcxr itself does behind the relay: how it ends, what it says, and how soon a spare answers."""
import os
import pathlib
import signal
import subprocess
import time
import unittest

from real import FIRST, PREFIX, STOP, RealKernel, order
from test_launcher import DEADLINE, KERNEL, until


class Real(RealKernel):
    def test_ends_and_errors_are_told_in_words_and_the_next_cell_runs(self):
        kernel = self.start()
        self.assertEqual(kernel.run('println!("hello")'), "hello\n")
        folder = pathlib.Path(kernel.run('println!("{}", ' + STOP + ");").strip()).parent
        reply = kernel.run(order(error={"name": "panic", "message": "boom", "traceback": ["boom", "in the cell"]}))
        self.assertEqual((reply["status"], reply["ename"], reply["evalue"]), ("error", "panic", "boom"))
        self.assertEqual((reply["execution_count"], reply["traceback"]), (3, ["boom", "in the cell"]))
        reply = kernel.run("let wrong: i32 = \"text\";")
        self.assertEqual(reply["evalue"], "mismatched types")
        self.assertNotIn("command_", "".join(reply["traceback"]))
        for code, name in (("std::process::exit(3);", "exit"), ("unsafe { *(16 as *mut u8) = 1; }", "crash"),
                           ("std::process::abort();", "crash")):
            reply = kernel.run(code)
            self.assertEqual((reply["status"], reply["ename"]), ("error", name), reply)
            self.assertIn("its variables are lost", reply["evalue"])
            self.assertEqual(kernel.run('println!("goes on")'), "goes on\n")

        self.assertEqual(kernel.run("let kept = 7;"), "")
        stop = (f"while !std::path::Path::new(&{STOP}).exists() "
                "{ std::thread::sleep(std::time::Duration::from_millis(5)); }\n")
        kernel.client.execute(order(training={"epoch": 0, "checkpoint": None}) + stop + order(training=None))
        until(lambda: (folder / "training").exists(), "no training")
        self.interrupt(kernel)
        self.assertEqual(kernel.client.get_shell_msg(timeout=DEADLINE)["content"]["status"], "ok")
        self.assertEqual(kernel.run('println!("{kept}")'), "7\n")
        kernel.client.execute(order(training={"epoch": 2, "checkpoint": "runs/a"})
                              + "loop { std::thread::sleep(std::time::Duration::from_millis(5)); }")
        until(lambda: (folder / "training").exists(), "no training")
        self.interrupt(kernel)
        self.interrupt(kernel)
        reply = kernel.client.get_shell_msg(timeout=DEADLINE)["content"]
        self.assertEqual(reply["ename"], "interrupted")
        self.assertIn("The last checkpoint is runs/a.", reply["evalue"])

        kernel.client.execute("loop { std::thread::sleep(std::time::Duration::from_millis(5)); }")
        kernel.shut_down()
        self.assertFalse(folder.parent.exists())

    def test_an_error_fails_its_cell_and_the_same_line_of_a_cells_own_does_not(self):
        kernel = self.start()
        self.assertEqual(kernel.run(FIRST), "")
        reply = kernel.run('Err::<(), _>(std::io::Error::other("no such layer"))?;')
        self.assertEqual((reply["status"], reply["ename"], reply["evalue"]), ("error", "error", "no such layer"))
        for code in ('let error = "seen"; eprintln!("{}", error);',
                     '(|| { let error = std::io::Error::other("seen"); eprintln!("{}", error) })();',
                     'fn tell(error: &str) { eprintln!("{}", error) }\ntell("seen");',
                     'eprintln!("{}{}", "se", "en");', 'let seen = "seen"; eprintln!("{seen}");'):
            self.assertEqual(kernel.run(code), "seen\n", code)
        reply = kernel.run('let error = 3; Err::<(), _>(std::io::Error::other(format!("again {error}")))?;')
        self.assertEqual((reply["status"], reply["evalue"]), ("error", "again 3"))
        kernel.shut_down()

    def test_real_kernels_killed_leave_nothing(self):
        for victim in ("launcher", "relay", "evcxr", "child"):
            with self.subTest(victim=victim):
                kernel = self.start()
                code = 'println!("{} {}", std::process::id(), ' + STOP + ");"
                child, stop = kernel.run(code).split()
                evcxr = int(pathlib.Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[1])
                group = os.getpgid(evcxr)
                kernel.client.execute("loop {}")
                time.sleep(2)
                os.kill({"launcher": kernel.process.pid, "relay": group, "evcxr": evcxr, "child": int(child)}[victim],
                        signal.SIGKILL)
                if victim == "child":
                    reply = kernel.client.get_shell_msg(timeout=DEADLINE)["content"]
                    self.assertIn("most likely because memory ran out", reply["evalue"])
                    kernel.shut_down()
                kernel.process.wait(DEADLINE)
                until(lambda: self.is_empty(group), "processes are left")
                private = pathlib.Path(stop).parents[1]
                self.assertTrue(victim == "launcher" or not private.exists())
                if private.exists():
                    os.utime(f"{private}.alive", (1, 1))
                kernel.close()

    def is_empty(self, group):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    def test_a_spare_answers_at_once(self):
        spare = subprocess.Popen([KERNEL, "spare", self.settings], env=self.variables, cwd=self.notebooks,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(spare.wait)
        self.addCleanup(spare.kill)
        self.addCleanup(spare.stdout.close)
        self.addCleanup(spare.stdin.close)
        self.assertEqual(spare.stdout.readline(), b"ready\n")
        times = []
        for variables in ({f"{PREFIX}SPARES": "1"}, {}):
            start = time.monotonic()
            kernel = self.start(**variables)
            kernel.connect()
            times.append(time.monotonic() - start)
            self.assertEqual(kernel.run("println!(\"hello\")"), "hello\n")
            kernel.shut_down()
        print(f"seconds until ready, spare and new: {times[0]:.2f} {times[1]:.2f}", flush=True)
        self.assertLess(times[0], times[1])


if __name__ == "__main__":
    unittest.main()
