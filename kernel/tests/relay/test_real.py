"""What evcxr itself does behind the relay: how it ends, what it says, and how soon a spare answers."""
import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

from real import FIRST, PREFIX, PROJECT, SETTINGS, STOP, RealKernel, order
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

    def cell(self, kernel, code, answers=(), **options):
        """What the cell published, as (type, content), and its reply."""
        request = kernel.client.execute(code, allow_stdin=bool(answers), **options)
        for answer in answers:
            kernel.client.get_stdin_msg(timeout=DEADLINE)
            kernel.client.input(answer)
        return self.rest(kernel, request)

    def rest(self, kernel, request):
        found = []
        while True:
            message = kernel.client.get_iopub_msg(timeout=DEADLINE)
            if message["parent_header"].get("msg_id") == request:
                found.append((message["msg_type"], message["content"]))
                if message["content"].get("execution_state") == "idle":
                    return found, kernel.client.get_shell_msg(timeout=DEADLINE)["content"]

    def texts(self, found):
        return tuple("".join(content["text"] for kind, content in found if kind == "stream" and content["name"] == name)
                     for name in ("stdout", "stderr"))

    def test_what_cells_print_is_shown_whole_and_as_it_comes(self):
        kernel = self.start()
        self.assertEqual(kernel.run(FIRST + "use std::io::{Write, stdin, stdout, stderr};"), "")
        for code, texts in (
                (r'stdout().write_all(b"caf\xe9\n")?; stderr().write_all(b"\xff\n")?;', ("caf\ufffd\n", "\ufffd\n")),
                ('eprintln!("next"); print!("no end");', ("no end", "next\n")),
                ('std::process::Command::new("printf").arg("child").status()?;', ("child", "")),
                ('for i in 0..100 { print!("\\r{i}"); stdout().flush()?; }', ("".join(f"\r{i}" for i in range(100)), "")),
                ("Tensor::from_slice(&[1.0f32]).print(); println!(\"after\");", (" 1\n[ CPUFloatType{1} ]\nafter\n", ""))):
            found, reply = self.cell(kernel, code)
            self.assertEqual((self.texts(found), reply["status"]), (texts, "ok"), code)
        request = kernel.client.execute('print!("half"); stdout().flush()?; std::thread::sleep(std::time::Duration::from_secs(600));')
        until(lambda: kernel.client.get_iopub_msg(timeout=DEADLINE)["content"].get("text") == "half", "no text")
        self.interrupt(kernel)
        self.assertEqual(self.rest(kernel, request)[1]["ename"], "interrupted")

        self.assertEqual(kernel.run("use std::io::{Write, stdin, stdout};"), "")
        shown = order(display={"id": "a", "data": {"text/plain": "figure"}, "metadata": {}})
        found, _ = self.cell(kernel, "for i in 0..20_000 { println!(\"{i}\"); }\n" + shown)
        kinds = [kind for kind, _ in found]
        self.assertIn("display_data", kinds)
        self.assertLess(kinds.count("stream"), 40)
        self.assertEqual(self.texts(found)[0].split(), [str(i) for i in range(20_000)])
        request = kernel.client.execute('loop { println!("on and on") }')
        time.sleep(2)
        self.interrupt(kernel)
        found, reply = self.rest(kernel, request)
        self.assertEqual(reply["ename"], "interrupted")
        self.assertIn("characters are left out here", self.texts(found)[0])
        self.assertLess(len(self.texts(found)[0]), 1_003_000)
        for _ in range(3):
            for end in ("std::process::exit(3)", "std::process::abort()"):
                found, reply = self.cell(kernel, f'println!("last words"); eprintln!("errors"); {end};')
                self.assertEqual(self.texts(found), ("last words\n", "errors\n"), end)
        self.cell(kernel, 'std::thread::spawn(|| loop { print!("tick"); std::thread::sleep(std::time::Duration::from_millis(1)) });')
        found, reply = self.cell(kernel, 'println!("next");')
        self.assertEqual(reply["status"], "ok")
        self.assertIn("next\n", self.texts(found)[0])
        kernel.shut_down()

    def test_a_cell_that_reads_standard_input_asks_for_it(self):
        kernel = self.start()
        self.assertEqual(kernel.run(FIRST), "")
        read = "let mut line = String::new(); std::io::stdin().read_line(&mut line)?;"
        code = f'print!("name? "); {read} println!("{{line:?}}"); {read} println!("{{line:?}}"); let kept = line;'
        found, reply = self.cell(kernel, code, answers=("Ferris", "Zoë"))
        self.assertEqual((self.texts(found)[0], reply["status"]), ('name? "Ferris\\n"\n"Zoë\\n"\n', "ok"))
        self.assertEqual(kernel.run('println!("{kept:?}")'), '"Zoë\\n"\n')
        found, reply = self.cell(kernel, read)
        self.assertEqual((reply["status"], reply["ename"]), ("error", "input"))
        kernel.shut_down()

    def test_a_kernel_compiles_no_dependency_and_writes_into_none_whatever_its_shell_has(self):
        def libraries(crate):
            return {file.name: file.stat().st_mtime_ns for file in crate.glob("target/**/*.rlib")}

        def everything(folder):
            files = (file for file in folder.rglob("*") if file.is_file())
            return {file: (file.stat().st_ino, file.stat().st_mtime_ns, file.read_bytes()) for file in files}

        templates = pathlib.Path(SETTINGS["cache"]).glob("kernels/template-*/facts.json")
        [template] = [file.parent for file in templates if json.loads(file.read_text())["project"] == str(PROJECT)]
        before = everything(template)
        other = {"CXXFLAGS": "-O1", "CFLAGS": "-g3", "LIBTORCH_CXX11_ABI": "0", "LIBTORCH_LIB": "/no/such/folder",
                 "CARGO_PROFILE_DEV_OPT_LEVEL": "1"}
        for variables in (other, {}):
            kernel = self.start(**variables)
            self.assertEqual(kernel.run(FIRST), "")
            crate = pathlib.Path(kernel.run('println!("{}", ' + STOP + ");").strip()).parents[1] / "crate"
            self.assertEqual(libraries(crate), libraries(template / "crate"))
            kernel.shut_down()
            after = everything(template)
            self.assertEqual([file for file in before | after if before.get(file) != after.get(file)], [])

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
