"""The kernel of the settings file SETTINGS in the folder PROJECT of its crate, for tests that need it."""
import json
import os
import pathlib
import tempfile
import unittest

from test_launcher import DEADLINE, Started

PROJECT = pathlib.Path(os.environ["PROJECT"])
SETTINGS = json.loads(pathlib.Path(os.environ["SETTINGS"]).read_text())
MARK, PREFIX, CRATE = f"\u2063{SETTINGS['name']} ", SETTINGS["prefix"], SETTINGS["crate_name"]
FIRST = f":dep {CRATE} = {{ path = \"..\" }}\n{SETTINGS['prelude']['imports']}"
STOP = f'std::env::var("{PREFIX}STOP").unwrap()'


def order(**content):
    return 'println!("{}", ' + json.dumps(MARK + json.dumps(content), ensure_ascii=False) + ");\n"


class RealKernel(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.notebooks = pathlib.Path(folder.name), PROJECT / "notebooks"
        self.settings = os.environ["SETTINGS"]
        self.variables = os.environ | {f"{PREFIX}PROJECT": str(PROJECT)}
        self.variables.pop(f"{PREFIX}SPARES", None)

    def start(self, **variables):
        started = Started(self, **variables)
        self.addCleanup(started.close)
        return started

    def control(self, kernel, request):
        kernel.client.control_channel.send(kernel.client.session.msg(request, {}))
        kernel.client.get_control_msg(timeout=DEADLINE)

    def interrupt(self, kernel):
        self.control(kernel, "interrupt_request")
