"""JupyterLab that ends, kernels included, when the program that started it is gone."""

import os
import signal
import threading


def end_with_parent():
    # Not sys.stdin, whose lock would trouble the interpreter's own end.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=end_with_parent, daemon=True).start()

from jupyterlab.labapp import main  # noqa: E402

main()
