"""Runs a Python module, named first, that ends when the program that started it is gone."""

import os
import runpy
import signal
import sys
import threading


def end_with_parent():
    # Not sys.stdin, whose lock would trouble the interpreter's own end.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=end_with_parent, daemon=True).start()
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
